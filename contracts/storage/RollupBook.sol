// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {IRollupRegistry} from "../interfaces/IRollupRegistry.sol";
import {Blob} from "../libraries/Blob.sol";
import {Lineup, Lineups} from "../libraries/Lineup.sol";

/// @title RollupBook: the rollups, and the terms that each round froze
/// @notice Terms are kept as one blob a version, found by round: a change writes the version of the first round that hasn't opened, and
/// no verb here can write one that has. The newest version stands apart, in one word, as most rounds are of it.
abstract contract RollupBook is IRollupRegistry {
    using Checkpoints for Checkpoints.Trace160;
    using Lineups for Lineup;

    uint256 private constant MAX_ROLLUPS = 256;

    struct Rollup {
        address owner;
        address heir;
    }

    /// @param fromRound the first round of these terms
    /// @param size of the lineup
    struct Version {
        uint80 fromRound;
        uint16 size;
        address blob;
    }

    mapping(uint256 rollup => Rollup) private rollups;
    mapping(uint256 rollup => Checkpoints.Trace160) private defaultSequencers;
    Version private newest;
    Checkpoints.Trace160 private superseded; // the blobs of the versions before
    uint256 private taken; // bit i: index i is registered

    /// @dev Takes the lowest free index.
    function _enrol(address owner) internal returns (uint256 rollup) {
        require(taken != type(uint256).max, RegistryFull(MAX_ROLLUPS));
        while ((taken >> rollup) & 1 == 1) ++rollup;
        taken |= 1 << rollup;
        rollups[rollup] = Rollup(owner, address(0));
    }

    function _strike(uint256 rollup) internal {
        taken &= ~(1 << rollup);
        delete rollups[rollup];
    }

    function _setHeir(uint256 rollup, address heir) internal {
        rollups[rollup].heir = heir;
    }

    function _inherit(uint256 rollup) internal returns (address before) {
        Rollup storage its = rollups[rollup];
        before = its.owner;
        its.owner = its.heir;
        its.heir = address(0);
    }

    /// @dev Writes the terms of a rollup from `round` on; the caller hands in the first round that hasn't opened.
    function _setTerms(uint256 round, uint256 rollup, bool active, uint64 reserveTicks, uint32 lane) internal {
        Version memory before = newest;
        Lineup memory next = _unpack(before.blob).withRollup(rollup, active, reserveTicks, lane);
        if (before.blob != address(0) && before.fromRound < round) superseded.push(before.fromRound, uint160(before.blob));
        newest = Version(uint80(round), uint16(next.size), Blob.write(next.pack())); // fits: a round is below 2^64, a size at most 256
    }

    function _setDefaultSequencer(uint256 round, uint256 rollup, address sequencer) internal {
        defaultSequencers[rollup].push(uint96(round), uint160(sequencer)); // fits: a round is below 2^64
    }

    function _latestLineup() internal view returns (Lineup memory) {
        return _unpack(newest.blob);
    }

    function _lineupAt(uint256 round) internal view returns (Lineup memory) {
        Version memory its = newest;
        return _unpack(its.fromRound <= round ? its.blob : _supersededAt(round));
    }

    /// @dev The size of the lineup alone, 0 where no rollup takes part.
    function _lineupSizeAt(uint256 round) internal view returns (uint256) {
        Version memory its = newest;
        return its.fromRound <= round ? its.size : _unpack(_supersededAt(round)).size;
    }

    function _defaultSequencerAt(uint256 rollup, uint256 round) internal view returns (address sequencer) {
        sequencer = address(defaultSequencers[rollup].upperLookup(uint96(round))); // fits: as above
        require(sequencer != address(0), NotRegistered(rollup));
    }

    function _rollupOf(uint256 rollup) internal view returns (Rollup memory) {
        return rollups[rollup];
    }

    function _supersededAt(uint256 round) private view returns (address) {
        (, uint96 fromRound, uint160 blob) = superseded.latestCheckpoint();
        return address(fromRound <= round ? blob : superseded.upperLookup(uint96(round))); // fits: callers take rounds below 2^32
    }

    function _unpack(address blob) private view returns (Lineup memory) {
        return blob == address(0) ? Lineups.unpack("") : Lineups.unpack(Blob.read(blob));
    }
}
