// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Lineup} from "../libraries/Lineup.sol";
import {IEscrow} from "./IEscrow.sol";

/// @title Rollup registry: who sells, and on what terms
/// @notice A rollup's owner alone sets its terms. A change takes effect in the first round whose commit phase hasn't opened; there is no other path, for any
/// role. Revenue of a round goes to the payout address that the round froze: each payout address has a *lane* that only it collects.
interface IRollupRegistry is IEscrow {
    event RollupRegistered(
        uint256 indexed rollup, address indexed owner, uint64 reserveTicks, address payout, uint32 lane, address defaultSequencer, uint256 fromRound
    );
    event ReserveChanged(uint256 indexed rollup, uint64 reserveTicks, uint256 fromRound);
    event PayoutChanged(uint256 indexed rollup, address payout, uint32 lane, uint256 fromRound);
    event DefaultSequencerChanged(uint256 indexed rollup, address defaultSequencer, uint256 fromRound);
    event OwnershipOffered(uint256 indexed rollup, address indexed owner, address indexed heir);
    event OwnerChanged(uint256 indexed rollup, address indexed before, address indexed owner);
    event RollupDeregistered(uint256 indexed rollup, uint256 fromRound);
    event RevenueCollected(uint32 indexed lane, address indexed payout, uint64 ticks);

    error RegistryFull(uint256 limit);
    error NotRegistered(uint256 rollup);
    error NotRollupOwner(uint256 rollup, address caller, address owner);
    error NotRollupHeir(uint256 rollup, address caller, address heir);
    error UnknownLane(uint256 lane, uint256 lanes);
    error NothingToCollect(uint256 lane);

    /// @notice Registers a rollup for the caller and locks the registration deposit; returns its index, its bit in every bundle.
    /// Raises ZeroAddress, RegistryFull, InsufficientFree.
    function register(uint64 reserveTicks, address payout, address defaultSequencer) external returns (uint256 rollup);

    /// @notice Each raises NotRegistered, NotRollupOwner; addresses also ZeroAddress.
    function setReserve(uint256 rollup, uint64 reserveTicks) external;
    function setPayout(uint256 rollup, address payout) external;
    function setDefaultSequencer(uint256 rollup, address defaultSequencer) external;

    /// @notice Ownership moves in two steps. An owner's only power is over rounds that haven't opened, so it moves at once.
    function offerOwnership(uint256 rollup, address heir) external;

    /// @notice Raises NotRegistered, NotRollupHeir.
    function acceptOwnership(uint256 rollup) external;

    /// @notice Takes the rollup out of all rounds that haven't opened, and unlocks its deposit.
    function deregister(uint256 rollup) external;

    /// @notice Credits what a lane earned to the free balance of its payout address; by anybody. Raises UnknownLane, NothingToCollect.
    function collect(uint32 lane) external;

    function ownerOfRollup(uint256 rollup) external view returns (address owner, address heir);
    function lineupOf(uint256 round) external view returns (Lineup memory);
    function laneOf(uint32 lane) external view returns (address payout, uint64 ticks);

    /// @notice The default sequencer of a rollup in a round. Raises NotRegistered where the index was never used up to that round.
    function defaultSequencerOf(uint256 rollup, uint256 round) external view returns (address);

    /// @notice The first round whose commit phase hasn't opened at `timestamp`: where a change made then takes effect.
    function firstUnopenedRound(uint256 timestamp) external view returns (uint256);
}
