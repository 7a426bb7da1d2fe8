// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a market raises of a source, apart so that it has it in its own ABI.
interface IRandomnessErrors {
    error SeedMissing(uint256 point);
}

/// @title A source of seeds for lotteries: it has no owner, holds no money, and any number of markets may share one
/// @notice A *draw point* is fixed before anybody can know its seed; it has one seed for good, or none. Which source to use: `docs/randomness.md`.
///
/// Assumptions
/// - A market asks `pointAt` once, when a round's first pool opens, and keeps the answer; asked later, a source may name another point.
/// - A seed that nobody captured in time is missing for good. A market then refunds; it never draws from another point.
interface IRandomness is IRandomnessErrors {
    event SeedCaptured(uint256 indexed point, bytes32 seed);

    /// @notice The point whose seed nobody can know before `timestamp`, as seen now.
    /// @param timestamp wall-clock seconds
    function pointAt(uint256 timestamp) external view returns (uint256 point);

    /// @notice The seed of a point, never zero. Raises SeedMissing where it has none (yet, or for good).
    function seedOf(uint256 point) external view returns (bytes32 seed);

    /// @notice Proves and stores the seed of a point; by anybody, once or more: where it is stored already nothing changes, whatever the proof.
    /// @param proof what it takes, by the kind of the source
    function capture(uint256 point, bytes calldata proof) external returns (bytes32 seed);
}
