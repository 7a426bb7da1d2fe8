// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EscrowAccounts} from "./EscrowAccounts.sol";
import {TicketTokens} from "./TicketTokens.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";
import {ITicketMarket, TicketParameters} from "./interfaces/ITicketMarket.sol";
import {ITickets, PoolBook} from "./interfaces/ITickets.sol";
import {BasePrice, BasePriceTerms, BaseRule} from "./libraries/BasePrice.sol";
import {Bundle} from "./libraries/Bundle.sol";
import {Draw} from "./libraries/Draw.sol";
import {Lineup, Lineups} from "./libraries/Lineup.sol";
import {Order, Orders} from "./libraries/Order.sol";
import {PoolList, ShownPool} from "./libraries/PoolList.sol";
import {Curve, CurveKind, PriceCurve} from "./libraries/PriceCurve.sol";
import {Phase, Schedule, Schedules} from "./libraries/Schedule.sol";
import {Strip, Strips, TicketIds} from "./libraries/Strip.sol";

/// @title Tickets
contract Tickets is EscrowAccounts, TicketTokens {
    using BasePrice for BasePriceTerms;
    using PriceCurve for Curve;
    using Schedules for Schedule;

    /// @inheritdoc ITickets
    ITicketMarket public immutable market;
    /// @inheritdoc ITickets
    IRandomness public immutable randomness;

    uint64 private immutable feePerPoolTicks;
    uint16 private immutable maxPoolsPerRound;

    uint64 private immutable genesis;
    uint32 private immutable periodSeconds;
    uint32 private immutable commitSeconds;
    uint32 private immutable assignSeconds;
    uint32 private immutable drawSeconds;

    CurveKind private immutable curveKind;
    uint16 private immutable target;
    uint32 private immutable steepnessBps;
    uint32 private immutable phaseSeconds;
    uint32 private immutable saleSeconds;
    uint64 private immutable highestBaseTicks;
    uint256 private immutable flatTickets;

    BaseRule private immutable baseRule;
    uint64 private immutable startTicks;
    uint64 private immutable alphaTicks;

    /// @dev By the market, which holds the parameters to their rules.
    constructor(TicketParameters memory p, IRandomness randomness_) EscrowAccounts(p.tickWei) {
        market = ITicketMarket(payable(msg.sender));
        randomness = randomness_;
        (feePerPoolTicks, maxPoolsPerRound) = (p.feePerPoolTicks, p.maxPoolsPerRound);
        (genesis, periodSeconds, commitSeconds) = (p.schedule.genesis, p.schedule.periodSeconds, p.schedule.commitSeconds);
        (assignSeconds, drawSeconds) = (p.schedule.assignSeconds, p.schedule.drawSeconds);
        (curveKind, target, steepnessBps) = (p.curve.kind, p.curve.target, p.curve.steepnessBps);
        (phaseSeconds, saleSeconds) = (p.curve.phaseSeconds, p.curve.saleSeconds);
        highestBaseTicks = uint64(p.curve.highestBase()); // fits: below 2^57
        flatTickets = p.curve.flatTickets();
        (baseRule, startTicks, alphaTicks) = (p.basePrice.rule, p.basePrice.startTicks, p.basePrice.alphaTicks);
    }

    // ---------------------------------------------------------------- tickets

    /// @inheritdoc ITickets
    function open(uint256 round, uint256 bundle, uint16 priorLast, uint16 count, uint64 mostTicks, uint256 deadline)
        external
        payable
        returns (uint256 id)
    {
        uint256 elapsedSeconds = _requireOnSale(round);
        _requireInTime(deadline);
        PoolBook memory book = _poolsOf(round);
        require(book.pools < maxPoolsPerRound, PoolsFull(book.pools, maxPoolsPerRound));
        uint64 baseTicks = _basePrice(round, bundle, priorLast);

        if (book.pools == 0) {
            book.drawPoint = uint64(randomness.pointAt(_schedule().drawTime(round))); // fits: a block's number or a beacon's round
            emit DrawPointFixed(round, book.drawPoint);
        }
        _openPool(round, bundle, baseTicks, book.drawPoint);
        uint256 pool = TicketIds.poolOf(round, bundle, baseTicks);
        emit PoolOpened(round, pool, bundle, baseTicks, book.pools);

        id = _purchase(elapsedSeconds, pool, Strip.wrap(0), baseTicks, count, feePerPoolTicks, mostTicks);
    }

    /// @inheritdoc ITickets
    function buy(Order order, uint256 bundle) external payable returns (uint256 id) {
        uint256 elapsedSeconds = _requireOnSale(order.round());
        _requireInTime(order.deadline());
        uint256 pool = TicketIds.poolOf(order.round(), bundle, order.baseTicks());
        Strip last = _existing(pool | order.after_());
        for (Strip next = _strip(pool | last.end()); !next.isEmpty(); next = _strip(pool | last.end())) last = next;

        id = _purchase(elapsedSeconds, pool, last, order.baseTicks(), order.count(), 0, order.mostTicks());
    }

    /// @inheritdoc ITickets
    function refund(uint256 round, uint256 bundle, uint64 baseTicks, uint16 start, uint16 before, uint256 many) external {
        require(market.isRefundable(round, bundle), NotRefundable(round, bundle));
        uint256 pool = TicketIds.poolOf(round, bundle, baseTicks);
        uint256 at = start;
        uint256 revenueTicks = _revenueBefore(pool, at, before);
        uint64 feeTicks = market.isVoid(round) ? feePerPoolTicks : 0; // of any other round the market takes them, sooner or later

        bool any;
        for (; many > 0; --many) {
            Strip strip = _strip(pool | at);
            if (strip.isEmpty()) break;
            if (strip.holder() != address(0)) {
                uint256 ticks = strip.revenueTicks() - revenueTicks;
                _giveBack(round, pool | at, strip, uint64(ticks) + (at == 0 ? feeTicks : 0)); // fits: by [E1] of `Escrow`
                any = true;
            }
            (at, revenueTicks) = (strip.end(), strip.revenueTicks());
        }
        require(any, NothingToRefund(pool | start));
    }

    // ------------------------------------------------------------- the market

    /// @inheritdoc ITickets
    function release(uint256 ticks) external {
        _requireMarket();

        _send(msg.sender, ticks);
    }

    /// @inheritdoc ITickets
    function takeFees(uint256 round) external returns (uint64 ticks) {
        _requireMarket();
        PoolBook memory book = _poolsOf(round);
        require(!book.feesTaken, FeesTaken(round));
        ticks = book.pools * feePerPoolTicks;

        _markFeesTaken(round);

        _send(msg.sender, ticks);
    }

    /// @inheritdoc ITickets
    function bookOf(uint256 round, bytes calldata reserves, bytes calldata pools) external view returns (bytes memory book) {
        uint256 maskBytes = Lineups.maskBytes(reserves.length / 8);
        uint256 count = PoolList.count(pools, maskBytes);
        book = PoolList.blank(count, maskBytes);
        uint256 length;
        bytes32 digest;
        for (uint256 i; i < count; ++i) {
            ShownPool memory shown = PoolList.at(pools, i, maskBytes);
            digest = PoolList.extend(digest, shown.bundle, shown.baseTicks);
            Strip last = _lastStrip(TicketIds.poolOf(round, shown.bundle, shown.baseTicks), shown.last);
            if (last.revenueTicks() < Lineups.reservesOf(reserves, Bundle.wrap(shown.bundle))) continue;
            length = PoolList.writeOffer(book, length, last.end(), last.revenueTicks(), shown.bundle, maskBytes);
        }
        PoolList.close(book, length);

        bytes32 needed = _poolsOf(round).digest;
        require(digest == needed, WrongPools(needed, digest));
    }

    /// @inheritdoc ITickets
    function seedOf(uint256 round) external view returns (bytes32) {
        return randomness.seedOf(_poolsOf(round).drawPoint);
    }

    /// @inheritdoc ITickets
    function drawnOf(bytes32 seed, uint256 round, uint256 bundle, uint64 baseTicks, uint256 tickets, uint256 start)
        external
        view
        returns (uint256 id, uint256 ticket, address holder)
    {
        ticket = Draw.ticket(Draw.seedOf(seed, block.chainid, address(this), round, bundle), tickets);
        id = TicketIds.poolOf(round, bundle, baseTicks) | start;
        Strip strip = _existing(id);
        require(ticket >= start && ticket < strip.end(), WrongStrip(id, ticket, strip.end()));
        holder = strip.holder();
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ITickets
    function poolsOf(uint256 round) external view returns (PoolBook memory) {
        return _poolsOf(round);
    }

    /// @inheritdoc ITickets
    function idOf(uint256 round, uint256 bundle, uint64 baseTicks, uint16 start) external pure returns (uint256) {
        return TicketIds.poolOf(round, bundle, baseTicks) | start;
    }

    /// @inheritdoc ITickets
    function makeOrder(uint32 round, uint64 baseTicks, uint16 after_, uint16 count, uint64 mostTicks, uint64 deadline)
        external
        pure
        returns (Order)
    {
        return Orders.make(round, baseTicks, after_, count, mostTicks, deadline);
    }

    /// @inheritdoc ITickets
    function stripOf(uint256 id) external view returns (address holder, uint256 start, uint256 end, uint64 revenueTicks) {
        Strip strip = _existing(id);
        return (strip.holder(), TicketIds.startOf(id), strip.end(), uint64(strip.revenueTicks())); // fits: 64 bits by construction
    }

    /// @inheritdoc ITickets
    function pricedOf(uint256 bundle) external view returns (bool known, uint256 round, uint64 baseTicks) {
        return _pricedOf(bundle);
    }

    /// @inheritdoc ITickets
    function basePriceOf(uint256 round, uint256 bundle, uint16 priorLast) external view returns (uint64) {
        return _basePrice(round, bundle, priorLast);
    }

    /// @inheritdoc ITickets
    function costOf(uint256 round, uint64 baseTicks, uint256 sold, uint256 count, uint256 timestamp) external view returns (uint256) {
        uint256 openedAt = _schedule().commitStart(round);
        return _costOf(baseTicks, sold, count, timestamp > openedAt ? timestamp - openedAt : 0);
    }

    // ---------------------------------------------------------------- selling

    /// @dev Sells the tickets that follow on a pool's last strip; `last` is empty for a new pool.
    function _purchase(uint256 elapsedSeconds, uint256 pool, Strip last, uint256 baseTicks, uint256 count, uint256 feeTicks, uint256 mostTicks)
        private
        returns (uint256 id)
    {
        uint256 sold = last.end();
        // no overflow: a cost is below 2^57, a fee below 2^64, sold + count at most 2^16
        unchecked {
            uint256 costTicks = _costOf(baseTicks, sold, count, elapsedSeconds);
            uint256 owedTicks = costTicks + feeTicks;
            require(owedTicks <= mostTicks, PriceTooHigh(owedTicks, mostTicks));

            id = pool | sold;
            _setStrip(id, Strips.make(msg.sender, sold + count, last.revenueTicks() + costTicks));
            _pay(owedTicks);
        }

        emit Transfer(msg.sender, address(0), msg.sender, id, count);
    }

    /// @dev Takes what the caller owes out of what it sent and what it owns; the caller places it.
    function _pay(uint256 owedTicks) private {
        uint256 received = _receivedTicks();
        if (received > owedTicks) _credit(msg.sender, uint64(received - owedTicks)); // fits: received does
        else if (received < owedTicks) _take(msg.sender, uint64(owedTicks - received)); // fits: at most mostTicks
    }

    function _giveBack(uint256 round, uint256 id, Strip strip, uint64 ticks) private {
        address holder = strip.holder();
        _setStrip(id, strip.heldBy(address(0)));
        _credit(holder, ticks);

        emit Transfer(msg.sender, holder, address(0), id, _ticketsOf(id, strip));
        emit TicketsRefunded(round, id, holder, ticks);
    }

    function _costOf(uint256 baseTicks, uint256 sold, uint256 count, uint256 elapsedSeconds) private view returns (uint256) {
        // Most purchases, and cheapest so: the curve says the same of them. A sum that wraps is below `sold`; no product does, with less than 2^16 tickets.
        unchecked {
            uint256 end = sold + count;
            if (sold < end && end <= flatTickets) return count * baseTicks;
        }
        Curve memory curve = Curve(curveKind, target, steepnessBps, phaseSeconds, saleSeconds);
        uint256 remaining = sold < curve.capacity() ? curve.capacity() - sold : 0;
        require(count > 0 && count <= remaining, TicketsOutOfRange(count, remaining));
        return curve.costTicks(baseTicks, sold, count, elapsedSeconds);
    }

    function _basePrice(uint256 round, uint256 bundle, uint256 priorLast) private view returns (uint64) {
        Lineup memory lineup = market.lineupOf(round);
        require(bundle != 0 && Bundle.wrap(bundle).isWithin(lineup.active), NotOnSale(bundle, Bundle.unwrap(lineup.active)));
        (bool known, uint256 before, uint64 baseTicks) = _pricedOf(bundle);
        require(!known || before < round, PoolIsOpen(before, bundle));
        uint256 floorTicks = BasePrice.floorTicks(Lineups.reservesOf(lineup.reserves, Bundle.wrap(bundle)), target);
        if (!known) return uint64(BasePrice.held(startTicks, floorTicks, highestBaseTicks)); // fits: highestBase is below 2^57

        uint256 sold = _lastStrip(TicketIds.poolOf(before, bundle, baseTicks), priorLast).end();
        BasePriceTerms memory terms = BasePriceTerms(baseRule, startTicks, alphaTicks);
        return uint64(terms.afterRounds(baseTicks, sold, target, round - before - 1, floorTicks, highestBaseTicks)); // fits: as above
    }

    function _schedule() private view returns (Schedule memory) {
        return Schedule(genesis, periodSeconds, commitSeconds, 0, assignSeconds, drawSeconds);
    }

    // --------------------------------------------------------------- requires

    /// @dev By the commit phase's own ends, as `Schedules` has them, without the others.
    function _requireOnSale(uint256 round) internal view override returns (uint256 elapsedSeconds) {
        // wraps before the sale opens, past any length of it; and for rounds past the last one, which `phaseAt` refuses below
        unchecked {
            elapsedSeconds = block.timestamp - (genesis + round * periodSeconds);
        }
        if (elapsedSeconds >= commitSeconds || round > Schedules.LAST_ROUND) {
            revert WrongPhase(round, Phase.Commit, _schedule().phaseAt(round, block.timestamp));
        }
    }

    function _requireInTime(uint256 deadline) private view {
        require(block.timestamp <= deadline, DeadlinePassed(deadline, block.timestamp));
    }

    function _requireMarket() private view {
        require(msg.sender == address(market), NotMarket(msg.sender, address(market)));
    }
}
