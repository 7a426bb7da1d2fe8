// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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
/// [R1] P ≥ Σ r by the rule at reveal that an offer below its members' reserves is refused.
/// [R2] P, s_i < 2^64 and at most 256 members, so every product is below 2^136 and no step can overflow.
library RevenueSplit {
    error PaymentBelowReserves(uint256 payment, uint256 reserves);

    /// @param payment P in ticks
    /// @param reserves r_i in ticks, one a member, members in ascending order of index
    /// @param singles b_i in ticks, the same length
    /// @return shares in ticks, the same length
    function split(uint256 payment, uint256[] memory reserves, uint256[] memory singles) internal pure returns (uint256[] memory shares) {
        uint256 members = reserves.length;
        shares = new uint256[](members);
        // no step overflows [R2], and no difference is negative: s_i ≥ r_i, P ≥ Σ r where it is past the require, and floors add up to P at most
        unchecked {
            uint256 reserveSum;
            uint256 strengthSum;
            for (uint256 i; i < members; ++i) {
                reserveSum += reserves[i];
                strengthSum += _max(reserves[i], singles[i]);
            }
            require(payment >= reserveSum, PaymentBelowReserves(payment, reserveSum));

            uint256 paid;
            for (uint256 i; i < members; ++i) {
                uint256 strength = _max(reserves[i], singles[i]);
                if (strengthSum == 0) shares[i] = payment / members;
                else if (payment >= strengthSum) shares[i] = payment * strength / strengthSum;
                // Σ (s − r) > 0 here: Σ s > P ≥ Σ r [R1]
                else shares[i] = reserves[i] + (payment - reserveSum) * (strength - reserves[i]) / (strengthSum - reserveSum);
                paid += shares[i];
            }
            shares[0] += payment - paid;
        }
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
