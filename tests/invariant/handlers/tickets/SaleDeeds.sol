// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {IPoolErrors} from "../../../../contracts/interfaces/IPoolErrors.sol";
import {ITickets} from "../../../../contracts/interfaces/ITickets.sol";
import {Orders} from "../../../../contracts/libraries/Order.sol";
import {Phase} from "../../../../contracts/libraries/Schedule.sol";
import {Chance, Dice} from "../../support/Chance.sol";
import {NaivePrice} from "../../support/NaivePrice.sol";
import {TicketStage} from "../../support/TicketStage.sol";
import {TicketDeedBase} from "./TicketDeedBase.sol";
import {GhostPool, GhostStrip, GhostTicketRound, TicketDeed} from "./TicketGhosts.sol";

/// @notice A purchase before it is made.
/// @param pointer where a strip starts: the last one of the bundle's last pool (`open`), any of this pool (`buy`)
struct Purchase {
    uint256 round;
    uint256 bundle;
    uint256 baseTicks;
    uint256 pointer;
    uint256 sold;
    uint256 count;
    uint256 owedTicks;
    uint256 mostTicks;
    uint256 deadline;
    uint256 amountWei;
}

/// @title SaleDeeds: pools opened, tickets bought: for just what they cost, for more, out of the free balance, and with one fault of each kind
abstract contract SaleDeeds is TicketDeedBase {
    using Chance for Dice;

    function _open(Dice memory dice, uint256 round, uint256 bundle, address caller) internal {
        Purchase memory made = Purchase(round, bundle, 0, 0, 0, 1 + dice.below(9), 0, 0, clock + dice.below(9), 0);
        GhostTicketRound storage its = rounds[round];
        uint256 last = lastPools[bundle];
        bool open_ = last != 0 && pools[last - 1].round >= round;
        uint256 floorTicks;
        if (bundle != 0 && bundle & ~its.active == 0) {
            floorTicks = (_reservesOf(round, bundle) + curve.target - 1) / curve.target;
            if (floorTicks == 0) floorTicks = 1;
            made.baseTicks = TicketStage.START_TICKS > floorTicks ? TicketStage.START_TICKS : floorTicks;
        }
        if (last != 0) {
            GhostPool storage before = pools[last - 1];
            made.pointer = before.strips[before.strips.length - 1].start;
            if (!open_) {
                made.baseTicks = NaivePrice.laterBase(basePrice, before.baseTicks, soldOf(last - 1), curve.target, round - before.round, floorTicks);
            }
        }
        uint256 fault = dice.oneIn(3) ? 1 + dice.below(6) : 0;
        bytes4 unpointed = fault == 6 && last != 0 ? _mispoint(dice, made, last - 1, true) : DONE;
        bytes4 refusal = _price(dice, made, caller, fault, TicketStage.FEE_TICKS);

        bytes4 foreseen;
        if (_phase(round) != Phase.Commit) foreseen = ITickets.WrongPhase.selector;
        else if (clock > made.deadline) foreseen = ITickets.DeadlinePassed.selector;
        else if (its.pools.length >= TicketStage.MOST_POOLS) foreseen = ITickets.PoolsFull.selector;
        else if (bundle == 0 || bundle & ~its.active != 0) foreseen = ITickets.NotOnSale.selector;
        else if (open_) foreseen = ITickets.PoolIsOpen.selector;
        else if (unpointed != DONE) foreseen = unpointed;
        else foreseen = refusal;

        bytes memory data = abi.encodeCall(
            ITickets.open, (round, bundle, uint16(made.pointer), uint16(made.count), uint64(made.mostTicks), made.deadline)
        );
        (bool ok, bytes memory returned) = _do(address(tickets), TicketDeed.Open, caller, made.amountWei, foreseen, data);
        if (!ok) return;
        its.feesTicks += TicketStage.FEE_TICKS;
        if (its.pools.length == 0) {
            uint256 wait = _start(round) + TicketStage.DRAW_TIME - clock;
            its.drawPoint = height + (wait + TicketStage.BLOCK_SECONDS - 1) / TicketStage.BLOCK_SECONDS;
        }
        its.pools.push(pools.length);
        GhostPool storage pool = pools.push();
        (pool.round, pool.bundle, pool.baseTicks, pool.floorTicks) = (round, bundle, made.baseTicks, floorTicks);
        lastPools[bundle] = pools.length;
        _bought(made, pools.length - 1, caller, TicketStage.FEE_TICKS, returned);
    }

    function _buy(Dice memory dice, uint256 pool, address caller) internal {
        GhostPool storage its = pools[pool];
        uint256 from = dice.below(its.strips.length);
        uint256 sold = soldOf(pool);
        uint256 left = 2 * uint256(curve.target) - sold;
        uint256 count = left == 0 || dice.oneIn(8) ? dice.below(left + 3) : 1 + dice.below(left < 5 ? left : 5);
        Purchase memory made =
            Purchase(its.round, its.bundle, its.baseTicks, its.strips[from].start, sold, count, 0, 0, clock + dice.below(9), 0);
        uint256 fault = dice.oneIn(4) ? 1 + dice.below(7) : 0;
        bytes4 unpointed = fault == 6 ? _mispoint(dice, made, pool, false) : DONE;
        bytes4 refusal = _price(dice, made, caller, fault, 0);
        if (fault == 7) (made.baseTicks, unpointed) = (made.baseTicks + 1, IPoolErrors.NoSuchStrip.selector);

        bytes4 foreseen;
        if (_phase(its.round) != Phase.Commit) foreseen = ITickets.WrongPhase.selector;
        else if (clock > made.deadline) foreseen = ITickets.DeadlinePassed.selector;
        else if (unpointed != DONE) foreseen = unpointed;
        else foreseen = refusal;

        bytes memory data = abi.encodeCall(
            ITickets.buy,
            (
                Orders.make(
                    uint32(its.round), uint64(made.baseTicks), uint16(made.pointer), uint16(made.count), uint64(made.mostTicks), uint64(made.deadline)
                ),
                its.bundle
            )
        );
        (bool ok, bytes memory returned) = _do(address(tickets), TicketDeed.Buy, caller, made.amountWei, foreseen, data);
        if (ok) _bought(made, pool, caller, 0, returned);
    }

    /// @dev Names a start that is no strip's, or (where that counts) not the last one's; returns what is raised.
    function _mispoint(Dice memory dice, Purchase memory made, uint256 pool, bool needsLast) private view returns (bytes4) {
        GhostPool storage its = pools[pool];
        uint256 count = its.strips.length;
        if (needsLast && count > 1 && dice.oneIn(2)) {
            made.pointer = its.strips[dice.below(count - 1)].start;
            return IPoolErrors.NotLastStrip.selector;
        }
        GhostStrip storage inside = its.strips[dice.below(count)];
        made.pointer = inside.end - inside.start > 1 && dice.oneIn(2) ? inside.start + 1 : soldOf(pool);
        return IPoolErrors.NoSuchStrip.selector;
    }

    /// @dev Works out what a purchase costs and how it is paid, with one fault of five or none; returns what is raised of the price and the money.
    function _price(Dice memory dice, Purchase memory made, address caller, uint256 fault, uint256 feeTicks) private view returns (bytes4) {
        uint256 left = 2 * uint256(curve.target) - made.sold;
        if (fault == 1) made.count = dice.oneIn(2) ? 0 : left + 1 + dice.below(9);
        if (fault == 2) made.deadline = clock - 1;
        if (made.count == 0 || made.count > left) {
            (made.mostTicks, made.amountWei) = (type(uint64).max, 500 gwei);
            return ITickets.TicketsOutOfRange.selector;
        }
        uint256 start = _start(made.round);
        made.owedTicks = NaivePrice.costOf(curve, made.baseTicks, made.sold, made.count, clock > start ? clock - start : 0) + feeTicks;
        made.mostTicks = made.owedTicks + (dice.oneIn(2) ? 0 : dice.below(20));
        if (fault == 3) {
            made.mostTicks = made.owedTicks - 1;
            return ITickets.PriceTooHigh.selector;
        }
        uint256 kind = dice.below(4);
        uint256 purse = purseTicks[caller];
        uint256 sent = made.owedTicks;
        if (kind == 1) sent += dice.below(30);
        if (kind >= 2) sent = purse >= made.owedTicks ? 0 : made.owedTicks - purse; // all of the purse, or all out of it
        if (fault == 4) sent = sent == 0 ? 0 : sent - 1 - dice.below(sent);
        made.amountWei = sent * TicketStage.TICK_WEI;
        if (fault == 5) {
            made.amountWei += 1 + dice.below(TicketStage.TICK_WEI - 1);
            return IEscrow.NotWholeTicks.selector;
        }
        return sent + purse < made.owedTicks ? IEscrow.InsufficientFree.selector : DONE;
    }

    function _bought(Purchase memory made, uint256 pool, address caller, uint256 feeTicks, bytes memory returned) private {
        assertEq(abi.decode(returned, (uint256)), tokenOf(pool, made.sold), "the token of the strip");
        purseTicks[caller] = purseTicks[caller] + made.amountWei / TicketStage.TICK_WEI - made.owedTicks;
        pools[pool].strips.push(GhostStrip(made.sold, made.sold + made.count, caller, made.owedTicks - feeTicks, false));
    }
}
