// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice How the price of a pool's tickets rises once 1.5t of its 2t tickets are sold, or with time.
enum CurveKind {
    Linear,
    Quadratic,
    Exponential,
    TimePhased
}

/// @notice The price curve of a market's pools.
/// @param kind which curve
/// @param target t in tickets, 1 to 32,767: a pool holds 2t tickets, which fit in 16 bits
/// @param steepnessBps β (quadratic) or γ (exponential) in 1/10,000, 1 to 80,000; 0 for the other kinds
/// @param phaseSeconds time-phased: how long the price stays after the sale has opened, less than saleSeconds; other kinds: 0
/// @param saleSeconds time-phased: how long after the opening the price has reached twice the base price; other kinds: 0
struct Curve {
    CurveKind kind;
    uint16 target;
    uint32 steepnessBps;
    uint32 phaseSeconds;
    uint32 saleSeconds;
}

/// @title PriceCurve: what the tickets of a pool cost
/// @notice Twin: `seqmarket/model/price_curve.py`. Source: MECHANISM §4.
///
/// Let p be the base price in ticks and s a ticket of the pool, counted from 1. Ticket s costs p where s ≤ 1.5t. Above, with
/// u = 2s − 3t and x = u/t, which ends at 1 with s = 2t:
/// - linear: p·(1 + x), hence 2p for the last ticket;
/// - quadratic: p·(1 + βx²);
/// - exponential: p·e^{γx}.
/// Time-phased, all tickets cost the same at one instant: p until phaseSeconds, then p·(1 + (e − phase)/(sale − phase)) after e seconds, and
/// 2p from saleSeconds on.
/// Each price is rounded up to a whole tick, in favour of the rollups. It depends on s alone (time-phased: on e alone), and a batch
/// costs the sum of its tickets' prices: splitting a purchase neither saves nor costs a tick.
///
/// The callers' business: the curve is valid, p ≤ highestBase, tickets are in 1 … 2t. Then nothing below overflows:
/// [P1] highestBase gives no ticket a price above L = ⌊(2^57 − 1) / 2t⌋. So 2t tickets cost at most 2^57 − 1, and p ≤ L < 2^56.
///      Linear and time-phased: no price is above 2p, so p = ⌊L/2⌋. Quadratic: p ≤ L/(1 + β), so p·(1 + βx²) ≤ L, and ⌈·⌉ keeps what is
///      at most a whole number so. Exponential: the same with the multiple M(2t) of [X2] for 1 + β, and M rises [X3].
///      Time-phased attains the bound: with one tick more, a pool sold at its end brings 4t·(p + 1) > 2^57 − 1.
/// [P2] u ≤ t < 2^15 and steepness < 2^17: products of p, steepness and u² are below 2^(56 + 17 + 30), sums of 2^15 of them below 2^118.
///
/// The exponential is computed in units of 2^−120, every step rounded up:
/// [X1] e^y ≤ _power(y) < e^y·(1 + 2^−107) for 0 < y ≤ 8. With r = y/256 ≤ 1/32, rounded up by at most one unit, the series of e^r is summed until a
///      term falls below a unit, at the 16th at the latest (r^15/15! is below 28 units). A term is too high by at most a unit of its own and 1/32 of
///      its predecessor's excess, hence by 1.04 units; what comes after the last is below 1/31 of a unit, for which one is added. With the
///      excess of r that is less than 16·1.04 + 1 + 1.04 < 19 units. A squaring doubles the relative error and adds a unit at most: after
///      eight, 256·19 + 255 units, and the squares of errors: below 2^13 units.
/// [X2] M(s), the multiple of ticket s, is _power at every 64th ticket of the rising part; any other's is its predecessor's times
///      q = _power(2γ/t), rounded up. After 63 steps the relative error is below 64·2^−107 + 63·2^−120 and the products of these:
///      e^{γx} ≤ M < e^{γx}·(1 + 2^−100). So ⌈p·M⌉ is ⌈p·e^{γx}⌉, or one tick more where p·e^{γx} lies less than 2^−43 below a whole
///      number: p·e^{γx} ≤ p·M ≤ L < 2^57.
/// [X3] M rises: the real multiples of neighbours differ by e^{2γ/t} ≥ 1 + 2·10^−4/32,767 > 1 + 2^−28, far more than 1 + 2^−100.
/// [X4] y ≤ 8 in every call: γx ≤ γ ≤ 8, and q is asked for only where two tickets rise, so t ≥ 3 and 2γ/t < 6. A product of two powers is
///      at most e^8·2^240·(1 + 2^−100) < 2^252, a term times r is below 2^(120 + 116), p·M below 2^(57 + 120), and M·2^120 below 2^252.
library PriceCurve {
    /// @param bound the nearest value that is allowed
    error BadCurve(string parameter, uint256 value, uint256 bound);

    uint256 internal constant MOST_TARGET = 32_767;
    uint256 internal constant MOST_STEEPNESS_BPS = 80_000;
    /// @notice No pool brings as many ticks.
    uint256 internal constant REVENUE_LIMIT_TICKS = 2 ** 57;

    uint256 private constant BPS = 10_000;
    uint256 private constant UNIT_BITS = 120;
    uint256 private constant ONE = 1 << UNIT_BITS;
    uint256 private constant SQUARINGS = 8;
    uint256 private constant ANCHOR_TICKETS = 64;

    function requireValid(Curve memory self) internal pure {
        require(self.target >= 1, BadCurve("target", self.target, 1));
        require(self.target <= MOST_TARGET, BadCurve("target", self.target, MOST_TARGET));

        bool steep = self.kind == CurveKind.Quadratic || self.kind == CurveKind.Exponential;
        require(!steep || self.steepnessBps >= 1, BadCurve("steepnessBps", self.steepnessBps, 1));
        uint256 mostSteepness = steep ? MOST_STEEPNESS_BPS : 0;
        require(self.steepnessBps <= mostSteepness, BadCurve("steepnessBps", self.steepnessBps, mostSteepness));

        bool timed = self.kind == CurveKind.TimePhased;
        require(timed || self.saleSeconds == 0, BadCurve("saleSeconds", self.saleSeconds, 0));
        require(!timed || self.saleSeconds > 0, BadCurve("saleSeconds", self.saleSeconds, 1));
        uint256 mostPhase = timed ? self.saleSeconds - 1 : 0;
        require(self.phaseSeconds <= mostPhase, BadCurve("phaseSeconds", self.phaseSeconds, mostPhase));
    }

    /// @notice How many tickets a pool holds.
    function capacity(Curve memory self) internal pure returns (uint256) {
        return 2 * uint256(self.target);
    }

    /// @notice How many tickets of a pool cost the base price whenever they are bought: ⌊1.5t⌋, or none where the price follows the clock.
    function flatTickets(Curve memory self) internal pure returns (uint256) {
        return self.kind == CurveKind.TimePhased ? 0 : _flat(self);
    }

    /// @notice The highest base price in ticks, with which a full pool brings less than 2^57 ticks [P1].
    function highestBase(Curve memory self) internal pure returns (uint256) {
        uint256 dearest = (REVENUE_LIMIT_TICKS - 1) / capacity(self);
        if (self.kind == CurveKind.Quadratic) return dearest * BPS / (BPS + self.steepnessBps);
        if (self.kind == CurveKind.Exponential) {
            uint256 rank = capacity(self) - _flat(self) - 1;
            // at a base price of ONE the last ticket costs M(2t)
            return (dearest << UNIT_BITS) / (ONE + _exponentialRise(self, ONE, rank, rank + 1));
        }
        return dearest / 2;
    }

    /// @notice The price of one ticket, in ticks, rounded up in favour of the rollups.
    /// @param baseTicks p, at most highestBase
    /// @param ticket s, counted from 1, at most the capacity
    /// @param elapsedSeconds since the sale opened; only time-phased curves look at it
    function marginalTicks(Curve memory self, uint256 baseTicks, uint256 ticket, uint256 elapsedSeconds) internal pure returns (uint256) {
        if (self.kind == CurveKind.TimePhased) return _timePhased(self, baseTicks, elapsedSeconds);
        uint256 flat = _flat(self);
        if (ticket <= flat) return baseTicks;
        if (self.kind == CurveKind.Linear) {
            uint256 target = self.target;
            return baseTicks + (baseTicks * (2 * ticket - 3 * target) + target - 1) / target;
        }
        return baseTicks + _rise(self, baseTicks, ticket - flat - 1, ticket - flat);
    }

    /// @notice The price of a batch in ticks: the sum of the prices of tickets sold + 1 … sold + count.
    /// @param baseTicks p, at most highestBase
    /// @param sold tickets sold before
    /// @param count tickets of the batch; sold + count is at most the capacity
    /// @param elapsedSeconds since the sale opened; only time-phased curves look at it
    function costTicks(Curve memory self, uint256 baseTicks, uint256 sold, uint256 count, uint256 elapsedSeconds) internal pure returns (uint256) {
        if (self.kind == CurveKind.TimePhased) return count * _timePhased(self, baseTicks, elapsedSeconds);
        uint256 flat = _flat(self);
        // can't overflow: sold + count ≤ 2^16, the cost < 2^57 [P1]; neither difference is negative, by the conditions before it
        unchecked {
            if (sold + count <= flat) return count * baseTicks;
            return count * baseTicks + _rise(self, baseTicks, sold > flat ? sold - flat : 0, sold + count - flat);
        }
    }

    /// @dev As many tickets cost the base price: ⌊1.5t⌋. What follows is the rising part; its tickets have ranks from 0.
    function _flat(Curve memory self) private pure returns (uint256) {
        // can't overflow: target < 2^16
        unchecked {
            return 3 * uint256(self.target) / 2;
        }
    }

    /// @dev What the tickets of ranks from … end − 1 cost above the base price.
    function _rise(Curve memory self, uint256 baseTicks, uint256 from, uint256 end) private pure returns (uint256) {
        if (from == end) return 0;
        if (self.kind == CurveKind.Linear) return _linearRise(self, baseTicks, from, end);
        if (self.kind == CurveKind.Quadratic) return _quadraticRise(self, baseTicks, from, end);
        return _exponentialRise(self, baseTicks, from, end);
    }

    /// @dev u of the rank: 2s − 3t for s = ⌊1.5t⌋ + 1 + rank.
    function _u(uint256 target, uint256 rank) private pure returns (uint256) {
        // can't overflow: ranks < 2^14
        unchecked {
            return 2 * rank + 2 - (target & 1);
        }
    }

    /// @dev Σ ⌈p·u/t⌉, without a loop over tickets: u grows by 2 a ticket, so it is a sum of ⌊(a·i + b)/m⌋.
    function _linearRise(Curve memory self, uint256 baseTicks, uint256 from, uint256 end) private pure returns (uint256) {
        uint256 target = self.target;
        // can't overflow [P2]; end > from
        unchecked {
            return _floorSum(end - from, target, 2 * baseTicks, baseTicks * _u(target, from) + target - 1);
        }
    }

    /// @dev Σ ⌊(a·i + b)/m⌋ over 0 ≤ i < n, for n, m ≥ 1. Whole multiples of m are taken out of a and b; what is left counts the lattice points
    /// below a line, and counting them by the other axis gives the same sum with a and m exchanged. So a and m run as in Euclid's
    /// algorithm: at most 22 passes for m < 2^15 (Lamé). The loop ends before m is 0: a = 0 leaves b < m.
    function _floorSum(uint256 n, uint256 m, uint256 a, uint256 b) private pure returns (uint256 sum) {
        // can't overflow: n ≤ 2^14, a < 2^58 and b < 2^72 at first [P2]; n never grows, a and b end below m < 2^15
        unchecked {
            while (true) {
                sum += n * (n - 1) / 2 * (a / m) + n * (b / m);
                a %= m;
                uint256 top = a * n + b % m;
                if (top < m) return sum;
                (n, b) = (top / m, top % m);
                (m, a) = (a, m);
            }
        }
    }

    /// @dev Σ ⌈p·β·u²/t²⌉.
    function _quadraticRise(Curve memory self, uint256 baseTicks, uint256 from, uint256 end) private pure returns (uint256 sum) {
        uint256 target = self.target;
        // can't overflow [P2]
        unchecked {
            uint256 scale = baseTicks * self.steepnessBps;
            uint256 u = _u(target, from);
            return _quadraticSum(end - from, BPS * target * target, scale * u * u, scale * (4 * u + 4), 8 * scale);
        }
    }

    /// @dev Σ ⌈a_i/m⌉ over n numbers of which the first is a, with a first difference and a constant second one: (u + 2)² − u² = 4u + 4.
    function _quadraticSum(uint256 n, uint256 m, uint256 a, uint256 difference, uint256 second) private pure returns (uint256 sum) {
        // can't overflow [P2]
        unchecked {
            a += m - 1;
            for (; n > 0; --n) {
                sum += _quotient(a, m);
                a += difference;
                difference += second;
            }
        }
    }

    /// @dev Σ (⌈p·M⌉ − p) [X2].
    function _exponentialRise(Curve memory self, uint256 baseTicks, uint256 from, uint256 end) private pure returns (uint256 sum) {
        // can't overflow [X4]; M ≥ 1, so p·M ≥ p
        unchecked {
            uint256 anchor = from - from % ANCHOR_TICKETS;
            uint256 step = end - anchor > 1 ? _power(2 * uint256(self.steepnessBps), BPS * self.target) : 0;
            while (from < end) {
                uint256 multiple = _power(self.steepnessBps * _u(self.target, anchor), BPS * self.target);
                for (; anchor < from; ++anchor) multiple = (multiple * step >> UNIT_BITS) + 1;
                anchor += ANCHOR_TICKETS - anchor % ANCHOR_TICKETS;
                if (anchor > end) anchor = end;
                sum += _geometricSum(anchor - from, baseTicks, multiple, step) - (anchor - from) * baseTicks;
                from = anchor;
            }
        }
    }

    /// @dev Σ ⌈p·M⌉ over n tickets from the one whose multiple is given, all of them before the next anchor.
    function _geometricSum(uint256 n, uint256 baseTicks, uint256 multiple, uint256 step) private pure returns (uint256 sum) {
        // can't overflow [X4]; n ≥ 1
        unchecked {
            sum = baseTicks * multiple + ONE - 1 >> UNIT_BITS;
            while (--n > 0) {
                multiple = (multiple * step >> UNIT_BITS) + 1;
                sum += baseTicks * multiple + ONE - 1 >> UNIT_BITS;
            }
        }
    }

    /// @dev e^y in units of 2^−120, for y = numerator/denominator in (0, 8] [X1].
    function _power(uint256 numerator, uint256 denominator) private pure returns (uint256 power) {
        // can't overflow [X4]; numerator < 2^33 here
        unchecked {
            uint256 r = (numerator << UNIT_BITS - SQUARINGS) / denominator + 1;
            uint256 term = ONE;
            power = ONE + 1;
            for (uint256 n = ONE; term > 1; n += ONE) {
                term = _quotient(term * r, n) + 1;
                power += term;
            }
            power = _squared(_squared(_squared(_squared(power))));
            power = _squared(_squared(_squared(_squared(power))));
        }
    }

    /// @dev Its square, rounded up.
    function _squared(uint256 power) private pure returns (uint256) {
        // can't overflow [X4]
        unchecked {
            return (power * power >> UNIT_BITS) + 1;
        }
    }

    /// @dev ⌊a/m⌋ for m > 0, which both callers give: BPS·t² and a multiple of ONE. Without the compiler's check of m, a quadratic ticket takes 87
    /// gas, not 151. It touches no memory.
    function _quotient(uint256 a, uint256 m) private pure returns (uint256 quotient) {
        assembly ("memory-safe") {
            quotient := div(a, m)
        }
    }

    /// @dev What every ticket costs at one instant.
    function _timePhased(Curve memory self, uint256 baseTicks, uint256 elapsedSeconds) private pure returns (uint256) {
        uint256 phase = self.phaseSeconds;
        if (elapsedSeconds <= phase) return baseTicks;
        uint256 sale = self.saleSeconds;
        if (elapsedSeconds >= sale) return 2 * baseTicks;
        // can't overflow: p < 2^56 [P1], seconds < 2^32; phase < elapsed < sale by the lines above
        unchecked {
            return baseTicks + (baseTicks * (elapsedSeconds - phase) + sale - phase - 1) / (sale - phase);
        }
    }
}
