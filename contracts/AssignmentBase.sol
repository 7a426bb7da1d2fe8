// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SequencingRights} from "./SequencingRights.sol";
import {Settlement} from "./Settlement.sol";
import {Assignment, IAssignment, Winner} from "./interfaces/IAssignment.sol";
import {Appraisal, ICertificateChecker} from "./interfaces/ICertificateChecker.sol";
import {ISequencingRights} from "./interfaces/ISequencingRights.sol";
import {Bundle} from "./libraries/Bundle.sol";
import {Lineup} from "./libraries/Lineup.sol";
import {Phase, Schedule, Schedules} from "./libraries/Schedule.sol";
import {AssignmentTerms, Terms} from "./libraries/Terms.sol";

/// @title AssignmentBase: how a round of any sale format comes to its partition, and what follows from it
/// @notice A market appraises or checks its own book, and hands what the checker says to `_propose` or `_prove`.
abstract contract AssignmentBase is Settlement {
    using Schedules for Schedule;

    /// @inheritdoc IAssignment
    ICertificateChecker public immutable checker;
    /// @inheritdoc IAssignment
    ISequencingRights public immutable rights;

    uint16 private immutable proposerShareBps;
    uint32 private immutable proofDelaySeconds;
    uint16 private immutable epsilonBps;
    uint32 private immutable epsilonSeconds;

    constructor(AssignmentTerms memory terms, ICertificateChecker checker_) {
        require(address(checker_).code.length > 0, BadParameter("checker", address(checker_).code.length, 1));
        checker = checker_;
        rights = new SequencingRights(this);
        proposerShareBps = terms.proposerShareBps;
        proofDelaySeconds = terms.proofDelaySeconds;
        epsilonBps = terms.epsilonBps;
        epsilonSeconds = terms.epsilonSeconds;
    }

    /// @inheritdoc IAssignment
    function claimProof(uint256 round, bytes32 claim) external {
        _requirePhase(round, Phase.Assign);

        _claim(claim, block.timestamp);

        emit ProofClaimed(round, claim);
    }

    /// @inheritdoc IAssignment
    function settle(uint256 round, Appraisal calldata shown) external {
        Assignment memory its = _assignmentOf(round);
        _requireEnded(round, its);
        require(its.posted, NothingProposed(round));
        require(!its.settled, AlreadySettled(round));
        (Appraisal memory appraisal, bytes32 given) = _load(shown);
        _requireAppraisal(its, given);

        _settle(round, its, appraisal);
    }

    /// @inheritdoc IAssignment
    function sequencerOf(uint256 rollup, uint256 timestamp) external view returns (address) {
        (bool opened, uint256 round) = _schedule().roundOfSlot(timestamp);
        if (!opened) return _defaultSequencerAt(rollup, 0);
        uint256 sold = _soldOf(round, _assignmentOf(round));

        if (rollup > 255 || !Bundle.wrap(sold).contains(rollup)) return _defaultSequencerAt(rollup, round);
        uint256 winner = _winnerIndexOf(round, rollup);
        address holder = rights.holderOf(round, winner);
        return holder != address(0) ? holder : _winnerOf(round, winner).bidder;
    }

    /// @inheritdoc IAssignment
    function phaseOf(uint256 round, uint256 timestamp) external view returns (Phase) {
        return _schedule().phaseAt(round, timestamp);
    }

    /// @inheritdoc IAssignment
    function windowStartOf(uint256 round) external view returns (uint256) {
        return _schedule().windowStart(round);
    }

    /// @inheritdoc IAssignment
    function assignmentOf(uint256 round) external view returns (Assignment memory) {
        return _assignmentOf(round);
    }

    /// @inheritdoc IAssignment
    function winnerOf(uint256 round, uint256 winner) external view returns (Winner memory its) {
        uint256 winners = _assignmentOf(round).winners;
        require(winner < winners, ISequencingRights.NoSuchWinner(round, winner, winners));
        its = _winnerOf(round, winner);
        if (!_isNamed(round)) its.bidder = address(0);
    }

    /// @inheritdoc IAssignment
    function isFinal(uint256 round) public view returns (bool) {
        Assignment memory its = _assignmentOf(round);
        return its.proved || (its.posted && block.timestamp >= _endOf(round, its));
    }

    /// @inheritdoc IAssignment
    function isVoid(uint256 round) public view returns (bool) {
        return !_assignmentOf(round).posted && block.timestamp >= _schedule().assignEnd(round);
    }

    /// @inheritdoc IAssignment
    function claimOf(uint256 round, address prover, bytes32 certificateHash) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), round, prover, certificateHash));
    }

    // ------------------------------------------------------------------ hooks

    /// @dev What a settled round sells at once.
    function _sell(uint256 round, Lineup memory lineup, Appraisal memory appraisal) internal virtual;

    /// @dev What is kept of a proved partition, for what comes after its settlement.
    function _kept(Appraisal memory appraisal) internal pure virtual returns (bytes32 appraisalHash);

    /// @dev The fees that the round's offers paid; called once, when the round is settled, and theirs to place who call.
    function _collectFees(uint256 round, Appraisal memory appraisal) internal virtual returns (uint64 ticks);

    /// @dev The rollups that a winner sequences. Raises NotDecided.
    function _soldOf(uint256 round, Assignment memory its) internal view virtual returns (uint256 sold);

    /// @dev Whether it is known who the round's winners are.
    function _isNamed(uint256 round) internal view virtual returns (bool);

    // -------------------------------------------------------------- assigning

    /// @dev Posts a strictly better partition.
    function _propose(uint256 round, Assignment memory best, address proposer, Appraisal memory appraisal) internal {
        require(!best.posted || appraisal.valueTicks > best.valueTicks, NotBetter(appraisal.valueTicks, best.valueTicks));

        best.proposer = proposer;
        best.proposedAt = uint64(block.timestamp); // fits: a time in seconds
        best.appraisalHash = _hashOf(appraisal);
        _post(round, appraisal, best);

        emit PartitionProposed(round, proposer, appraisal.valueTicks, _offersOf(appraisal));
    }

    /// @dev Ends a round with the partition that is proved optimal, and settles it.
    function _prove(
        uint256 round,
        Lineup memory lineup,
        Assignment memory best,
        address prover,
        uint256 claimedAt,
        bytes32 certificateHash,
        Appraisal memory appraisal
    ) internal {
        if (!appraisal.exact) return _shorten(round, best, prover, certificateHash, appraisal);
        // A proposal younger than the claim may be a copy of the proof's winners: it takes no share.
        address proposer = best.proposedAt <= claimedAt ? best.proposer : address(0);
        uint64 feeTicks = _collectFees(round, appraisal);
        uint64 proposerTicks = proposer == address(0) ? 0 : uint64(feeTicks * uint256(proposerShareBps) / Terms.BPS); // fits: at most the fees

        best.proved = true;
        best.settled = true;
        best.appraisalHash = _kept(appraisal);
        _post(round, appraisal, best);
        _sell(round, lineup, appraisal);
        _payReward(round, proposer, proposerTicks);
        _payReward(round, prover, feeTicks - proposerTicks);

        emit PartitionProved(round, prover, appraisal.valueTicks, certificateHash);
        emit RoundSettled(round, appraisal.valueTicks, true);
    }

    /// @dev Settles a round that ended by time.
    function _settle(uint256 round, Assignment memory its, Appraisal memory appraisal) internal {
        _markSettled(round);
        _sell(round, _lineupAt(round), appraisal);
        _payReward(round, its.proposer, _collectFees(round, appraisal));

        emit RoundSettled(round, its.valueTicks, false);
    }

    /// @dev Brings the end of a round nearer, as no partition is better than the best so far by more than ε. One that is no better leaves the best to its proposer.
    function _shorten(uint256 round, Assignment memory best, address prover, bytes32 certificateHash, Appraisal memory appraisal) private {
        uint256 limit = appraisal.valueTicks * epsilonBps / Terms.BPS;
        require(appraisal.excessTicks <= limit, ExcessTooLarge(appraisal.excessTicks, limit));
        uint256 endsAt = _endOf(round, best);
        if (block.timestamp + epsilonSeconds < endsAt) endsAt = block.timestamp + epsilonSeconds;

        best.endsAt = uint64(endsAt); // fits: a time in seconds, at most the assign phase away
        emit PartitionBounded(round, prover, appraisal.valueTicks, appraisal.excessTicks, endsAt, certificateHash);
        if (best.posted && appraisal.valueTicks == best.valueTicks) _endAt(round, uint64(endsAt));
        else _propose(round, best, prover, appraisal);
    }

    /// @dev The hash of what `appraise` says of a partition, whoever appraised it and whatever was proved.
    function _hashOf(Appraisal memory appraisal) internal pure returns (bytes32) {
        (appraisal.excessTicks, appraisal.exact) = (0, false);
        return keccak256(abi.encode(appraisal));
    }

    /// @dev What a caller shows as an appraisal, and its hash; not to be used before it is known that such a hash is kept. For then the bytes are what `abi.encode` made of an appraisal, and nothing in them
    /// needs to be looked at: its words are the appraisal, but for the two lists, whose offsets become addresses. 1,500 gas for ten winners of 32 rollups, where decoding and encoding take 18,000.
    function _load(Appraisal calldata shown) internal pure returns (Appraisal memory appraisal, bytes32 hash) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            // it ends with the prices of singles: their offset, their number, a word each
            let size := calldataload(add(shown, 224))
            size := mul(add(size, 32), lt(size, calldatasize()))
            let singles := calldataload(sub(add(shown, size), 32))
            size := mul(add(size, shl(5, singles)), lt(singles, calldatasize()))
            if gt(size, calldatasize()) { size := 0 }
            mstore(start, 32)
            appraisal := add(start, 32)
            calldatacopy(appraisal, shown, size)
            hash := keccak256(start, add(size, 32))

            let won := add(appraisal, 256) // where the first list stands, after eight words
            let winners := add(won, size)
            let count := mul(mload(won), lt(mload(won), calldatasize()))
            mstore(winners, count)
            let at := winners
            for { let end := add(winners, shl(5, count)) } lt(at, end) {} {
                at := add(at, 32)
                mstore(at, add(won, 32))
                won := add(won, 128)
            }
            mstore(0x40, add(at, 32))
            mstore(add(appraisal, 192), winners)
            mstore(add(appraisal, 224), sub(add(appraisal, size), shl(5, add(singles, 1))))
        }
    }

    function _offersOf(Appraisal memory appraisal) private pure returns (uint16[] memory offers) {
        offers = new uint16[](appraisal.winners.length);
        for (uint256 i; i < offers.length; ++i) offers[i] = appraisal.winners[i].offer;
    }

    /// @dev When a round that nobody proves optimal ends.
    function _endOf(uint256 round, Assignment memory its) internal view returns (uint256) {
        return its.endsAt != 0 ? its.endsAt : _schedule().assignEnd(round);
    }

    // --------------------------------------------------------------- requires

    function _requirePhase(uint256 round, Phase needed) internal view {
        Phase found = _schedule().phaseAt(round, block.timestamp);
        require(found == needed, WrongPhase(round, needed, found));
    }

    /// @dev The best so far of a round that can still get better.
    function _requireUndecided(uint256 round) internal view returns (Assignment memory best) {
        _requirePhase(round, Phase.Assign);
        best = _assignmentOf(round);
        require(!best.proved && block.timestamp < _endOf(round, best), AlreadyFinal(round));
    }

    function _requireEnded(uint256 round, Assignment memory its) internal view {
        uint256 endsAt = _endOf(round, its);
        require(block.timestamp >= endsAt, NotEnded(round, endsAt, block.timestamp));
    }

    function _requireAppraisal(Assignment memory its, bytes32 given) internal pure {
        require(given == its.appraisalHash, WrongAppraisal(its.appraisalHash, given));
    }

    /// @dev The claim must be old enough at the time when the proof was first shown.
    function _requireOldClaim(bytes32 claim, uint256 shownAt) internal view returns (uint256 claimedAt) {
        claimedAt = _claimedAt(claim);
        require(claimedAt != 0, UnknownClaim(claim));
        uint256 usableAt = claimedAt + proofDelaySeconds;
        require(shownAt >= usableAt, ClaimTooYoung(claimedAt, usableAt, shownAt));
    }
}
