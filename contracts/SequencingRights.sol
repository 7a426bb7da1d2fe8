// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IAssignment} from "./interfaces/IAssignment.sol";
import {ISequencingRights} from "./interfaces/ISequencingRights.sol";

/// @title SequencingRights
contract SequencingRights is ERC721, ISequencingRights {
    IAssignment private immutable market;

    constructor(IAssignment market_) ERC721("seqmarket sequencing right", "SEQR") {
        market = market_;
    }

    /// @inheritdoc ISequencingRights
    function mint(uint256 round, uint256 winner) external returns (uint256 tokenId) {
        require(market.isFinal(round), NotFinal(round));
        address bidder = market.winnerOf(round, winner).bidder; // raises NoSuchWinner
        require(bidder != address(0), NotDrawn(round, winner));
        tokenId = _tokenOf(round, winner);

        // Not `_safeMint`: a bidder that can't receive tokens must not be able to stop anybody.
        _mint(bidder, tokenId);
    }

    /// @inheritdoc ISequencingRights
    function holderOf(uint256 round, uint256 winner) external view returns (address) {
        return _ownerOf(_tokenOf(round, winner));
    }

    /// @dev A right that has begun stays where it is.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from == address(0)) return from;

        uint256 windowStart = market.windowStartOf(tokenId >> 16);
        require(block.timestamp < windowStart, WindowOpened(windowStart, block.timestamp));
    }

    function _tokenOf(uint256 round, uint256 winner) private pure returns (uint256) {
        return round << 16 | winner;
    }
}
