// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AssignmentBase} from "./AssignmentBase.sol";
import {MarketBase} from "./MarketBase.sol";
import {Assignment} from "./interfaces/IAssignment.sol";
import {Appraisal, ICertificateChecker, WinningOffer} from "./interfaces/ICertificateChecker.sol";
import {Book, ISealedBidMarket, MarketParameters} from "./interfaces/ISealedBidMarket.sol";
import {BidList, BidListTotals} from "./libraries/BidList.sol";
import {Blob} from "./libraries/Blob.sol";
import {Chunk} from "./libraries/Chunk.sol";
import {Lineup, Lineups} from "./libraries/Lineup.sol";
import {Phase, Schedule, Schedules} from "./libraries/Schedule.sol";
import {Sealed, SealedLib} from "./libraries/Sealed.sol";
import {Terms} from "./libraries/Terms.sol";
import {OfferBook} from "./storage/OfferBook.sol";

/// @title SealedBidMarket
/// @notice The caps: 128 bids of 256 rollups each fit in one reveal. A round may hold more than one transaction can read: then it is proposed and proved through
/// readings in parts. Settling takes no book, so what is posted can always be settled (measured in `docs/gas.md`).
contract SealedBidMarket is AssignmentBase, OfferBook {
    using Lineups for Lineup;
    using Schedules for Schedule;

    uint256 private constant BOOK_BYTES_LIMIT = 640_000;

    address private immutable parametersBlob;
    uint64 private immutable bondTicks;
    uint64 private immutable feePerOfferTicks;
    uint16 private immutable forfeitBps;
    uint16 private immutable maxOffersPerBidder;
    uint16 private immutable maxOffersPerRound;

    constructor(MarketParameters memory fixedForGood, ICertificateChecker checker_)
        MarketBase(fixedForGood.schedule, fixedForGood.tickWei, fixedForGood.registrationDepositTicks)
        AssignmentBase(Terms.ofAssignment(fixedForGood), checker_)
    {
        MarketParameters memory p = fixedForGood;
        Terms.requireValid(p);

        parametersBlob = Blob.write(abi.encode(p));
        bondTicks = p.bondTicks;
        feePerOfferTicks = p.feePerOfferTicks;
        forfeitBps = p.forfeitBps;
        maxOffersPerBidder = p.maxOffersPerBidder;
        maxOffersPerRound = p.maxOffersPerRound;
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
        (Appraisal memory appraisal, bytes32 given) = _load(shown);
        _requireConcluded(_lineupAt(round), headHash, given);
        _requireBook(round, appraisal);

        _propose(round, best, msg.sender, appraisal);
    }

    /// @inheritdoc ISealedBidMarket
    function prove(uint256 round, address prover, bytes calldata book, bytes calldata certificate) external {
        Assignment memory best = _requireUndecided(round);
        bytes32 certificateHash = keccak256(certificate);
        uint256 claimedAt = _requireOldClaim(claimOf(round, prover, certificateHash), block.timestamp);
        Lineup memory lineup = _lineupAt(round);

        Appraisal memory appraisal = checker.check(lineup.reserves, book, certificate);
        _requireBook(round, appraisal);
        _prove(round, lineup, best, prover, claimedAt, certificateHash, appraisal);
    }

    /// @inheritdoc ISealedBidMarket
    function proveRead(uint256 round, address prover, bytes32 headHash, Appraisal calldata shown) external {
        Assignment memory best = _requireUndecided(round);
        Lineup memory lineup = _lineupAt(round);
        (Appraisal memory appraisal, bytes32 given) = _load(shown);
        uint256 startedAt = _requireConcluded(lineup, headHash, given);
        uint256 claimedAt = _requireOldClaim(claimOf(round, prover, headHash), startedAt);
        require(appraisal.excessTicks > 0, NothingProved(round));
        _requireBook(round, appraisal);

        _prove(round, lineup, best, prover, claimedAt, headHash, appraisal);
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
    function parameters() external view returns (MarketParameters memory) {
        bytes memory encoded = Blob.read(parametersBlob);
        assembly ("memory-safe") {
            return(add(encoded, 32), mload(encoded)) // the struct has no dynamic part: this is how it is returned
        }
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
    function commitmentOf(uint256 round, address bidder, bytes calldata records, bytes32 salt) public view returns (bytes32) {
        return SealedLib.commitmentOf(block.chainid, address(this), round, bidder, records, salt);
    }

    // ------------------------------------------------------------------ hooks

    /// @dev Charges the winners their bids (first price) and credits the rollups of their bundles.
    function _sell(uint256 round, Lineup memory lineup, Appraisal memory appraisal) internal override {
        uint256[] memory due = _nothingDue(lineup);
        for (uint256 i; i < appraisal.winners.length; ++i) {
            WinningOffer memory won = appraisal.winners[i];
            _spend(round, won.bidder, won.valueTicks);
            _charge(won.bidder, won.valueTicks);
            _sellBundle(round, i, won, lineup, appraisal.singleTicks, due);
        }
        _pay(lineup, appraisal.sold, due);
    }

    /// @dev A proof settles at once: nothing more needs it.
    function _kept(Appraisal memory) internal pure override returns (bytes32) {
        return 0;
    }

    /// @dev In the market since the reveals: no overflow, by [E1] of `Escrow`.
    function _collectFees(uint256, Appraisal memory appraisal) internal view override returns (uint64) {
        return uint64(appraisal.offers * feePerOfferTicks);
    }

    function _soldOf(uint256 round, Assignment memory its) internal view override returns (uint256) {
        uint256 decidedAt = _endOf(round, its);
        require(its.proved || block.timestamp >= decidedAt, NotDecided(round, decidedAt));
        return its.sold;
    }

    function _isNamed(uint256) internal pure override returns (bool) {
        return true;
    }

    /// @dev The bond, or the share of the collateral where that is more; rounded up, in favour of the rollups.
    function _forfeitOf(uint64 collateralTicks) private view returns (uint64) {
        uint256 shareTicks = (collateralTicks * uint256(forfeitBps) + Terms.BPS - 1) / Terms.BPS;
        return shareTicks > bondTicks ? uint64(shareTicks) : bondTicks; // fits: at most the collateral
    }

    // --------------------------------------------------------------- requires

    function _requirePhaseAfterReveal(uint256 round) private view {
        Phase found = _schedule().phaseAt(round, block.timestamp);
        require(found >= Phase.Assign, WrongPhase(round, Phase.Assign, found));
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

    /// @dev When the checker began to read what it concluded with an appraisal of this hash.
    function _requireConcluded(Lineup memory lineup, bytes32 headHash, bytes32 given) private view returns (uint256 startedAt) {
        startedAt = checker.concludedSince(keccak256(lineup.reserves), headHash, given);
        require(startedAt != 0, NotConcluded(headHash));
    }
}
