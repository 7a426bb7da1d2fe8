// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {SequencingRights} from "./SequencingRights.sol";
import {Settlement} from "./Settlement.sol";
import {Appraisal, ICertificateChecker} from "./interfaces/ICertificateChecker.sol";
import {Assignment, Book, ISealedBidMarket, MarketParameters, Winner} from "./interfaces/ISealedBidMarket.sol";
import {ISequencingRights} from "./interfaces/ISequencingRights.sol";
import {BidList, BidListTotals} from "./libraries/BidList.sol";
import {Blob} from "./libraries/Blob.sol";
import {Bundle} from "./libraries/Bundle.sol";
import {Chunk} from "./libraries/Chunk.sol";
import {Lineup, Lineups} from "./libraries/Lineup.sol";
import {Phase, Schedule, Schedules} from "./libraries/Schedule.sol";
import {Sealed, SealedLib} from "./libraries/Sealed.sol";
import {Terms} from "./libraries/Terms.sol";

/// @title SealedBidMarket
/// @notice The caps: 128 bids of 256 rollups each fit in one reveal. A round may hold more than one transaction can read: then it is proposed and proved through
/// readings in parts. Settling takes no book, so what is posted can always be settled (measured in `docs/gas.md`).
contract SealedBidMarket is Settlement {
    using Lineups for Lineup;
    using Schedules for Schedule;

    uint256 private constant BPS = Terms.BPS;
    uint256 private constant BOOK_BYTES_LIMIT = 640_000;

    /// @inheritdoc ISealedBidMarket
    ICertificateChecker public immutable checker;
    /// @inheritdoc ISealedBidMarket
    ISequencingRights public immutable rights;

    address private immutable parametersBlob;
    uint64 private immutable bondTicks;
    uint64 private immutable feePerOfferTicks;
    uint16 private immutable forfeitBps;
    uint16 private immutable proposerShareBps;
    uint16 private immutable maxOffersPerBidder;
    uint16 private immutable maxOffersPerRound;
    uint32 private immutable proofDelaySeconds;
    uint16 private immutable epsilonBps;
    uint32 private immutable epsilonSeconds;

    constructor(MarketParameters memory fixedForGood, ICertificateChecker checker_)
        MarketBase(fixedForGood.schedule, fixedForGood.tickWei, fixedForGood.registrationDepositTicks)
    {
        MarketParameters memory p = fixedForGood;
        Terms.requireValid(p);
        require(address(checker_).code.length > 0, BadParameter("checker", address(checker_).code.length, 1));

        checker = checker_;
        rights = new SequencingRights(this);
        parametersBlob = Blob.write(abi.encode(p));
        bondTicks = p.bondTicks;
        feePerOfferTicks = p.feePerOfferTicks;
        forfeitBps = p.forfeitBps;
        proposerShareBps = p.proposerShareBps;
        maxOffersPerBidder = p.maxOffersPerBidder;
        maxOffersPerRound = p.maxOffersPerRound;
        proofDelaySeconds = p.proofDelaySeconds;
        epsilonBps = p.epsilonBps;
        epsilonSeconds = p.epsilonSeconds;
    }

    // ------------------------------------------------------------------- bids

    /// @inheritdoc ISealedBidMarket
    function commit(uint256 round, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) external {
        _requirePhase(round, Phase.Commit);
        uint256 size = _lineupSizeAt(round);
        (uint256 slots, uint256 bookBytes) = _reservedOf(round);
        slots += offerSlots;
        bookBytes += Chunk.mostBytes(offerSlots, Lineups.maskBytes(size));

        require(size > 0, EmptyLineup(round));
        require(commitment != bytes32(0), ZeroCommitment());
        require(_entryOf(round, msg.sender).isEmpty(), AlreadyCommitted(round, msg.sender));
        require(collateralTicks >= bondTicks, CollateralBelowBond(collateralTicks, bondTicks));
        require(offerSlots > 0 && offerSlots <= maxOffersPerBidder, SlotsOutOfRange(offerSlots, maxOffersPerBidder));
        require(slots <= maxOffersPerRound, RoundFull(slots, maxOffersPerRound));
        require(bookBytes <= BOOK_BYTES_LIMIT, BookFull(bookBytes, BOOK_BYTES_LIMIT));

        _lock(msg.sender, collateralTicks);
        _seal(round, msg.sender, SealedLib.seal(commitment, collateralTicks, offerSlots), slots, bookBytes);

        emit BidsCommitted(round, msg.sender, commitment, collateralTicks, offerSlots);
    }

    /// @inheritdoc ISealedBidMarket
    function reveal(uint256 round, address bidder, uint64 collateralTicks, uint16 offerSlots, bytes32 salt, bytes calldata records)
        external
    {
        _requirePhase(round, Phase.Reveal);
        _requireOpens(round, bidder, commitmentOf(round, bidder, records, salt), collateralTicks, offerSlots);

        BidListTotals memory totals = BidList.audit(records, _lineupAt(round));
        uint256 feeTicks = totals.offers * feePerOfferTicks;
        uint256 neededTicks = totals.exposureTicks + feeTicks;
        require(totals.offers <= offerSlots, TooManyOffers(totals.offers, offerSlots));
        require(neededTicks <= collateralTicks, CollateralTooSmall(collateralTicks, neededTicks));

        // From here on exposure and fee fit in 64 bits: together they are at most the collateral.
        _append(round, bidder, records, totals);
        _unlockAndCharge(bidder, uint64(collateralTicks - neededTicks), uint64(feeTicks));

        emit BidsRevealed(round, bidder, uint64(totals.exposureTicks), uint64(feeTicks), records);
    }

    // ------------------------------------------------------------- assignment

    /// @inheritdoc ISealedBidMarket
    function propose(uint256 round, bytes calldata book, uint16[] calldata offers) external {
        Assignment memory best = _requireUndecided(round);

        Appraisal memory appraisal = checker.appraise(_lineupAt(round).reserves, book, offers);
        _requireBook(round, appraisal);
        _propose(round, best, msg.sender, appraisal);
    }

    /// @inheritdoc ISealedBidMarket
    function proposeRead(uint256 round, bytes32 headHash, Appraisal calldata shown) external {
        Assignment memory best = _requireUndecided(round);
        Appraisal memory appraisal = _load(shown);
        _requireConcluded(_lineupAt(round), headHash, appraisal);
        _requireBook(round, appraisal);

        _propose(round, best, msg.sender, appraisal);
    }

    /// @inheritdoc ISealedBidMarket
    function claimProof(uint256 round, bytes32 claim) external {
        _requirePhase(round, Phase.Assign);

        _claim(claim, block.timestamp);

        emit ProofClaimed(round, claim);
    }

    /// @inheritdoc ISealedBidMarket
    function prove(uint256 round, address prover, bytes calldata book, bytes calldata certificate) external {
        Assignment memory best = _requireUndecided(round);
        bytes32 certificateHash = keccak256(certificate);
        uint256 claimedAt = _requireOldClaim(claimOf(round, prover, certificateHash), block.timestamp);
        Lineup memory lineup = _lineupAt(round);

        _prove(round, lineup, best, prover, claimedAt, certificateHash, checker.check(lineup.reserves, book, certificate));
    }

    /// @inheritdoc ISealedBidMarket
    function proveRead(uint256 round, address prover, bytes32 headHash, Appraisal calldata shown) external {
        Assignment memory best = _requireUndecided(round);
        Lineup memory lineup = _lineupAt(round);
        Appraisal memory appraisal = _load(shown);
        uint256 startedAt = _requireConcluded(lineup, headHash, appraisal);
        uint256 claimedAt = _requireOldClaim(claimOf(round, prover, headHash), startedAt);
        require(appraisal.excessTicks > 0, NothingProved(round));

        _prove(round, lineup, best, prover, claimedAt, headHash, appraisal);
    }

    /// @inheritdoc ISealedBidMarket
    function settle(uint256 round, Appraisal calldata shown) external {
        Assignment memory its = _assignmentOf(round);
        _requireEnded(round, its);
        require(its.posted, NothingProposed(round));
        require(!its.settled, AlreadySettled(round));
        Appraisal memory appraisal = _load(shown);
        bytes32 given = keccak256(abi.encode(appraisal));
        require(given == its.appraisalHash, WrongAppraisal(its.appraisalHash, given));

        _sell(round, _lineupAt(round), appraisal);
        _markSettled(round);
        _payReward(round, its.proposer, _feesOf(appraisal));

        emit RoundSettled(round, its.valueTicks, false);
    }

    /// @inheritdoc ISealedBidMarket
    function release(uint256 round, address bidder) external {
        bool void = isVoid(round);
        if (!void) _requireSettled(round);
        Sealed entry = _entryOf(round, bidder);
        require(entry.isRevealed(), NotRevealed(round, bidder));
        uint64 feeRefundTicks = void ? entry.offers() * feePerOfferTicks : 0;

        _close(round, bidder);
        _unlock(bidder, entry.exposureTicks());
        _credit(bidder, feeRefundTicks);

        emit BidsReleased(round, bidder, entry.exposureTicks(), feeRefundTicks);
    }

    /// @inheritdoc ISealedBidMarket
    function forfeit(uint256 round, address bidder, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) external {
        _requirePhaseAfterReveal(round);
        _requireOpens(round, bidder, commitment, collateralTicks, offerSlots);
        bool void = isVoid(round);
        if (!void && !isFinal(round)) _requireEnded(round, _assignmentOf(round));
        uint64 forfeitTicks = void ? 0 : _forfeitOf(collateralTicks);
        uint64 returnedTicks = collateralTicks - forfeitTicks; // the bond is at most the collateral, by `commit`

        _close(round, bidder);
        _unlockAndCharge(bidder, returnedTicks, forfeitTicks);
        _shareOut(round, forfeitTicks);

        emit BondForfeited(round, bidder, forfeitTicks, returnedTicks);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ISealedBidMarket
    function sequencerOf(uint256 rollup, uint256 timestamp) external view returns (address) {
        (bool sold, uint256 round) = _schedule().roundOfSlot(timestamp);
        if (!sold) return _defaultSequencerAt(rollup, 0);
        Assignment memory its = _assignmentOf(round);
        uint256 decidedAt = _endOf(round, its);
        require(its.proved || block.timestamp >= decidedAt, NotDecided(round, decidedAt));

        if (rollup > 255 || !Bundle.wrap(its.sold).contains(rollup)) return _defaultSequencerAt(rollup, round);
        uint256 winner = _winnerIndexOf(round, rollup);
        address holder = rights.holderOf(round, winner);
        return holder != address(0) ? holder : _winnerOf(round, winner).bidder;
    }

    /// @inheritdoc ISealedBidMarket
    function parameters() external view returns (MarketParameters memory) {
        bytes memory encoded = Blob.read(parametersBlob);
        assembly ("memory-safe") {
            return(add(encoded, 32), mload(encoded)) // the struct has no dynamic part: this is how it is returned
        }
    }

    /// @inheritdoc ISealedBidMarket
    function phaseOf(uint256 round, uint256 timestamp) external view returns (Phase) {
        return _schedule().phaseAt(round, timestamp);
    }

    /// @inheritdoc ISealedBidMarket
    function windowStartOf(uint256 round) external view returns (uint256) {
        return _schedule().windowStart(round);
    }

    /// @inheritdoc ISealedBidMarket
    function sealedOf(uint256 round, address bidder) external view returns (Sealed) {
        return _entryOf(round, bidder);
    }

    /// @inheritdoc ISealedBidMarket
    function bookOf(uint256 round) external view returns (Book memory) {
        return _bookOf(round);
    }

    /// @inheritdoc ISealedBidMarket
    function assignmentOf(uint256 round) external view returns (Assignment memory) {
        return _assignmentOf(round);
    }

    /// @inheritdoc ISealedBidMarket
    function winnerOf(uint256 round, uint256 winner) external view returns (Winner memory) {
        uint256 winners = _assignmentOf(round).winners;
        require(winner < winners, ISequencingRights.NoSuchWinner(round, winner, winners));
        return _winnerOf(round, winner);
    }

    /// @inheritdoc ISealedBidMarket
    function isFinal(uint256 round) public view returns (bool) {
        Assignment memory its = _assignmentOf(round);
        return its.proved || (its.posted && block.timestamp >= _endOf(round, its));
    }

    /// @inheritdoc ISealedBidMarket
    function isVoid(uint256 round) public view returns (bool) {
        return !_assignmentOf(round).posted && block.timestamp >= _schedule().assignEnd(round);
    }

    /// @inheritdoc ISealedBidMarket
    function claimOf(uint256 round, address prover, bytes32 certificateHash) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), round, prover, certificateHash));
    }

    /// @inheritdoc ISealedBidMarket
    function commitmentOf(uint256 round, address bidder, bytes calldata records, bytes32 salt) public view returns (bytes32) {
        return SealedLib.commitmentOf(block.chainid, address(this), round, bidder, records, salt);
    }

    // -------------------------------------------------------------- assigning

    /// @dev Posts a strictly better partition.
    function _propose(uint256 round, Assignment memory best, address proposer, Appraisal memory appraisal) private {
        require(!best.posted || appraisal.valueTicks > best.valueTicks, NotBetter(appraisal.valueTicks, best.valueTicks));

        best.proposer = proposer;
        best.proposedAt = uint64(block.timestamp); // fits: a time in seconds
        (appraisal.excessTicks, appraisal.exact) = (0, false); // what `appraise` says of it, whoever settles it
        best.appraisalHash = keccak256(abi.encode(appraisal));
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
    ) private {
        _requireBook(round, appraisal);
        if (!appraisal.exact) return _shorten(round, best, prover, certificateHash, appraisal);
        // A proposal younger than the claim may be a copy of the proof's winners: it takes no share.
        address proposer = best.proposedAt <= claimedAt ? best.proposer : address(0);
        uint64 feeTicks = _feesOf(appraisal);
        uint64 proposerTicks = proposer == address(0) ? 0 : uint64(feeTicks * uint256(proposerShareBps) / BPS); // fits: at most the fees

        best.proved = true;
        best.settled = true;
        best.appraisalHash = 0;
        _post(round, appraisal, best);
        _sell(round, lineup, appraisal);
        _payReward(round, proposer, proposerTicks);
        _payReward(round, prover, feeTicks - proposerTicks);

        emit PartitionProved(round, prover, appraisal.valueTicks, certificateHash);
        emit RoundSettled(round, appraisal.valueTicks, true);
    }

    /// @dev Brings the end of a round nearer, as no partition is better than the best so far by more than ε. One that is no better leaves the best to its proposer.
    function _shorten(uint256 round, Assignment memory best, address prover, bytes32 certificateHash, Appraisal memory appraisal) private {
        uint256 limit = appraisal.valueTicks * epsilonBps / BPS;
        require(appraisal.excessTicks <= limit, ExcessTooLarge(appraisal.excessTicks, limit));
        uint256 endsAt = _endOf(round, best);
        if (block.timestamp + epsilonSeconds < endsAt) endsAt = block.timestamp + epsilonSeconds;

        best.endsAt = uint64(endsAt); // fits: a time in seconds, at most the assign phase away
        emit PartitionBounded(round, prover, appraisal.valueTicks, appraisal.excessTicks, endsAt, certificateHash);
        if (best.posted && appraisal.valueTicks == best.valueTicks) _endAt(round, uint64(endsAt));
        else _propose(round, best, prover, appraisal);
    }

    /// @dev The fees of a round's offers, all in the market since their reveals: no overflow, by [E1] of `Escrow`.
    function _feesOf(Appraisal memory appraisal) private view returns (uint64) {
        return uint64(appraisal.offers * feePerOfferTicks);
    }

    /// @dev By way of memory, so that the contract holds one decoder for what callers and what the checker give.
    function _load(Appraisal calldata shown) private pure returns (Appraisal memory) {
        uint256 start;
        assembly ("memory-safe") {
            start := shown
        }
        return abi.decode(abi.encodePacked(uint256(32), msg.data[start:]), (Appraisal));
    }

    function _offersOf(Appraisal memory appraisal) private pure returns (uint16[] memory offers) {
        offers = new uint16[](appraisal.winners.length);
        for (uint256 i; i < offers.length; ++i) offers[i] = appraisal.winners[i].offer;
    }

    /// @dev The bond, or the share of the collateral where that is more; rounded up, in favour of the rollups.
    function _forfeitOf(uint64 collateralTicks) private view returns (uint64) {
        uint256 shareTicks = (collateralTicks * uint256(forfeitBps) + BPS - 1) / BPS;
        return shareTicks > bondTicks ? uint64(shareTicks) : bondTicks; // fits: at most the collateral
    }

    /// @dev When a round that nobody proves optimal ends.
    function _endOf(uint256 round, Assignment memory its) private view returns (uint256) {
        return its.endsAt != 0 ? its.endsAt : _schedule().assignEnd(round);
    }

    // --------------------------------------------------------------- requires

    function _requirePhase(uint256 round, Phase needed) private view {
        Phase found = _schedule().phaseAt(round, block.timestamp);
        require(found == needed, WrongPhase(round, needed, found));
    }

    function _requirePhaseAfterReveal(uint256 round) private view {
        Phase found = _schedule().phaseAt(round, block.timestamp);
        require(found >= Phase.Assign, WrongPhase(round, Phase.Assign, found));
    }

    /// @dev The best so far of a round that can still get better.
    function _requireUndecided(uint256 round) private view returns (Assignment memory best) {
        _requirePhase(round, Phase.Assign);
        best = _assignmentOf(round);
        require(!best.proved && block.timestamp < _endOf(round, best), AlreadyFinal(round));
    }

    function _requireEnded(uint256 round, Assignment memory its) private view {
        uint256 endsAt = _endOf(round, its);
        require(block.timestamp >= endsAt, NotEnded(round, endsAt, block.timestamp));
    }

    function _requireSettled(uint256 round) private view {
        Assignment memory its = _assignmentOf(round);
        if (its.settled) return;
        _requireEnded(round, its);
        revert NotSettled(round);
    }

    function _requireOpens(uint256 round, address bidder, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) private view {
        Sealed entry = _entryOf(round, bidder);
        Sealed opened = SealedLib.seal(commitment, collateralTicks, offerSlots);
        require(entry.isSeal(), NotCommitted(round, bidder));
        require(entry == opened, WrongOpening(Sealed.unwrap(entry), Sealed.unwrap(opened)));
    }

    function _requireBook(uint256 round, Appraisal memory appraisal) private view {
        bytes32 needed = _digestOf(round);
        require(appraisal.bookDigest == needed, WrongBook(needed, appraisal.bookDigest));
    }

    /// @dev When the checker began to read what it concluded with this appraisal.
    function _requireConcluded(Lineup memory lineup, bytes32 headHash, Appraisal memory appraisal)
        private
        view
        returns (uint256 startedAt)
    {
        startedAt = checker.concludedSince(keccak256(lineup.reserves), headHash, appraisal);
        require(startedAt != 0, NotConcluded(headHash));
    }

    /// @dev The claim must be old enough at the time when the proof was first shown.
    function _requireOldClaim(bytes32 claim, uint256 shownAt) private view returns (uint256 claimedAt) {
        claimedAt = _claimedAt(claim);
        require(claimedAt != 0, UnknownClaim(claim));
        uint256 usableAt = claimedAt + proofDelaySeconds;
        require(shownAt >= usableAt, ClaimTooYoung(claimedAt, usableAt, shownAt));
    }
}
