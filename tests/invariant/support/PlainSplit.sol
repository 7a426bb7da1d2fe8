// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title PlainSplit: what `RevenueSplit` does, member by member in plain Solidity, for the tests that compare the two
library PlainSplit {
    /// @param reserves, singles in ticks, one a member, members in ascending order of index; the payment covers the reserves
    /// @return shares in ticks, the same length
    function split(uint256 payment, uint256[] memory reserves, uint256[] memory singles) internal pure returns (uint256[] memory shares) {
        uint256 members = reserves.length;
        shares = new uint256[](members);
        uint256 reserveSum;
        uint256 strengthSum;
        for (uint256 i; i < members; ++i) {
            reserveSum += reserves[i];
            strengthSum += _max(reserves[i], singles[i]);
        }
        uint256 paid;
        for (uint256 i; i < members; ++i) {
            uint256 strength = _max(reserves[i], singles[i]);
            if (strengthSum == 0) shares[i] = payment / members;
            else if (payment >= strengthSum) shares[i] = payment * strength / strengthSum;
            else shares[i] = reserves[i] + (payment - reserveSum) * (strength - reserves[i]) / (strengthSum - reserveSum);
            paid += shares[i];
        }
        shares[0] += payment - paid;
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
