// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {IRollupRegistry} from "../../../../contracts/interfaces/IRollupRegistry.sol";
import {Chance, Dice} from "../../support/Chance.sol";
import {TicketStage} from "../../support/TicketStage.sol";
import {vm} from "../../support/Vm.sol";
import {TicketDeedBase} from "./TicketDeedBase.sol";
import {GhostSeller, TicketDeed} from "./TicketGhosts.sol";

/// @title TicketPurseDeeds: money in and out of both contracts; rollups come, change their terms, and go
abstract contract TicketPurseDeeds is TicketDeedBase {
    using Chance for Dice;

    // ------------------------------------------------------------------- money

    function _deposit(address caller, address account, uint256 amountWei) internal {
        bytes memory data = abi.encodeCall(IEscrow.deposit, (account));
        (bool ok,) = _do(address(tickets), TicketDeed.Deposit, caller, amountWei, _depositRefusal(amountWei), data);
        if (ok) purseTicks[account] += amountWei / TicketStage.TICK_WEI;
    }

    function _depositAtMarket(address caller, address account, uint256 amountWei) internal {
        bytes memory data = abi.encodeCall(IEscrow.deposit, (account));
        (bool ok,) = _do(address(market), TicketDeed.DepositAtMarket, caller, amountWei, _depositRefusal(amountWei), data);
        if (ok) freeTicks[account] += amountWei / TicketStage.TICK_WEI;
    }

    function _withdraw(Dice memory dice, address caller) internal {
        purseTicks[caller] -= _withdrawFrom(dice, address(tickets), TicketDeed.Withdraw, caller, purseTicks[caller]);
    }

    function _withdrawAtMarket(Dice memory dice, address caller) internal {
        freeTicks[caller] -= _withdrawFrom(dice, address(market), TicketDeed.WithdrawAtMarket, caller, freeTicks[caller]);
    }

    function _force(bool onTickets, uint256 amountWei) internal {
        address target = onTickets ? address(tickets) : address(market);
        vm.deal(target, target.balance + amountWei);
        if (onTickets) forcedOnTickets += amountWei;
        else forcedOnMarket += amountWei;
        ++done[uint256(TicketDeed.Force)];
    }

    function _collect(uint256 lane, address caller) internal {
        bytes4 foreseen = lane >= laneTicks.length
            ? IRollupRegistry.UnknownLane.selector
            : laneTicks[lane] == 0 ? IRollupRegistry.NothingToCollect.selector : DONE;
        if (!_doAtMarket(TicketDeed.Collect, caller, foreseen, abi.encodeCall(IRollupRegistry.collect, (uint32(lane))))) return;
        freeTicks[lanePayouts[lane]] += laneTicks[lane];
        laneTicks[lane] = 0;
    }

    // ----------------------------------------------------------------- rollups

    function _register(address caller, uint64 reserveTicks, address payout, address sequencer) internal {
        bytes4 foreseen;
        if (payout == address(0)) foreseen = IEscrow.ZeroAddress.selector;
        else if (freeTicks[caller] < TicketStage.DEPOSIT_TICKS) foreseen = IEscrow.InsufficientFree.selector;
        bytes memory data = abi.encodeCall(IRollupRegistry.register, (reserveTicks, payout, sequencer));
        if (!_doAtMarket(TicketDeed.Register, caller, foreseen, data)) return;
        uint256 rollup;
        while (sellers[rollup].owner != address(0)) ++rollup;
        sellers[rollup] = GhostSeller(caller, reserveTicks, _newLane(payout), sequencer);
        freeTicks[caller] -= TicketStage.DEPOSIT_TICKS;
        lockedTicks[caller] += TicketStage.DEPOSIT_TICKS;
    }

    function _setReserve(address caller, uint256 rollup, uint64 reserveTicks) internal {
        bytes memory data = abi.encodeCall(IRollupRegistry.setReserve, (rollup, reserveTicks));
        if (_doAtMarket(TicketDeed.SetReserve, caller, _ownedBy(rollup, caller), data)) sellers[rollup].reserveTicks = reserveTicks;
    }

    function _setPayout(address caller, uint256 rollup, address payout) internal {
        bytes memory data = abi.encodeCall(IRollupRegistry.setPayout, (rollup, payout));
        if (_doAtMarket(TicketDeed.SetPayout, caller, _ownedBy(rollup, caller), data)) sellers[rollup].lane = _newLane(payout);
    }

    function _deregister(address caller, uint256 rollup) internal {
        bytes memory data = abi.encodeCall(IRollupRegistry.deregister, (rollup));
        if (!_doAtMarket(TicketDeed.Deregister, caller, _ownedBy(rollup, caller), data)) return;
        // its default sequencer stays until the index is used again
        (sellers[rollup].owner, sellers[rollup].reserveTicks, sellers[rollup].lane) = (address(0), 0, 0);
        freeTicks[caller] += TicketStage.DEPOSIT_TICKS;
        lockedTicks[caller] -= TicketStage.DEPOSIT_TICKS;
    }

    function _ownedBy(uint256 rollup, address caller) private view returns (bytes4) {
        if (sellers[rollup].owner == address(0)) return IRollupRegistry.NotRegistered.selector;
        return sellers[rollup].owner == caller ? DONE : IRollupRegistry.NotRollupOwner.selector;
    }

    function _registered() internal view returns (uint256 count) {
        for (uint256 i; i < MOST_ROLLUPS; ++i) count += sellers[i].owner == address(0) ? 0 : 1;
    }
}
