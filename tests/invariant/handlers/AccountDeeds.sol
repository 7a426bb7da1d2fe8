// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IRollupRegistry} from "../../../contracts/interfaces/IRollupRegistry.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {vm} from "../support/Vm.sol";
import {DeedBase} from "./DeedBase.sol";
import {Deed} from "./GhostBook.sol";

/// @title AccountDeeds: money in and out of the escrow
abstract contract AccountDeeds is DeedBase {
    using Chance for Dice;

    uint256 public forcedWei;

    function _deposit(address caller, address account, uint256 amountWei) internal {
        bytes4 foreseen = amountWei == 0 ? IEscrow.NothingToMove.selector : amountWei % 1 gwei != 0 ? IEscrow.NotWholeTicks.selector : DONE;
        vm.deal(caller, amountWei);
        vm.prank(caller);
        (bool ok, bytes memory returned) = address(market).call{value: amountWei}(abi.encodeCall(IEscrow.deposit, (account)));
        if (_count(Deed.Deposit, foreseen, ok, returned)) freeTicks[account] += amountWei / 1 gwei;
    }

    function _withdraw(Dice memory dice, address caller) internal {
        uint256 ticks = dice.oneIn(6) ? 0 : dice.below(freeTicks[caller] + freeTicks[caller] / 8 + 2);
        address to = dice.oneIn(6) ? address(market.checker()) : _anyone(dice); // the checker takes no ether
        bytes4 foreseen = ticks == 0
            ? IEscrow.NothingToMove.selector
            : ticks > freeTicks[caller]
                ? IEscrow.InsufficientFree.selector
                : to == address(market.checker()) ? IEscrow.TransferFailed.selector : DONE;
        uint256 before = to.balance;
        if (!_do(Deed.Withdraw, caller, foreseen, abi.encodeCall(IEscrow.withdraw, (uint64(ticks), to)))) return;
        freeTicks[caller] -= ticks;
        assertEq(to.balance - before, ticks * 1 gwei, "what is withdrawn arrives");
    }

    /// @dev An actor takes out all that is free, and brings it back.
    function _exit(address caller) internal {
        uint64 ticks = uint64(freeTicks[caller]);
        if (ticks == 0) return;
        _do(Deed.Exit, caller, DONE, abi.encodeCall(IEscrow.withdraw, (ticks, caller)));
        freeTicks[caller] = 0;
        _deposit(caller, caller, ticks * 1 gwei);
    }

    function _force(uint256 amountWei) internal {
        vm.deal(address(market), address(market).balance + amountWei);
        forcedWei += amountWei;
        ++done[uint256(Deed.Force)];
    }

    function _collect(Dice memory dice, address caller) internal {
        uint256 lane = dice.oneIn(8) ? laneTicks.length : dice.below(laneTicks.length);
        bool known = lane < laneTicks.length;
        bytes4 foreseen = !known
            ? IRollupRegistry.UnknownLane.selector
            : laneTicks[lane] == 0 ? IRollupRegistry.NothingToCollect.selector : DONE;
        if (!_do(Deed.Collect, caller, foreseen, abi.encodeCall(IRollupRegistry.collect, (uint32(lane))))) return;
        freeTicks[lanePayouts[lane]] += laneTicks[lane];
        laneTicks[lane] = 0;
    }
}
