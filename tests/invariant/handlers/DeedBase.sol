// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {Phase} from "../../../contracts/libraries/Schedule.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {vm} from "../support/Vm.sol";
import {Deed} from "./GhostBook.sol";
import {GhostLedger} from "./GhostLedger.sol";

/// @title DeedBase: how a deed is done, and how the dice pick who does it to what
/// @notice Each call is made with the outcome that the ghost books foresee; any other outcome reverts.
abstract contract DeedBase is GhostLedger {
    using Chance for Dice;

    error UnforeseenOutcome(Deed deed, bytes4 foreseen, bytes4 found);

    bytes4 internal constant DONE = 0;
    bytes4 internal constant ANY_CHECKER_ERROR = 0xffffffff;
    bytes4 private constant PANIC = 0x4e487b71;

    mapping(uint256 deed => uint256) public done;
    mapping(uint256 deed => uint256) public refused;

    // ------------------------------------------------------------------- deeds

    function _do(Deed deed, address caller, bytes4 foreseen, bytes memory data) internal returns (bool) {
        return _doAt(address(market), deed, caller, foreseen, data);
    }

    function _doAt(address target, Deed deed, address caller, bytes4 foreseen, bytes memory data) internal returns (bool) {
        vm.prank(caller);
        (bool ok, bytes memory returned) = target.call(data);
        return _count(deed, foreseen, ok, returned);
    }

    function _count(Deed deed, bytes4 foreseen, bool ok, bytes memory returned) internal returns (bool) {
        bytes4 found = ok ? DONE : selectorOf(returned);
        if (foreseen == ANY_CHECKER_ERROR) require(!ok && found != 0 && found != PANIC, UnforeseenOutcome(deed, foreseen, found));
        else require(found == foreseen && ok == (foreseen == DONE), UnforeseenOutcome(deed, foreseen, found));
        if (ok) ++done[uint256(deed)];
        else ++refused[uint256(deed)];
        return ok;
    }

    function _lockable(address account, uint256 ticks) internal view returns (bytes4) {
        return freeTicks[account] >= ticks ? DONE : IEscrow.InsufficientFree.selector;
    }

    // ------------------------------------------------------------------- picks

    function _anyone(Dice memory dice) internal view returns (address) {
        return actors[dice.below(ACTORS)];
    }

    /// @dev One of the latest rounds, or the next.
    function _anyRound(Dice memory dice) internal view returns (uint256) {
        uint256 back = dice.below(5);
        return openedRounds > back ? openedRounds - back : 0;
    }

    /// @dev The latest round in a phase, as a rule.
    function _pickRound(Dice memory dice, Phase wanted) internal view returns (uint256) {
        if (dice.oneIn(12)) return _anyRound(dice);
        for (uint256 back = 1; back <= 4 && back <= openedRounds; ++back) {
            if (_phase(openedRounds - back) == wanted) return openedRounds - back;
        }
        return _anyRound(dice);
    }

    /// @dev The oldest round of the last eight with something left to do.
    function _pickPast(Dice memory dice) internal view returns (uint256) {
        uint256 first = openedRounds > 8 ? openedRounds - 8 : 0;
        for (uint256 round = first; round < openedRounds; ++round) {
            bool proved = rounds[round].proved;
            if ((proved || _ended(round)) && rounds[round].openEntries != 0 && !dice.oneIn(4)) return round;
        }
        return _anyRound(dice);
    }

    /// @dev A bidder whose entry is at a stage, as a rule.
    function _pickBidder(Dice memory dice, uint256 round, uint256 stage) internal view returns (address) {
        uint256 first = dice.below(ACTORS);
        for (uint256 i; i < ACTORS && !dice.oneIn(24); ++i) {
            address bidder = actors[(first + i) % ACTORS];
            if (entries[round][bidder].stage == stage) return bidder;
        }
        return actors[first];
    }
}
