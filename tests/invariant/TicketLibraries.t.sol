// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BasePrice, BasePriceTerms, BaseRule} from "../../contracts/libraries/BasePrice.sol";
import {Draw} from "../../contracts/libraries/Draw.sol";
import {Order, Orders} from "../../contracts/libraries/Order.sol";
import {Curve, CurveKind, PriceCurve} from "../../contracts/libraries/PriceCurve.sol";
import {Assertions} from "./support/Assertions.sol";
import {Chance, Dice} from "./support/Chance.sol";

/// @title The ticket market's pure libraries against naive loops: price_stays_on_curve, draw_is_determined; and that an order is read as it was made
contract TicketLibrariesTest is Assertions {
    using BasePrice for BasePriceTerms;
    using Chance for Dice;
    using PriceCurve for Curve;

    // ----------------------------------------------------------------- Order

    function testFuzz_order__any_numbers__are_read_back(
        uint32 round,
        uint64 baseTicks,
        uint16 after_,
        uint16 count,
        uint64 mostTicks,
        uint64 deadline
    ) external pure {
        Order order = Orders.make(round, baseTicks, after_, count, mostTicks, deadline);

        assertEq(order.round(), round, "round");
        assertEq(order.baseTicks(), baseTicks, "base price");
        assertEq(order.after_(), after_, "after");
        assertEq(order.count(), count, "count");
        assertEq(order.mostTicks(), mostTicks, "most ticks");
        assertEq(order.deadline(), deadline, "deadline");
    }

    // ------------------------------------------------------------ PriceCurve

    function testFuzz_price_stays_on_curve__any_batch__costs_the_sum_of_rising_prices(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        Curve memory curve = _drawCurve(dice, dice.oneIn(8) ? 400 : 40);
        uint256 base = _drawBase(dice, curve);
        uint256 elapsed = _drawElapsed(dice, curve);
        uint256 sold = dice.below(curve.capacity() + 1);
        uint256 count = dice.below(curve.capacity() - sold + 1);

        uint256 sum;
        uint256 before;
        for (uint256 ticket = sold + 1; ticket <= sold + count; ++ticket) {
            uint256 price = curve.marginalTicks(base, ticket, elapsed);
            assertLe(base, price, "no ticket below the base price");
            assertLe(before, price, "prices don't fall");
            if (curve.kind != CurveKind.Exponential) assertEq(price, _naivePrice(curve, base, ticket, elapsed), "the formula, rounded up");
            if (curve.kind != CurveKind.TimePhased && 2 * ticket <= 3 * uint256(curve.target)) assertEq(price, base, "constant to 1.5 t");
            (sum, before) = (sum + price, price);
        }
        assertEq(curve.costTicks(base, sold, count, elapsed), sum, "the sum of the prices");
    }

    function testFuzz_price_stays_on_curve__purchase_split_anywhere__costs_the_same(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        Curve memory curve = _drawCurve(dice, dice.oneIn(8) ? PriceCurve.MOST_TARGET : 300);
        uint256 base = _drawBase(dice, curve);
        uint256 elapsed = _drawElapsed(dice, curve);
        uint256 sold = dice.below(curve.capacity() + 1);
        uint256 count = dice.below(curve.capacity() - sold + 1);
        uint256 part = dice.below(count + 1);

        uint256 whole = curve.costTicks(base, sold, count, elapsed);
        uint256 first = curve.costTicks(base, sold, part, elapsed);
        uint256 second = curve.costTicks(base, sold + part, count - part, elapsed);

        assertEq(whole, first + second, "splitting neither saves nor costs");
    }

    function testFuzz_price_stays_on_curve__linear__closed_form_is_the_naive_sum(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        Curve memory curve = Curve(CurveKind.Linear, uint16(1 + dice.below(dice.oneIn(4) ? PriceCurve.MOST_TARGET : 200)), 0, 0, 0);
        uint256 base = _drawBase(dice, curve);
        uint256 sold = dice.below(curve.capacity() + 1);
        uint256 left = curve.capacity() - sold;
        uint256 count = dice.below((left < 600 ? left : 600) + 1);

        uint256 sum;
        for (uint256 ticket = sold + 1; ticket <= sold + count; ++ticket) sum += _naivePrice(curve, base, ticket, 0);

        assertEq(curve.costTicks(base, sold, count, 0), sum, "the closed form");
    }

    function testFuzz_price_stays_on_curve__last_ticket__costs_what_the_kind_says(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        Curve memory curve = _drawCurve(dice, PriceCurve.MOST_TARGET);
        uint256 base = _drawBase(dice, curve);
        uint256 last = curve.marginalTicks(base, curve.capacity(), curve.saleSeconds);

        if (curve.kind == CurveKind.Linear || curve.kind == CurveKind.TimePhased) return assertEq(last, 2 * base, "twice the base price");
        // e^γ ≥ 1 + γ + γ²/2, and e^γ ≤ 1 + γ + γ²/2 + γ³ for γ ≤ 1
        uint256 g = curve.steepnessBps;
        if (curve.kind == CurveKind.Quadratic) return assertEq(last, base + (base * g + 9_999) / 10_000, "1 + steepness times");
        assertLe(base + base * g / 10_000 + base * g * g / 200_000_000, last, "at least three terms of the series");
        if (g <= 10_000) {
            assertLe(last, base + base * g / 10_000 + base * g * g / 200_000_000 + base * g ** 3 / 1e12 + 4, "at most with a bound of the rest");
        }
    }

    function testFuzz_highestBase__full_pool__brings_less_than_the_limit(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        Curve memory curve = _drawCurve(dice, dice.oneIn(8) ? PriceCurve.MOST_TARGET : 100);
        uint256 highest = curve.highestBase();
        assertTrue(highest > 0, "some price is allowed");
        assertTrue(curve.costTicks(highest, 0, curve.capacity(), curve.saleSeconds) < PriceCurve.REVENUE_LIMIT_TICKS, "below the limit");
    }

    function test_requireValid__each_bound__reverts_BadCurve() external view {
        _assertBad(Curve(CurveKind.Linear, 0, 0, 0, 0), "target", 0, 1);
        _assertBad(Curve(CurveKind.Linear, 32_768, 0, 0, 0), "target", 32_768, 32_767);
        _assertBad(Curve(CurveKind.Linear, 1, 1, 0, 0), "steepnessBps", 1, 0);
        _assertBad(Curve(CurveKind.Quadratic, 1, 0, 0, 0), "steepnessBps", 0, 1);
        _assertBad(Curve(CurveKind.Exponential, 1, 80_001, 0, 0), "steepnessBps", 80_001, 80_000);
        _assertBad(Curve(CurveKind.TimePhased, 1, 1, 0, 1), "steepnessBps", 1, 0);
        _assertBad(Curve(CurveKind.TimePhased, 1, 0, 0, 0), "saleSeconds", 0, 1);
        _assertBad(Curve(CurveKind.TimePhased, 1, 0, 5, 5), "phaseSeconds", 5, 4);
        _assertBad(Curve(CurveKind.Exponential, 1, 1, 0, 1), "saleSeconds", 1, 0);
        _assertBad(Curve(CurveKind.Quadratic, 1, 1, 1, 0), "phaseSeconds", 1, 0);
        this.requireValid(Curve(CurveKind.Exponential, 32_767, 80_000, 0, 0));
        this.requireValid(Curve(CurveKind.TimePhased, 1, 0, 4, 5));
    }

    // ------------------------------------------------------------- BasePrice

    function testFuzz_next__eip1559__moves_by_an_eighth_or_a_tick_at_most(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        (BasePriceTerms memory terms, uint256 base, uint256 target) = (BasePriceTerms(BaseRule.Eip1559, 0, 0), _drawTicks(dice), _drawTarget(dice));
        uint256 sold = dice.below(2 * target + 1);

        uint256 price = terms.next(base, sold, target);

        if (sold == target) return assertEq(price, base, "on target");
        uint256 moved = sold > target ? price - base : base - price; // reverts on a step to the wrong side
        uint256 full = base / 8;
        assertLe(moved, full > 0 || sold < target ? full : 1, "an eighth, or one tick up");
        if (sold == 0) assertEq(moved, full, "a whole eighth down");
        if (sold == 2 * target) assertEq(moved, full > 0 ? full : 1, "a whole eighth up");
        if (sold > target) assertLe(1, moved, "a sale above target is felt");
    }

    function testFuzz_afterRounds__any_idle_rounds__are_as_many_single_steps(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        uint64 alpha = uint64(dice.oneIn(2) ? dice.below(10) : dice.next());
        BasePriceTerms memory terms = dice.oneIn(2) ? BasePriceTerms(BaseRule.Eip1559, 0, 0) : BasePriceTerms(BaseRule.Linear, 0, alpha);
        uint256 base = _drawTicks(dice);
        uint256 target = _drawTarget(dice);
        uint256 sold = dice.below(2 * target + 1);
        uint256 idle = dice.below(dice.oneIn(4) ? 400 : 20);
        uint256 floor = dice.oneIn(2) ? 1 : 1 + _drawTicks(dice);
        uint256 highest = floor + _drawTicks(dice);

        uint256 price = BasePrice.held(terms.next(base, sold, target), floor, highest);
        for (uint256 i; i < idle; ++i) price = BasePrice.held(terms.next(price, 0, target), floor, highest);

        assertEq(terms.afterRounds(base, sold, target, idle, floor, highest), price, "step by step");
        assertTrue(floor <= price && price <= highest, "held");
    }

    function test_afterRounds__floor_above_the_highest__reverts_PriceOutOfRange() external view {
        try this.afterRounds(BasePriceTerms(BaseRule.Eip1559, 0, 0), 7, 6) returns (uint256) {
            assertTrue(false, "refused");
        } catch (bytes memory why) {
            assertEq(why, abi.encodeWithSelector(BasePrice.PriceOutOfRange.selector, 7, 6), "PriceOutOfRange");
        }
    }

    // ------------------------------------------------------------------ Draw

    function testFuzz_draw_is_determined__any_seed__is_a_ticket_of_the_pool(bytes32 seed, uint256 tickets, uint16 few) external pure {
        if (tickets % 2 == 0) tickets = few;
        if (tickets == 0) return;
        uint256 winner = Draw.ticket(seed, tickets);
        assertTrue(winner < tickets, "one of the tickets");
        assertEq(Draw.ticket(seed, tickets), winner, "determined");
    }

    /// @dev Where n is a power of two nothing is refused, and the winner is the seed's leading bits.
    function testFuzz_ticket__power_of_two__is_the_seeds_leading_bits(bytes32 seed, uint8 bits) external pure {
        assertEq(Draw.ticket(seed, uint256(1) << bits), bits == 0 ? 0 : uint256(seed) >> 256 - uint256(bits), "leading bits");
    }

    /// @dev Long multiplication by hand: four products of 128-bit halves.
    function testFuzz_ticket__word_that_is_kept__is_the_upper_half_of_the_product(bytes32 seed, uint256 tickets) external pure {
        if (tickets == 0) return;
        uint256 x = uint256(seed);
        uint256 mask = type(uint128).max;
        uint256 middle = (x >> 128) * (tickets & mask) + ((x & mask) * (tickets & mask) >> 128);
        uint256 other = (x & mask) * (tickets >> 128) + (middle & mask);
        uint256 low = (other << 128) | ((x & mask) * (tickets & mask) & mask);
        uint256 high = (x >> 128) * (tickets >> 128) + (middle >> 128) + (other >> 128);

        uint256 refused = (type(uint256).max % tickets + 1) % tickets;
        uint256 expected = low < refused ? Draw.ticket(keccak256(abi.encode(seed)), tickets) : high;
        assertEq(Draw.ticket(seed, tickets), expected, "kept, or hashed again");
    }

    function test_ticket__no_tickets__reverts_NoTickets() external view {
        try this.drawTicket(bytes32(0), 0) returns (uint256) {
            assertTrue(false, "refused");
        } catch (bytes memory why) {
            assertTrue(selectorOf(why) == Draw.NoTickets.selector, "NoTickets");
        }
    }

    // --------------------------------------------------------------- helpers

    function requireValid(Curve memory curve) external pure {
        curve.requireValid();
    }

    function afterRounds(BasePriceTerms memory terms, uint256 floor, uint256 highest) external pure returns (uint256) {
        return terms.afterRounds(1, 1, 1, 0, floor, highest);
    }

    function drawTicket(bytes32 seed, uint256 tickets) external pure returns (uint256) {
        return Draw.ticket(seed, tickets);
    }

    function _assertBad(Curve memory curve, string memory parameter, uint256 value, uint256 bound) private view {
        try this.requireValid(curve) {
            assertTrue(false, parameter);
        } catch (bytes memory why) {
            assertEq(why, abi.encodeWithSelector(PriceCurve.BadCurve.selector, parameter, value, bound), parameter);
        }
    }

    /// @dev The curve's formula with one division, rounded up; the exponential has none.
    function _naivePrice(Curve memory curve, uint256 base, uint256 ticket, uint256 elapsed) private pure returns (uint256) {
        if (curve.kind == CurveKind.TimePhased) {
            uint256 late = elapsed < curve.saleSeconds ? elapsed : curve.saleSeconds;
            late = late > curve.phaseSeconds ? late - curve.phaseSeconds : 0;
            return _dividedUp(base * (curve.saleSeconds - curve.phaseSeconds + late), curve.saleSeconds - curve.phaseSeconds);
        }
        uint256 target = curve.target;
        if (2 * ticket <= 3 * target) return base;
        uint256 u = 2 * ticket - 3 * target;
        if (curve.kind == CurveKind.Linear) return _dividedUp(base * (target + u), target);
        return _dividedUp(base * (10_000 * target ** 2 + curve.steepnessBps * u ** 2), 10_000 * target ** 2);
    }

    function _dividedUp(uint256 dividend, uint256 divisor) private pure returns (uint256) {
        return dividend == 0 ? 0 : (dividend - 1) / divisor + 1;
    }

    function _drawCurve(Dice memory dice, uint256 mostTarget) private pure returns (Curve memory curve) {
        curve.kind = CurveKind(dice.below(4));
        curve.target = uint16(1 + dice.below(mostTarget));
        if (curve.kind == CurveKind.Quadratic || curve.kind == CurveKind.Exponential) {
            uint256 steepness = 1 + dice.below(dice.oneIn(4) ? 10 : PriceCurve.MOST_STEEPNESS_BPS);
            if (dice.oneIn(4)) steepness = 10_000 * (1 + dice.below(8)); // prices that need no rounding
            curve.steepnessBps = uint32(steepness);
        }
        if (curve.kind == CurveKind.TimePhased) {
            curve.saleSeconds = uint32(1 + dice.below(dice.oneIn(2) ? 10 : type(uint32).max));
            curve.phaseSeconds = uint32(dice.below(curve.saleSeconds));
        }
        curve.requireValid();
    }

    function _drawBase(Dice memory dice, Curve memory curve) private pure returns (uint256) {
        uint256 highest = curve.highestBase();
        if (dice.oneIn(4)) return highest;
        return 1 + dice.below(dice.oneIn(2) && highest > 50 ? 50 : highest);
    }

    function _drawElapsed(Dice memory dice, Curve memory curve) private pure returns (uint256) {
        return dice.oneIn(4) ? dice.next() : dice.below(2 * uint256(curve.saleSeconds) + 1);
    }

    function _drawTicks(Dice memory dice) private pure returns (uint256) {
        return dice.oneIn(2) ? dice.below(20) : dice.below(2 ** 57);
    }

    function _drawTarget(Dice memory dice) private pure returns (uint256) {
        return 1 + dice.below(dice.oneIn(2) ? 9 : PriceCurve.MOST_TARGET);
    }
}
