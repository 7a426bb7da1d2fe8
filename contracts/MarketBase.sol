// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EscrowAccounts} from "./EscrowAccounts.sol";
import {IRollupRegistry} from "./interfaces/IRollupRegistry.sol";
import {Lineup, Lineups} from "./libraries/Lineup.sol";
import {Schedule, Schedules} from "./libraries/Schedule.sol";
import {RevenueLanes} from "./storage/RevenueLanes.sol";
import {RollupBook} from "./storage/RollupBook.sol";

/// @title MarketBase: the spine of every sale format: clock, money, rollups
abstract contract MarketBase is EscrowAccounts, RevenueLanes, RollupBook {
    using Lineups for Lineup;
    using Schedules for Schedule;

    uint64 internal immutable registrationDepositTicks;

    uint64 private immutable genesis;
    uint32 private immutable periodSeconds;
    uint32 private immutable commitSeconds;
    uint32 private immutable revealSeconds;
    uint32 private immutable assignSeconds;
    uint32 private immutable drawSeconds;

    constructor(Schedule memory schedule, uint256 tickWei_, uint64 registrationDepositTicks_) EscrowAccounts(tickWei_) {
        schedule.requireValid();
        genesis = schedule.genesis;
        periodSeconds = schedule.periodSeconds;
        commitSeconds = schedule.commitSeconds;
        revealSeconds = schedule.revealSeconds;
        assignSeconds = schedule.assignSeconds;
        drawSeconds = schedule.drawSeconds;
        registrationDepositTicks = registrationDepositTicks_;
    }

    // ---------------------------------------------------------------- rollups

    /// @inheritdoc IRollupRegistry
    function register(uint64 reserveTicks, address payout, address defaultSequencer) external returns (uint256 rollup) {
        uint256 round = firstUnopenedRound(block.timestamp);
        require(payout != address(0), ZeroAddress("payout"));
        require(defaultSequencer != address(0), ZeroAddress("default sequencer"));

        _lock(msg.sender, registrationDepositTicks);
        rollup = _enrol(msg.sender);
        uint32 lane = _openLane(payout);
        _setTerms(round, rollup, true, reserveTicks, lane);
        _setDefaultSequencer(round, rollup, defaultSequencer);

        emit RollupRegistered(rollup, msg.sender, reserveTicks, payout, lane, defaultSequencer, round);
    }

    /// @inheritdoc IRollupRegistry
    function setReserve(uint256 rollup, uint64 reserveTicks) external {
        uint256 round = firstUnopenedRound(block.timestamp);
        _requireOwner(rollup);

        _setTerms(round, rollup, true, reserveTicks, _latestLineup().lane(rollup));

        emit ReserveChanged(rollup, reserveTicks, round);
    }

    /// @inheritdoc IRollupRegistry
    function setPayout(uint256 rollup, address payout) external {
        uint256 round = firstUnopenedRound(block.timestamp);
        _requireOwner(rollup);
        require(payout != address(0), ZeroAddress("payout"));

        uint32 lane = _openLane(payout);
        _setTerms(round, rollup, true, _latestLineup().reserveTicks(rollup), lane);

        emit PayoutChanged(rollup, payout, lane, round);
    }

    /// @inheritdoc IRollupRegistry
    function setDefaultSequencer(uint256 rollup, address defaultSequencer) external {
        uint256 round = firstUnopenedRound(block.timestamp);
        _requireOwner(rollup);
        require(defaultSequencer != address(0), ZeroAddress("default sequencer"));

        _setDefaultSequencer(round, rollup, defaultSequencer);

        emit DefaultSequencerChanged(rollup, defaultSequencer, round);
    }

    /// @inheritdoc IRollupRegistry
    function offerOwnership(uint256 rollup, address heir) external {
        _requireOwner(rollup);

        _setHeir(rollup, heir);

        emit OwnershipOffered(rollup, msg.sender, heir);
    }

    /// @inheritdoc IRollupRegistry
    function acceptOwnership(uint256 rollup) external {
        Rollup memory its = _rollupOf(rollup);
        require(its.owner != address(0), NotRegistered(rollup));
        require(its.heir == msg.sender, NotRollupHeir(rollup, msg.sender, its.heir));

        // The deposit goes with the rollup: the heir locks its own, the owner before gets its own back.
        _lock(msg.sender, registrationDepositTicks);
        _unlock(its.owner, registrationDepositTicks);
        _inherit(rollup);

        emit OwnerChanged(rollup, its.owner, msg.sender);
    }

    /// @inheritdoc IRollupRegistry
    function deregister(uint256 rollup) external {
        uint256 round = firstUnopenedRound(block.timestamp);
        _requireOwner(rollup);

        _setTerms(round, rollup, false, 0, 0);
        _strike(rollup);
        _unlock(msg.sender, registrationDepositTicks);

        emit RollupDeregistered(rollup, round);
    }

    /// @inheritdoc IRollupRegistry
    function collect(uint32 lane) external {
        (address payout, uint64 ticks) = _drain(lane);
        require(ticks > 0, NothingToCollect(lane));

        _credit(payout, ticks);

        emit RevenueCollected(lane, payout, ticks);
    }

    /// @inheritdoc IRollupRegistry
    function ownerOfRollup(uint256 rollup) external view returns (address owner, address heir) {
        Rollup memory its = _rollupOf(rollup);
        return (its.owner, its.heir);
    }

    /// @inheritdoc IRollupRegistry
    function lineupOf(uint256 round) external view returns (Lineup memory) {
        _schedule().commitStart(round); // raises RoundOutOfRange
        return _lineupAt(round);
    }

    /// @inheritdoc IRollupRegistry
    function laneOf(uint32 lane) external view returns (address payout, uint64 ticks) {
        return _laneOf(lane);
    }

    /// @inheritdoc IRollupRegistry
    function defaultSequencerOf(uint256 rollup, uint256 round) external view returns (address) {
        _schedule().commitStart(round); // raises RoundOutOfRange
        return _defaultSequencerAt(rollup, round);
    }

    // --------------------------------------------------------------- schedule

    /// @inheritdoc IRollupRegistry
    function firstUnopenedRound(uint256 timestamp) public view returns (uint256) {
        return _schedule().firstUnopenedRound(timestamp);
    }

    function _schedule() internal view returns (Schedule memory) {
        return Schedule(genesis, periodSeconds, commitSeconds, revealSeconds, assignSeconds, drawSeconds);
    }

    function _requireOwner(uint256 rollup) private view {
        address owner = _rollupOf(rollup).owner;
        require(owner != address(0), NotRegistered(rollup));
        require(owner == msg.sender, NotRollupOwner(rollup, msg.sender, owner));
    }
}
