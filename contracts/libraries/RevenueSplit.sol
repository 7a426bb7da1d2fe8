// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bundle} from "./Bundle.sol";

/// @title RevenueSplit: how the payment for a bundle is shared among its rollups
/// @notice Twin: `seqmarket/model/revenue_split.py`.
///
/// Let r_i be the reserve of member i, b_i its best singleton offer, s_i = max(b_i, r_i), P the payment.
/// - P ≥ Σ s: member i gets ⌊P·s_i / Σ s⌋, hence at least s_i: nobody gets less than alone.
/// - P < Σ s (possible in a partition that nobody proved, and where singleton offers of one XOR group can't all win):
///   member i gets r_i + ⌊(P − Σ r)·(s_i − r_i) / Σ (s − r)⌋, hence at least its reserve. Both rules give s_i at P = Σ s.
/// - All s are 0: equal parts.
/// What the floors leave over goes to the member with the lowest index; the shares add up to P exactly.
///
/// In assembly because a settlement pays for every rollup: 250 gas, and 1,700 in plain Solidity. Plain twin: `split` of the Python twin, which tests compare with it.
/// [R1] P ≥ Σ r by the rule at reveal that an offer below its members' reserves is refused.
/// [R2] P, s_i < 2^64 and at most 256 members, so every product is below 2^136, no step can overflow, and a share fits 8 bytes.
/// [R3] All three rules are low + ⌊above · x / whole⌋. The first: low = 0, above = P, x = s, whole = Σ s. The second: low = r, above = P − Σ r, x = s − r, whole = Σ (s − r), which isn't 0,
///      as Σ s > P ≥ Σ r [R1]. Equal parts: the first with x = 1 and the number of members for a sum.
library RevenueSplit {
    uint256 internal constant SHARE_BYTES = 8;

    error PaymentBelowReserves(uint256 payment, uint256 reserves);

    /// @param payment P in ticks
    /// @param bundle the members, not empty, all within the three lists
    /// @param reserves r_i in ticks, 8 bytes for each rollup of the lineup, as `Lineup` has them
    /// @param singles b_i in ticks for each rollup of the lineup
    /// @param due each share is added to what stands here for its rollup
    /// @return shares in ticks, 8 bytes for each member, in ascending order of index
    function split(uint256 payment, Bundle bundle, bytes memory reserves, uint64[] memory singles, uint256[] memory due)
        internal
        pure
        returns (bytes memory shares)
    {
        uint256 reserveSum;
        uint256 strengthSum;
        uint256 members;
        assembly ("memory-safe") {
            for { let rest := bundle } rest { members := add(members, 1) } {
                let bit_ := and(rest, sub(0, rest))
                rest := xor(rest, bit_)
                let rollup := sub(255, clz(bit_))
                let reserve := shr(192, mload(add(add(reserves, 32), shl(3, rollup))))
                let single := mload(add(add(singles, 32), shl(5, rollup)))
                reserveSum := add(reserveSum, reserve)
                strengthSum := add(strengthSum, xor(reserve, mul(xor(reserve, single), gt(single, reserve))))
            }
        }
        require(payment >= reserveSum, PaymentBelowReserves(payment, reserveSum));
        assembly ("memory-safe") {
            shares := mload(0x40)
            mstore(shares, shl(3, members))
            let at := add(shares, 32)
            mstore(0x40, add(at, shl(5, shr(2, add(members, 3))))) // whole words
            // [R3]
            let equally := iszero(strengthSum)
            let isSecond := lt(payment, strengthSum)
            let above := sub(payment, mul(isSecond, reserveSum))
            let whole := add(sub(strengthSum, mul(isSecond, reserveSum)), mul(equally, members))
            let left := payment
            for { let rest := bundle } rest { at := add(at, 8) } {
                let bit_ := and(rest, sub(0, rest))
                rest := xor(rest, bit_)
                let rollup := sub(255, clz(bit_))
                let reserve := shr(192, mload(add(add(reserves, 32), shl(3, rollup))))
                let single := mload(add(add(singles, 32), shl(5, rollup)))
                let strength := xor(reserve, mul(xor(reserve, single), gt(single, reserve)))
                let low := mul(isSecond, reserve)
                let share := add(low, div(mul(above, or(sub(strength, low), equally)), whole))
                left := sub(left, share)
                mstore(at, shl(192, share)) // the bytes behind it are written next, or are padding
                let owed := add(add(due, 32), shl(5, rollup))
                mstore(owed, add(mload(owed), share))
            }
            // what the floors left over
            let first := add(shares, 32)
            mstore(first, add(mload(first), shl(192, left)))
            let owed := add(add(due, 32), shl(5, sub(255, clz(and(bundle, sub(0, bundle))))))
            mstore(owed, add(mload(owed), left))
        }
    }
}
