// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Draw: which ticket of a pool wins
/// @notice Twin: `seqmarket/model/draw.py`. Both functions are determined by what they are given; where the seed comes from is the caller's business.
///
/// A word x is mapped to the upper half of the 512-bit product x·n, that is to ⌊x·n / 2^256⌋ in [0, n). Ticket w gets the words whose products
/// lie in [w·2^256, (w + 1)·2^256). Products are n apart, so the part of that range with a lower half of at least 2^256 mod n, whose
/// length n·⌊2^256/n⌋ is a multiple of n, holds exactly ⌊2^256/n⌋ of them. Words with a lower half below 2^256 mod n are refused and hashed
/// again: every ticket has exactly as many words as any other. Source: Lemire, Fast Random Integer Generation in an Interval, 2019.
library Draw {
    error NoTickets();

    /// @notice The seed of one pool: every pool of every round of every market draws for itself.
    /// @param seed what the market's source of randomness gave for the round
    /// @param bundle the pool's rollups, one bit each
    function seedOf(bytes32 seed, uint256 chainId, address market, uint256 round, uint256 bundle) internal pure returns (bytes32) {
        return keccak256(abi.encode(seed, chainId, market, round, bundle));
    }

    /// @notice The ticket that wins, counted from 0: each of them with the same chance, as far as the hash is ideal.
    /// @param seed of the pool
    /// @param tickets n, how many were sold, at least 1
    function ticket(bytes32 seed, uint256 tickets) internal pure returns (uint256 winner) {
        require(tickets > 0, NoTickets());
        uint256 low;
        (winner, low) = _product(seed, tickets);
        // 2^256 mod n is below n, so most words need no division
        if (low < tickets) {
            uint256 refused;
            // wraps on purpose: 2^256 − n ≡ 2^256 (mod n)
            unchecked {
                refused = (0 - tickets) % tickets;
            }
            while (low < refused) {
                seed = keccak256(abi.encode(seed));
                (winner, low) = _product(seed, tickets);
            }
        }
    }

    /// @dev The 512-bit product of a word and n.
    function _product(bytes32 word, uint256 tickets) private pure returns (uint256 high, uint256 low) {
        // wraps on purpose: `low` is the product mod 2^256, `rest` mod 2^256 − 1, and high ≡ rest − low (mod 2^256 − 1), as 2^256 ≡ 1
        unchecked {
            low = uint256(word) * tickets;
            uint256 rest = mulmod(uint256(word), tickets, type(uint256).max);
            high = rest - low - (rest < low ? 1 : 0);
        }
    }
}
