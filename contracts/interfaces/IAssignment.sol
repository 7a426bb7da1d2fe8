// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Phase} from "../libraries/Schedule.sol";
import {Appraisal, ICertificateChecker, ICertificateErrors} from "./ICertificateChecker.sol";
import {IRollupRegistry} from "./IRollupRegistry.sol";
import {ISequencingRights} from "./ISequencingRights.sol";

/// @notice What is known of a round's assignment.
/// @param proposer the last proposer, zero where there is none; proposedAt: when it proposed
/// @param valueTicks of the best partition so far
/// @param winners how many; posted, proved, settled: how far it has come
/// @param endsAt when the round ends though nobody proves it optimal; 0: when its assign phase does
/// @param sold the rollups that the winners hold
/// @param appraisalHash keccak256 of what the checker's `appraise` says of the partition, by which it is settled or drawn; 0 where nothing more needs it
struct Assignment {
    address proposer;
    uint80 valueTicks;
    uint16 winners;
    uint64 proposedAt;
    uint64 endsAt;
    bool posted;
    bool proved;
    bool settled;
    uint256 sold;
    bytes32 appraisalHash;
}

/// @notice One winner of an assignment. `bidder` is zero where a lottery hasn't named it yet.
struct Winner {
    address bidder;
    uint64 valueTicks;
    uint16 offer;
}

/// @title The assignment of a round, whatever is sold in it: the best partition so far, posted or proved, and who sequences
/// @notice Anybody posts a strictly better partition, or ends the round with a certificate that none is better. If nobody proves, the best proposal is final when the
/// assign phase ends, or soon after a certificate that no partition is better by more than ε. If nobody proposes either, the round is void and all is given back.
interface IAssignment is IRollupRegistry, ICertificateErrors {
    event PartitionProposed(uint256 indexed round, address indexed proposer, uint256 valueTicks, uint16[] offers);
    event ProofClaimed(uint256 indexed round, bytes32 indexed claim);
    event PartitionProved(uint256 indexed round, address indexed prover, uint256 valueTicks, bytes32 certificateHash);
    event PartitionBounded(
        uint256 indexed round, address indexed prover, uint256 valueTicks, uint256 excessTicks, uint256 endsAt, bytes32 certificateHash
    );
    /// @param bundle the rollups, bit i for rollup i
    /// @param shares what each of them is credited, in the lane that the round's lineup has for it: ticks of 8 bytes, big-endian, in ascending order of rollup; they add up to paidTicks
    event BundleSold(
        uint256 indexed round, uint256 indexed winner, address indexed bidder, uint16 offer, uint256 bundle, uint64 paidTicks, bytes shares
    );
    /// @notice A bond went to the active rollups of a round; `shares` as in BundleSold.
    event ForfeitShared(uint256 indexed round, uint256 rollups, bytes shares);
    event RewardPaid(uint256 indexed round, address indexed account, uint64 ticks);
    event RoundSettled(uint256 indexed round, uint256 valueTicks, bool proved);

    error BadParameter(string parameter, uint256 value, uint256 bound);
    error WrongPhase(uint256 round, Phase needed, Phase found);
    error ExcessTooLarge(uint256 excessTicks, uint256 limitTicks);
    error WrongAppraisal(bytes32 needed, bytes32 given);
    error NotBetter(uint256 valueTicks, uint256 bestTicks);
    error AlreadyFinal(uint256 round);
    error AlreadyClaimed(bytes32 claim);
    error UnknownClaim(bytes32 claim);
    error ClaimTooYoung(uint256 claimedAt, uint256 usableAt, uint256 timestamp);
    error NotEnded(uint256 round, uint256 endsAt, uint256 timestamp);
    error NothingProposed(uint256 round);
    error AlreadySettled(uint256 round);
    error NotDecided(uint256 round, uint256 decidedAt);

    /// @notice Claims a proof before showing it, so that it can't be copied: keccak256(abi.encode(chain id, market, round, prover, keccak256(certificate))).
    /// Whoever copies the proof later has no claim as old. Raises WrongPhase, AlreadyClaimed.
    function claimProof(uint256 round, bytes32 claim) external;

    /// @notice Settles a round that ended by time with its best proposal, given what the checker's `appraise` says of it.
    /// Raises NotEnded, NothingProposed, AlreadySettled, WrongAppraisal.
    function settle(uint256 round, Appraisal memory appraisal) external;

    /// @notice Who sequences `rollup` at `timestamp`. Raises NotDecided for a round whose sequencers aren't known yet, NotRegistered.
    function sequencerOf(uint256 rollup, uint256 timestamp) external view returns (address);

    function checker() external view returns (ICertificateChecker);
    function rights() external view returns (ISequencingRights);
    function phaseOf(uint256 round, uint256 timestamp) external view returns (Phase);
    function windowStartOf(uint256 round) external view returns (uint256);
    function assignmentOf(uint256 round) external view returns (Assignment memory);

    /// @notice A winner of the best partition so far, in ascending order of offer. Raises NoSuchWinner.
    function winnerOf(uint256 round, uint256 winner) external view returns (Winner memory);

    /// @notice Proved, or past its end with a proposal.
    function isFinal(uint256 round) external view returns (bool);

    /// @notice Past the assign phase with no proposal.
    function isVoid(uint256 round) external view returns (bool);

    /// @notice The claim that `claimProof` takes. Of a proof in parts it names the hash of the head.
    function claimOf(uint256 round, address prover, bytes32 certificateHash) external view returns (bytes32);
}
