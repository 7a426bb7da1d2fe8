// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BasePriceTerms, BaseRule} from "../../../contracts/libraries/BasePrice.sol";
import {Curve, CurveKind} from "../../../contracts/libraries/PriceCurve.sol";

/// @title NaivePrice: the page's prices, ticket by ticket and round by round
/// @notice Shares no code with the contracts. The exponential has no such form, it is left out.
library NaivePrice {
    /// @notice What ticket `ticket` (from 1) costs in ticks: the curve's formula with one division, rounded up.
    function priceOf(Curve memory curve, uint256 base, uint256 ticket, uint256 elapsedSeconds) internal pure returns (uint256) {
        if (curve.kind == CurveKind.TimePhased) {
            uint256 rising = curve.saleSeconds - curve.phaseSeconds;
            uint256 late = elapsedSeconds < curve.saleSeconds ? elapsedSeconds : curve.saleSeconds;
            late = late > curve.phaseSeconds ? late - curve.phaseSeconds : 0;
            return _dividedUp(base * (rising + late), rising);
        }
        uint256 target = curve.target;
        if (2 * ticket <= 3 * target) return base;
        uint256 u = 2 * ticket - 3 * target;
        if (curve.kind == CurveKind.Linear) return _dividedUp(base * (target + u), target);
        return _dividedUp(base * (10_000 * target ** 2 + curve.steepnessBps * u ** 2), 10_000 * target ** 2);
    }

    /// @notice What `count` tickets cost after `sold`, in ticks.
    function costOf(Curve memory curve, uint256 base, uint256 sold, uint256 count, uint256 elapsedSeconds) internal pure returns (uint256 ticks) {
        for (uint256 ticket = sold + 1; ticket <= sold + count; ++ticket) ticks += priceOf(curve, base, ticket, elapsedSeconds);
    }

    /// @notice The base price `rounds` rounds (at least 1) after one that sold `sold` tickets at `base`, each step held to the floor.
    function laterBase(BasePriceTerms memory terms, uint256 base, uint256 sold, uint256 target, uint256 rounds, uint256 floor)
        internal
        pure
        returns (uint256)
    {
        for (uint256 step; step < rounds; ++step) {
            base = _nextBase(terms, base, step == 0 ? sold : 0, target);
            if (base < floor) base = floor;
        }
        return base;
    }

    function _nextBase(BasePriceTerms memory terms, uint256 base, uint256 sold, uint256 target) private pure returns (uint256) {
        if (terms.rule == BaseRule.Linear) {
            uint256 step = terms.alphaTicks * (sold > target ? sold - target : target - sold);
            if (sold >= target) return base + step;
            return base > step ? base - step : 0;
        }
        if (sold <= target) return base - base * (target - sold) / target / 8;
        uint256 rise = base * (sold - target) / target / 8;
        return base + (rise == 0 ? 1 : rise);
    }

    function _dividedUp(uint256 dividend, uint256 divisor) private pure returns (uint256) {
        return dividend == 0 ? 0 : (dividend - 1) / divisor + 1;
    }
}
