// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {SequencingRights} from "./SequencingRights.sol";
import {Appraisal, ICertificateChecker, WinningOffer} from "./interfaces/ICertificateChecker.sol";
import {Assignment, Book, ISealedBidMarket, MarketParameters, Winner} from "./interfaces/ISealedBidMarket.sol";
import {ISequencingRights} from "./interfaces/ISequencingRights.sol";
import {BidList, BidListTotals} from "./libraries/BidList.sol";
import {BookPass} from "./libraries/BookPass.sol";
import {Bundle} from "./libraries/Bundle.sol";
import {Lineup, Lineups} from "./libraries/Lineup.sol";
import {RevenueSplit} from "./libraries/RevenueSplit.sol";
import {Phase, Schedule, Schedules} from "./libraries/Schedule.sol";
import {Sealed, SealedLib} from "./libraries/Sealed.sol";
import {AssignmentBook} from "./storage/AssignmentBook.sol";
import {OfferBook} from "./storage/OfferBook.sol";

/// @title SealedBidMarket
/// @notice The caps: a book of at most 96,000 bytes leaves a certificate 32 KiB of the 128 KiB that a transaction may have, and the caps on offers keep
/// reveal, `appraise` and the first pass of `check` below the transaction gas cap (measured in `docs/gas.md`).
contract SealedBidMarket is MarketBase, OfferBook, AssignmentBook {
    using Lineups for Lineup;
    using Schedules for Schedule;

    uint256 private constant BPS = 10_000;
    uint256 private constant MIN_TICK_WEI = 1 gwei;
    uint256 private constant MAX_TICK_WEI = 1 ether;
    uint256 private constant OFFERS_PER_BIDDER_LIMIT = 128;
    uint256 private constant OFFERS_PER_ROUND_LIMIT = 4_096;
    uint256 private constant BOOK_BYTES_LIMIT = 96_000;

    /// @inheritdoc ISealedBidMarket
    ICertificateChecker public immutable checker;
    /// @inheritdoc ISealedBidMarket
    ISequencingRights public immutable rights;

    uint64 private immutable bondTicks;
    uint64 private immutable feePerOfferTicks;
    uint16 private immutable forfeitBps;
    uint16 private immutable proposerShareBps;
    uint16 private immutable maxOffersPerBidder;
    uint16 private immutable maxOffersPerRound;
    uint32 private immutable proofDelaySeconds;

    constructor(MarketParameters memory fixedForGood, ICertificateChecker checker_)
        MarketBase(fixedForGood.schedule, fixedForGood.tickWei, fixedForGood.registrationDepositTicks)
    {
        MarketParameters memory p = fixedForGood;
        require(p.tickWei >= MIN_TICK_WEI, BadParameter("tickWei", p.tickWei, MIN_TICK_WEI));
        require(p.tickWei <= MAX_TICK_WEI, BadParameter("tickWei", p.tickWei, MAX_TICK_WEI));
        require(p.forfeitBps <= BPS, BadParameter("forfeitBps", p.forfeitBps, BPS));
        require(p.proposerShareBps <= BPS, BadParameter("proposerShareBps", p.proposerShareBps, BPS));
        require(p.proofDelaySeconds > 0, BadParameter("proofDelaySeconds", p.proofDelaySeconds, 1));
        require(
            p.proofDelaySeconds < p.schedule.assignSeconds,
            BadParameter("proofDelaySeconds", p.proofDelaySeconds, p.schedule.assignSeconds)
        );
        require(p.maxOffersPerBidder > 0, BadParameter("maxOffersPerBidder", p.maxOffersPerBidder, 1));
        require(
            p.maxOffersPerBidder <= OFFERS_PER_BIDDER_LIMIT,
            BadParameter("maxOffersPerBidder", p.maxOffersPerBidder, OFFERS_PER_BIDDER_LIMIT)
        );
        require(
            p.maxOffersPerRound >= p.maxOffersPerBidder, BadParameter("maxOffersPerRound", p.maxOffersPerRound, p.maxOffersPerBidder)
        );
        require(
            p.maxOffersPerRound <= OFFERS_PER_ROUND_LIMIT,
            BadParameter("maxOffersPerRound", p.maxOffersPerRound, OFFERS_PER_ROUND_LIMIT)
        );
        require(address(checker_).code.length > 0, BadParameter("checker", address(checker_).code.length, 1));

        checker = checker_;
        rights = new SequencingRights(this);
        bondTicks = p.bondTicks;
        feePerOfferTicks = p.feePerOfferTicks;
        forfeitBps = p.forfeitBps;
        proposerShareBps = p.proposerShareBps;
        maxOffersPerBidder = p.maxOffersPerBidder;
        maxOffersPerRound = p.maxOffersPerRound;
        proofDelaySeconds = p.proofDelaySeconds;
    }

    // ------------------------------------------------------------------- bids

    /// @inheritdoc ISealedBidMarket
    function commit(uint256 round, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) external {
        _requirePhase(round, Phase.Commit);
        Lineup memory lineup = _lineupAt(round);
        Book memory book = _bookOf(round);
        uint256 slots = uint256(book.slots) + offerSlots;
        uint256 bookBytes = book.bookBytes + BookPass.chunkBytes(offerSlots, Lineups.maskBytes(lineup.size));

        require(!lineup.active.isEmpty(), EmptyLineup(round));
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
        uint256 firstOffer = _append(round, bidder, records, totals, uint64(feeTicks));
        _charge(bidder, uint64(feeTicks));
        _unlock(bidder, uint64(collateralTicks - neededTicks));

        emit BidsRevealed(round, bidder, firstOffer, uint64(totals.exposureTicks), uint64(feeTicks), records);
    }

    // ------------------------------------------------------------- assignment

    /// @inheritdoc ISealedBidMarket
    function propose(uint256 round, bytes calldata book, uint16[] calldata offers) external {
        _requirePhase(round, Phase.Assign);
        Assignment memory best = _assignmentOf(round);
        require(!best.proved, AlreadyFinal(round));

        Appraisal memory appraisal = checker.appraise(_lineupAt(round).reserves, book, offers);
        _requireBook(round, appraisal);
        require(!best.posted || appraisal.valueTicks > best.valueTicks, NotBetter(appraisal.valueTicks, best.valueTicks));

        _post(round, appraisal);
        _setProposer(round, msg.sender, block.timestamp);

        emit PartitionProposed(round, msg.sender, appraisal.valueTicks, offers);
    }

    /// @inheritdoc ISealedBidMarket
    function claimProof(uint256 round, bytes32 claim) external {
        _requirePhase(round, Phase.Assign);

        _claim(claim, block.timestamp);

        emit ProofClaimed(round, claim);
    }

    /// @inheritdoc ISealedBidMarket
    function prove(uint256 round, address prover, bytes calldata book, bytes calldata certificate) external {
        _requirePhase(round, Phase.Assign);
        require(!_assignmentOf(round).proved, AlreadyFinal(round));
        bytes32 certificateHash = keccak256(certificate);
        uint256 claimedAt = _requireOldClaim(claimOf(round, prover, certificateHash));

        Lineup memory lineup = _lineupAt(round);
        Appraisal memory appraisal = checker.check(lineup.reserves, book, certificate);
        _requireBook(round, appraisal);

        // A proposal younger than the claim may be a copy of the proof's winners: it takes no share.
        Assignment memory before = _assignmentOf(round);
        address proposer = before.proposedAt <= claimedAt ? before.proposer : address(0);
        _post(round, appraisal);
        _markProved(round);
        _sell(round, lineup, appraisal);
        _reward(round, prover, proposer);

        emit PartitionProved(round, prover, appraisal.valueTicks, certificateHash);
        emit RoundSettled(round, appraisal.valueTicks, true);
    }

    /// @inheritdoc ISealedBidMarket
    function settle(uint256 round, bytes calldata book) external {
        _requireEnded(round);
        Assignment memory its = _assignmentOf(round);
        require(its.posted, NothingProposed(round));
        require(!its.settled, AlreadySettled(round));

        Lineup memory lineup = _lineupAt(round);
        Appraisal memory appraisal = checker.appraise(lineup.reserves, book, _postedOffers(round, its.winners));
        _requireBook(round, appraisal);

        _sell(round, lineup, appraisal);
        _reward(round, its.proposer, its.proposer);

        emit RoundSettled(round, appraisal.valueTicks, false);
    }

    /// @inheritdoc ISealedBidMarket
    function release(uint256 round, address bidder) external {
        bool void = isVoid(round);
        if (!void) _requireSettled(round);
        Sealed entry = _entryOf(round, bidder);
        require(entry.isRevealed(), NotRevealed(round, bidder));
        uint64 feeRefundTicks = void ? entry.offers() * feePerOfferTicks : 0;

        _close(round, bidder);
        _takePot(round, feeRefundTicks);
        _unlock(bidder, entry.exposureTicks());
        _credit(bidder, feeRefundTicks);

        emit BidsReleased(round, bidder, entry.exposureTicks(), feeRefundTicks);
    }

    /// @inheritdoc ISealedBidMarket
    function forfeit(uint256 round, address bidder, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) external {
        _requirePhaseAfterReveal(round);
        _requireOpens(round, bidder, commitment, collateralTicks, offerSlots);
        bool void = isVoid(round);
        if (!void && !isFinal(round)) _requireEnded(round);
        uint64 forfeitTicks = void ? 0 : _forfeitOf(collateralTicks);
        uint64 returnedTicks = collateralTicks - forfeitTicks; // the bond is at most the collateral, by `commit`

        _close(round, bidder);
        _unlock(bidder, returnedTicks);
        _charge(bidder, forfeitTicks);
        _shareOut(round, forfeitTicks);

        emit BondForfeited(round, bidder, forfeitTicks, returnedTicks);
    }

    // ------------------------------------------------------------------ views

    /// @inheritdoc ISealedBidMarket
    function sequencerOf(uint256 rollup, uint256 timestamp) external view returns (address) {
        (bool sold, uint256 round) = _schedule().roundOfSlot(timestamp);
        if (!sold) return _defaultSequencerAt(rollup, 0);
        uint256 decidedAt = _schedule().assignEnd(round);
        Assignment memory its = _assignmentOf(round);
        require(its.proved || block.timestamp >= decidedAt, NotDecided(round, decidedAt));

        if (rollup > 255 || !Bundle.wrap(its.sold).contains(rollup)) return _defaultSequencerAt(rollup, round);
        uint256 winner = _winnerIndexOf(round, rollup);
        address holder = rights.holderOf(round, winner);
        return holder != address(0) ? holder : _winnerOf(round, winner).bidder;
    }

    /// @inheritdoc ISealedBidMarket
    function parameters() external view returns (MarketParameters memory) {
        return MarketParameters({
            schedule: _schedule(),
            tickWei: tickWei,
            bondTicks: bondTicks,
            forfeitBps: forfeitBps,
            feePerOfferTicks: feePerOfferTicks,
            proposerShareBps: proposerShareBps,
            registrationDepositTicks: registrationDepositTicks,
            maxOffersPerBidder: maxOffersPerBidder,
            maxOffersPerRound: maxOffersPerRound,
            proofDelaySeconds: proofDelaySeconds
        });
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
        return its.proved || (its.posted && block.timestamp >= _schedule().assignEnd(round));
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

    // --------------------------------------------------------------- settling

    /// @dev Charges the winners their bids (first price) and credits the rollups of their bundles.
    function _sell(uint256 round, Lineup memory lineup, Appraisal memory appraisal) private {
        for (uint256 i; i < appraisal.winners.length; ++i) {
            WinningOffer memory won = appraisal.winners[i];
            _spend(round, won.bidder, won.valueTicks);
            _charge(won.bidder, won.valueTicks);
            emit BundleSold(round, i, won.bidder, won.offer, won.bundle, won.valueTicks);
            _payRollups(round, lineup, won, appraisal.singleTicks);
        }
        _markSettled(round);
    }

    function _payRollups(uint256 round, Lineup memory lineup, WinningOffer memory won, uint64[] memory singleTicks) private {
        uint256[] memory members = _membersOf(Bundle.wrap(won.bundle));
        uint256[] memory reserves = new uint256[](members.length);
        uint256[] memory singles = new uint256[](members.length);
        for (uint256 i; i < members.length; ++i) {
            reserves[i] = lineup.reserveTicks(members[i]);
            singles[i] = singleTicks[members[i]];
        }
        uint256[] memory shares = RevenueSplit.split(won.valueTicks, reserves, singles);
        for (uint256 i; i < members.length; ++i) _payRollup(round, lineup, members[i], uint64(shares[i])); // fits: a part of 64 bits
    }

    /// @dev Equal parts for the active rollups of the round, the remainder to the lowest index.
    function _shareOut(uint256 round, uint64 ticks) private {
        if (ticks == 0) return;
        Lineup memory lineup = _lineupAt(round);
        uint256[] memory members = _membersOf(lineup.active);
        uint256 part = ticks / members.length; // not empty: `commit` refuses an empty lineup
        uint256 rest = ticks % members.length;
        for (uint256 i; i < members.length; ++i) {
            _payRollup(round, lineup, members[i], uint64(i == 0 ? part + rest : part)); // fits: a part of 64 bits
        }
    }

    function _payRollup(uint256 round, Lineup memory lineup, uint256 rollup, uint64 ticks) private {
        if (ticks == 0) return;
        uint32 lane = lineup.lane(rollup);
        _fill(lane, ticks);
        emit RevenueCredited(round, rollup, lane, ticks);
    }

    /// @dev The fees of the round: a share to the last proposer, where there is one, the rest to the prover.
    function _reward(uint256 round, address prover, address proposer) private {
        uint64 potTicks = _bookOf(round).potTicks;
        uint64 proposerTicks = proposer == address(0) ? 0 : uint64(potTicks * uint256(proposerShareBps) / BPS); // fits: at most the pot
        _takePot(round, potTicks);
        _payReward(round, proposer, proposerTicks);
        _payReward(round, prover, potTicks - proposerTicks);
    }

    function _payReward(uint256 round, address account, uint64 ticks) private {
        if (ticks == 0) return;
        _credit(account, ticks);
        emit RewardPaid(round, account, ticks);
    }

    /// @dev The bond, or the share of the collateral where that is more; rounded up, in favour of the rollups.
    function _forfeitOf(uint64 collateralTicks) private view returns (uint64) {
        uint256 shareTicks = (collateralTicks * uint256(forfeitBps) + BPS - 1) / BPS;
        return shareTicks > bondTicks ? uint64(shareTicks) : bondTicks; // fits: at most the collateral
    }

    /// @dev Sized exactly: memory isn't given back within a transaction, and a round may have 256 winners.
    function _membersOf(Bundle bundle) private pure returns (uint256[] memory members) {
        members = new uint256[](bundle.count());
        for (uint256 i; i < members.length; ++i) {
            members[i] = bundle.lowest();
            bundle = bundle.without(Bundle.wrap(1 << members[i]));
        }
    }

    function _postedOffers(uint256 round, uint256 count) private view returns (uint16[] memory offers) {
        offers = new uint16[](count);
        for (uint256 i; i < count; ++i) offers[i] = _winnerOf(round, i).offer;
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

    function _requireEnded(uint256 round) private view {
        uint256 endsAt = _schedule().assignEnd(round);
        require(block.timestamp >= endsAt, NotEnded(round, endsAt, block.timestamp));
    }

    function _requireSettled(uint256 round) private view {
        if (_assignmentOf(round).settled) return;
        _requireEnded(round);
        revert NotSettled(round);
    }

    function _requireOpens(uint256 round, address bidder, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) private view {
        Sealed entry = _entryOf(round, bidder);
        Sealed opened = SealedLib.seal(commitment, collateralTicks, offerSlots);
        require(entry.isSeal(), NotCommitted(round, bidder));
        require(entry == opened, WrongOpening(Sealed.unwrap(entry), Sealed.unwrap(opened)));
    }

    function _requireBook(uint256 round, Appraisal memory appraisal) private view {
        bytes32 needed = _bookOf(round).digest;
        require(appraisal.bookDigest == needed, WrongBook(needed, appraisal.bookDigest));
    }

    function _requireOldClaim(bytes32 claim) private view returns (uint256 claimedAt) {
        claimedAt = _claimedAt(claim);
        require(claimedAt != 0, UnknownClaim(claim));
        uint256 usableAt = claimedAt + proofDelaySeconds;
        require(block.timestamp >= usableAt, ClaimTooYoung(claimedAt, usableAt, block.timestamp));
    }
}
