// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ISequencingRights} from "../../../contracts/interfaces/ISequencingRights.sol";
import {BruteForce} from "../support/BruteForce.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {DeedBase} from "./DeedBase.sol";
import {Deed, GhostRound} from "./GhostBook.sol";

/// @title RightsDeeds: sequencing rights minted and handed on
abstract contract RightsDeeds is DeedBase {
    using Chance for Dice;

    mapping(uint256 tokenId => address) public holders;

    function _mint(uint256 round, uint256 winner, address caller) internal {
        GhostRound storage its = rounds[round];
        uint16[] memory winners = BruteForce.toList(its.chosen);
        bytes4 foreseen;
        if (!its.proved && !(its.posted && _ended(round))) foreseen = ISequencingRights.NotFinal.selector;
        else if (winner >= winners.length) foreseen = ISequencingRights.NoSuchWinner.selector;
        else if (holders[round << 16 | winner] != address(0)) {
            bool begun = clock >= market.windowStartOf(round);
            foreseen = begun ? ISequencingRights.WindowOpened.selector : IERC721Errors.ERC721InvalidSender.selector;
        }

        bytes memory data = abi.encodeCall(ISequencingRights.mint, (round, winner));
        if (_doAt(address(rights), Deed.Mint, caller, foreseen, data)) {
            holders[round << 16 | winner] = instanceOf(round).offers[winners[winner]].bidder;
        }
    }

    function _transfer(Dice memory dice, uint256 round, uint256 winner) internal {
        uint256 token = round << 16 | winner;
        address holder = holders[token];
        address caller = dice.oneIn(4) || holder == address(0) ? _anyone(dice) : holder;
        address to = _anyone(dice);
        bytes4 foreseen;
        if (holder == address(0)) foreseen = IERC721Errors.ERC721NonexistentToken.selector;
        else if (caller != holder) foreseen = IERC721Errors.ERC721InsufficientApproval.selector;
        else if (clock >= market.windowStartOf(round)) foreseen = ISequencingRights.WindowOpened.selector;

        bytes memory data = abi.encodeCall(IERC721.transferFrom, (holder == address(0) ? caller : holder, to, token));
        if (_doAt(address(rights), Deed.Transfer, caller, foreseen, data)) holders[token] = to;
    }
}
