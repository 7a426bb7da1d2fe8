// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC6909} from "@openzeppelin/contracts/interfaces/draft-IERC6909.sol";
import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {IPoolErrors} from "../../../../contracts/interfaces/IPoolErrors.sol";
import {ITickets} from "../../../../contracts/interfaces/ITickets.sol";
import {Phase} from "../../../../contracts/libraries/Schedule.sol";
import {Chance, Dice} from "../../support/Chance.sol";
import {TicketDeedBase} from "./TicketDeedBase.sol";
import {GhostPool, GhostStrip, TicketDeed} from "./TicketGhosts.sol";

/// @title StripDeeds: strips split, handed on, allowed and refunded
abstract contract StripDeeds is TicketDeedBase {
    using Chance for Dice;

    mapping(address owner => mapping(address spender => mapping(uint256 id => uint256))) internal allowed;
    mapping(address owner => mapping(address spender => bool)) internal operating;

    function _split(Dice memory dice, uint256 pool, uint256 k, address caller) internal {
        GhostPool storage its = pools[pool];
        GhostStrip storage strip = its.strips[k];
        (uint256 start, uint256 end) = (strip.start, strip.end);
        bool missing = dice.oneIn(16);
        uint256 id = tokenOf(pool, missing ? soldOf(pool) : start);
        uint256 at = end - start > 1 && !dice.oneIn(8) ? start + 1 + dice.below(end - start - 1) : dice.oneIn(2) ? start : end + dice.below(4);
        uint256 before = k == 0 ? dice.below(20) : its.strips[k - 1].start;
        bool misplaced = k > 0 && dice.oneIn(8);
        if (misplaced) before = dice.oneIn(2) ? start : before + 1 + dice.below(30_000);
        if (misplaced) for (uint256 j; j < its.strips.length; ++j) if (its.strips[j].start == before && its.strips[j].end == start) misplaced = false;

        bytes4 foreseen;
        if (missing) foreseen = IPoolErrors.NoSuchStrip.selector;
        else if (_phase(its.round) != Phase.Commit) foreseen = ITickets.WrongPhase.selector;
        else if (strip.holder != caller) foreseen = ITickets.NotHolder.selector;
        else if (at <= start || at >= end) foreseen = ITickets.SplitOutOfRange.selector;
        else if (misplaced) foreseen = ITickets.NotBefore.selector;

        if (!_doAtTickets(TicketDeed.Split, caller, foreseen, abi.encodeCall(ITickets.split, (id, uint16(at), uint16(before))))) return;
        uint256 part = strip.paidTicks * (at - start) / (end - start); // rounded down: what can't be divided stays with the rest
        its.strips.push();
        for (uint256 j = its.strips.length - 1; j > k; --j) its.strips[j] = its.strips[j - 1];
        its.strips[k + 1].start = at;
        its.strips[k + 1].paidTicks = strip.paidTicks - part;
        (its.strips[k].end, its.strips[k].paidTicks) = (at, part);
    }

    function _transfer(Dice memory dice, uint256 pool, uint256 k, address caller) internal {
        (uint256 id, uint256 amount, address to, bytes4 unfit) = _handOver(dice, pool, k);
        bytes4 foreseen = _moveRefusal(pool, k, caller, to, unfit);
        if (_doAtTickets(TicketDeed.Transfer, caller, foreseen, abi.encodeCall(IERC6909.transfer, (to, id, amount)))) {
            pools[pool].strips[k].holder = to;
        }
    }

    function _transferFrom(Dice memory dice, uint256 pool, uint256 k, address caller) internal {
        (uint256 id, uint256 amount, address to, bytes4 unfit) = _handOver(dice, pool, k);
        address holder = pools[pool].strips[k].holder;
        address sender = holder == address(0) || dice.oneIn(8) ? _anyone(dice) : holder;
        bool free = sender == caller || operating[sender][caller];
        uint256 limit = allowed[sender][caller][id];
        bytes4 foreseen = !free && limit < amount ? ITickets.NotAllowed.selector : _moveRefusal(pool, k, sender, to, unfit);

        bytes memory data = abi.encodeCall(IERC6909.transferFrom, (sender, to, id, amount));
        if (_doAtTickets(TicketDeed.TransferFrom, caller, foreseen, data)) {
            pools[pool].strips[k].holder = to;
            if (!free && limit != type(uint256).max) allowed[sender][caller][id] = limit - amount;
        }
        assertEq(tickets.allowance(sender, caller, id), allowed[sender][caller][id], "what is left of an allowance");
    }

    function _approve(Dice memory dice, uint256 pool, uint256 k, address spender) internal {
        GhostStrip storage strip = pools[pool].strips[k];
        address owner = strip.holder == address(0) ? _anyone(dice) : strip.holder;
        uint256 id = tokenOf(pool, strip.start);
        uint256 amount = dice.oneIn(4) ? type(uint256).max : dice.oneIn(2) ? strip.end - strip.start : dice.below(30);
        _doAtTickets(TicketDeed.Approve, owner, DONE, abi.encodeCall(IERC6909.approve, (spender, id, amount)));
        allowed[owner][spender][id] = amount;
    }

    function _setOperator(Dice memory dice, address owner, address spender) internal {
        bool approved = dice.oneIn(3);
        _doAtTickets(TicketDeed.SetOperator, owner, DONE, abi.encodeCall(IERC6909.setOperator, (spender, approved)));
        operating[owner][spender] = approved;
    }

    /// @notice Gives back `many` strips of a pool from its k-th on; `k` may be one past the last.
    function _refund(Dice memory dice, uint256 pool, uint256 k, uint256 many, address caller) internal {
        GhostPool storage its = pools[pool];
        uint256 start = k == its.strips.length ? soldOf(pool) : its.strips[k].start;
        uint256 before = k == 0 ? dice.below(20) : its.strips[k - 1].start;
        bool misplaced = k > 0 && dice.oneIn(10);
        if (misplaced) before += 20_000;
        uint256 owed;
        for (uint256 j = k; j < its.strips.length && j < k + many; ++j) owed += its.strips[j].refunded ? 0 : 1;
        bytes4 foreseen;
        if (!refundable(its.round, its.bundle)) foreseen = ITickets.NotRefundable.selector;
        else if (misplaced) foreseen = ITickets.NotBefore.selector;
        else if (owed == 0) foreseen = ITickets.NothingToRefund.selector;

        TicketDeed deed = !rounds[its.round].posted
            ? TicketDeed.RefundVoid
            : !rounds[its.round].drawn && _phase(its.round) >= Phase.Window ? TicketDeed.RefundUndrawn : TicketDeed.Refund;
        bytes memory data = abi.encodeCall(ITickets.refund, (its.round, its.bundle, uint64(its.baseTicks), uint16(start), uint16(before), many));
        if (_doAtTickets(deed, caller, foreseen, data)) _givenBack(pool, k, many);
    }

    /// @dev Each holder gets what its strip paid; the first strip of a round's pool its fee too, where nobody proposed.
    function _givenBack(uint256 pool, uint256 k, uint256 many) internal {
        GhostPool storage its = pools[pool];
        for (uint256 j = k; j < its.strips.length && j < k + many; ++j) {
            GhostStrip storage strip = its.strips[j];
            if (strip.refunded) continue;
            purseTicks[strip.holder] += strip.paidTicks;
            if (j == 0 && !rounds[its.round].posted) {
                purseTicks[strip.holder] += _feeTicks();
                rounds[its.round].feesTicks -= _feeTicks();
            }
            (strip.refunded, strip.holder) = (true, address(0));
        }
    }

    function _feeTicks() private view returns (uint256) {
        return market.parameters().feePerPoolTicks;
    }

    // ---------------------------------------------------------------- handing on

    /// @dev What a transfer names, with one fault at times: `unfit` says which, 0 where there is none.
    function _handOver(Dice memory dice, uint256 pool, uint256 k) private view returns (uint256 id, uint256 amount, address to, bytes4 unfit) {
        GhostStrip storage strip = pools[pool].strips[k];
        (id, amount, to) = (tokenOf(pool, strip.start), strip.end - strip.start, _anyone(dice));
        uint256 fault = dice.below(16);
        if (fault == 0) (id, unfit) = (tokenOf(pool, soldOf(pool)), IPoolErrors.NoSuchStrip.selector);
        if (fault == 1) (to, unfit) = (address(0), IEscrow.ZeroAddress.selector);
        if (fault == 2) (amount, unfit) = (dice.oneIn(2) ? amount - 1 : amount + 1, ITickets.NotWholeStrip.selector);
    }

    function _moveRefusal(uint256 pool, uint256 k, address sender, address to, bytes4 unfit) private view returns (bytes4) {
        if (unfit == IPoolErrors.NoSuchStrip.selector) return unfit;
        if (_phase(pools[pool].round) != Phase.Commit) return ITickets.WrongPhase.selector;
        if (to == address(0)) return unfit;
        return pools[pool].strips[k].holder != sender ? ITickets.NotHolder.selector : unfit;
    }
}
