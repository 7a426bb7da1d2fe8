// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How the base price of a bundle moves from round to round.
enum BaseRule {
    Eip1559,
    Linear
}

/// @notice The terms of a market's base prices.
/// @param rule which rule
/// @param startTicks the base price of a bundle that never had a pool, before it is held to its range
/// @param alphaTicks α of the linear rule, ticks a ticket above or below the target; 0 for the other rule
struct BasePriceTerms {
    BaseRule rule;
    uint64 startTicks;
    uint64 alphaTicks;
}

/// @title BasePrice: the base price of a bundle's tickets from round to round
/// @notice Twin: `seqmarket/model/base_price.py`. Source: MECHANISM §4, EIP-1559.
///
/// After a round that sold s of 2t tickets at the base price p:
/// - Eip1559: p + max(1, ⌊p·(s − t)/8t⌋) where s > t, p − ⌊p·(t − s)/8t⌋ where s < t, p where s = t. EIP-1559 divides by t and then by 8;
///   rounding down twice and once gives the same number. As s ≤ 2t, a step is at most ⌊p/8⌋, or one tick up.
/// - Linear: p + α·(s − t), or 0 where that is negative.
/// Each step is then held to the range of the round whose pool opens. A round without a pool is a step with s = 0.
///
/// The callers' business: p is below 2^57, s ≤ 2t < 2^16, t ≥ 1. So no product reaches 2^81.
/// [B1] A step with s = 0 takes away ⌊p/8⌋: it falls by an eighth rounded down until p < 8, and stays there. From 2^57 − 1 that
///      takes 285 steps, and the step is monotone in p, so no base price takes more: the loop of `afterRounds` makes at most 286 passes.
library BasePrice {
    error PriceOutOfRange(uint256 floorTicks, uint256 highestTicks);
    error AlphaWithoutUse(uint256 alphaTicks);

    uint256 private constant STEP_DIVISOR = 8;

    function requireValid(BasePriceTerms memory self) internal pure {
        require(self.rule == BaseRule.Linear || self.alphaTicks == 0, AlphaWithoutUse(self.alphaTicks));
    }

    /// @notice The lowest base price in ticks: a pool that just meets its target brings the reserves. Rounded up in favour of the rollups, and
    /// at least 1.
    /// @param reserveSumTicks the sum of the members' reserves
    /// @param target t in tickets, at least 1
    function floorTicks(uint256 reserveSumTicks, uint256 target) internal pure returns (uint256) {
        uint256 least = (reserveSumTicks + target - 1) / target;
        return least == 0 ? 1 : least;
    }

    /// @notice A price in ticks held to [floor, highest]; both ends belong to the range.
    function held(uint256 priceTicks, uint256 floor, uint256 highestTicks) internal pure returns (uint256) {
        require(floor <= highestTicks, PriceOutOfRange(floor, highestTicks));
        if (priceTicks < floor) return floor;
        return priceTicks > highestTicks ? highestTicks : priceTicks;
    }

    /// @notice The base price in ticks one round after one that sold `sold` tickets at `baseTicks`, before it is held to a range.
    /// @param baseTicks p in ticks
    /// @param sold s in tickets
    /// @param target t in tickets
    function next(BasePriceTerms memory self, uint256 baseTicks, uint256 sold, uint256 target) internal pure returns (uint256) {
        if (self.rule == BaseRule.Linear) {
            uint256 raised = baseTicks + self.alphaTicks * sold;
            uint256 lowered = self.alphaTicks * target;
            return raised > lowered ? raised - lowered : 0;
        }
        if (sold > target) {
            uint256 rise = baseTicks * (sold - target) / (STEP_DIVISOR * target);
            return baseTicks + (rise == 0 ? 1 : rise);
        }
        return baseTicks - baseTicks * (target - sold) / (STEP_DIVISOR * target);
    }

    /// @notice The base price in ticks `idleRounds` + 1 rounds after one that sold `sold` tickets at `baseTicks`: a step for that round and one
    /// without sales for each idle round, every step held to [floor, highest].
    /// @param baseTicks p in ticks
    /// @param sold s in tickets
    /// @param target t in tickets
    /// @param idleRounds rounds without a pool between the two
    function afterRounds(
        BasePriceTerms memory self,
        uint256 baseTicks,
        uint256 sold,
        uint256 target,
        uint256 idleRounds,
        uint256 floor,
        uint256 highestTicks
    ) internal pure returns (uint256 price) {
        price = held(next(self, baseTicks, sold, target), floor, highestTicks);
        if (self.rule == BaseRule.Linear) {
            uint256 fall = self.alphaTicks * target;
            if (fall == 0) return price;
            // the price falls by as much in every round, until the floor holds it
            return idleRounds > (price - floor) / fall ? floor : price - idleRounds * fall;
        }
        for (; idleRounds > 0; --idleRounds) {
            uint256 fallen = price - price / STEP_DIVISOR;
            if (fallen <= floor) return floor;
            if (fallen == price) return price; // [B1]
            price = fallen;
        }
    }
}
