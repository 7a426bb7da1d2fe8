// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {Phase} from "../../../../contracts/libraries/Schedule.sol";
import {Chance, Dice} from "../../support/Chance.sol";
import {TicketStage} from "../../support/TicketStage.sol";
import {vm} from "../../support/Vm.sol";
import {TicketDeed} from "./TicketGhosts.sol";
import {TicketLedger} from "./TicketLedger.sol";

/// @title TicketDeedBase: how a deed is done, and how the dice pick who does it to what
/// @notice Each call is made with the outcome that the ghost books foresee; any other outcome reverts.
abstract contract TicketDeedBase is TicketLedger {
    using Chance for Dice;

    error UnforeseenOutcome(TicketDeed deed, bytes4 foreseen, bytes4 found);

    bytes4 internal constant DONE = 0;
    bytes4 internal constant ANY_CHECKER_ERROR = 0xffffffff;
    bytes4 private constant PANIC = 0x4e487b71;

    mapping(uint256 deed => uint256) public done;
    mapping(uint256 deed => uint256) public refused;

    // ------------------------------------------------------------------- deeds

    function _doAtMarket(TicketDeed deed, address caller, bytes4 foreseen, bytes memory data) internal returns (bool ok) {
        (ok,) = _do(address(market), deed, caller, 0, foreseen, data);
    }

    function _doAtTickets(TicketDeed deed, address caller, bytes4 foreseen, bytes memory data) internal returns (bool ok) {
        (ok,) = _do(address(tickets), deed, caller, 0, foreseen, data);
    }

    function _do(address target, TicketDeed deed, address caller, uint256 amountWei, bytes4 foreseen, bytes memory data)
        internal
        returns (bool ok, bytes memory returned)
    {
        if (amountWei > 0) vm.deal(caller, amountWei);
        vm.prank(caller);
        (ok, returned) = target.call{value: amountWei}(data);
        bytes4 found = ok ? DONE : selectorOf(returned);
        if (foreseen == ANY_CHECKER_ERROR) require(!ok && found != 0 && found != PANIC, UnforeseenOutcome(deed, foreseen, found));
        else require(found == foreseen && ok == (foreseen == DONE), UnforeseenOutcome(deed, foreseen, found));
        if (ok) ++done[uint256(deed)];
        else ++refused[uint256(deed)];
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

    /// @dev A pool of a round, as a rule; else any of the latest. The caller knows that there is one.
    function _pickPool(Dice memory dice, uint256 round) internal view returns (uint256) {
        uint256 count = rounds[round].pools.length;
        if (count > 0 && !dice.oneIn(12)) return rounds[round].pools[dice.below(count)];
        uint256 latest = pools.length < 8 ? pools.length : 8;
        return pools.length - 1 - dice.below(latest);
    }

    // --------------------------------------------------------------- both purses

    function _depositRefusal(uint256 amountWei) internal pure returns (bytes4) {
        if (amountWei == 0) return IEscrow.NothingToMove.selector;
        return amountWei % TicketStage.TICK_WEI != 0 ? IEscrow.NotWholeTicks.selector : DONE;
    }

    /// @dev Takes a random part of what an account owns at `target` out of it, or fails to; returns the ticks that went.
    function _withdrawFrom(Dice memory dice, address target, TicketDeed deed, address caller, uint256 owned) internal returns (uint256) {
        uint256 ticks = dice.oneIn(6) ? 0 : dice.oneIn(3) ? owned : dice.below(owned + owned / 8 + 2);
        address to = dice.oneIn(8) ? address(market.checker()) : _anyone(dice); // the checker takes no ether
        bytes4 foreseen;
        if (ticks == 0) foreseen = IEscrow.NothingToMove.selector;
        else if (ticks > owned) foreseen = IEscrow.InsufficientFree.selector;
        else if (to == address(market.checker())) foreseen = IEscrow.TransferFailed.selector;

        uint256 before = to.balance;
        (bool ok,) = _do(target, deed, caller, 0, foreseen, abi.encodeCall(IEscrow.withdraw, (uint64(ticks), to)));
        if (!ok) return 0;
        assertEq(to.balance - before, ticks * TicketStage.TICK_WEI, "what is withdrawn arrives");
        return ticks;
    }
}
