// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title Sequencing rights: one ERC-721 token for each winning bundle of a final round
/// @notice Token `round << 16 | winner`, winner counted in ascending order of offer. A right holds whether or not its token exists: a winner who
/// keeps it needs none, one who sells it lets anybody mint it first. Tokens move until the window opens, then no more.
interface ISequencingRights is IERC721 {
    error NotFinal(uint256 round);
    error NoSuchWinner(uint256 round, uint256 winner, uint256 winners);
    error NotDrawn(uint256 round, uint256 winner);
    error WindowOpened(uint256 windowStart, uint256 timestamp);

    /// @notice Mints the right of a winner of a final round to that winner; by anybody, once. Raises NotFinal, NoSuchWinner, NotDrawn.
    function mint(uint256 round, uint256 winner) external returns (uint256 tokenId);

    /// @notice The holder of a minted right, or the zero address.
    function holderOf(uint256 round, uint256 winner) external view returns (address);
}
