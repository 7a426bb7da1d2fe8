// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Schedule} from "../libraries/Schedule.sol";
import {Sealed} from "../libraries/Sealed.sol";
import {IAssignment} from "./IAssignment.sol";
import {IBidListErrors} from "./IBidListErrors.sol";
import {Appraisal} from "./ICertificateChecker.sol";

/// @notice Everything that is fixed at deployment. Nothing can be changed later, by anybody.
/// @param tickWei the unit of money in wei, at least 1 gwei
/// @param bondTicks least forfeit of a bidder who doesn't reveal, and least collateral
/// @param forfeitBps the forfeit as a share of the collateral, where that is more
/// @param feePerOfferTicks fee per accepted offer; pays the prover and the last proposer
/// @param proposerShareBps the last proposer's share of the fees of a round that is proved; only for a proposal no younger than the proof's claim
/// @param registrationDepositTicks locked while a rollup is registered
/// @param maxOffersPerBidder, maxOffersPerRound caps, reserved when a bidder commits
/// @param proofDelaySeconds how long before a proof its claim must stand, at least 1
/// @param epsilonBps a proof that leaves the optimum at most this share of the value away shortens the round; 0: only an exact one counts
/// @param epsilonSeconds how long the round then still lasts at most, so that a better partition can be posted
struct MarketParameters {
    Schedule schedule;
    uint256 tickWei;
    uint64 bondTicks;
    uint16 forfeitBps;
    uint64 feePerOfferTicks;
    uint16 proposerShareBps;
    uint64 registrationDepositTicks;
    uint16 maxOffersPerBidder;
    uint16 maxOffersPerRound;
    uint32 proofDelaySeconds;
    uint16 epsilonBps;
    uint32 epsilonSeconds;
}

/// @notice A round's offer book: what was accepted, bound by a digest.
/// The fees of its offers are in the market until the round ends: as many as the book has offers, so nothing counts them.
/// @param digest keccak chain over the reveals, see `Chunk`
/// @param slots, bookBytes reserved by commitments
struct Book {
    bytes32 digest;
    uint16 slots;
    uint32 bookBytes;
}

/// @title The sealed-bid market. START HERE
/// @notice Rollups sell the right to sequence them for a window of time; sequencers buy it in bundles.
///
/// The story of round k, whose phases follow from the schedule and the clock alone (rounds overlap):
/// 1. **commit**: the rollups and their reserves are frozen. A bidder locks collateral and sends one hash over its whole list of bids.
/// 2. **reveal**: anybody who holds the opening submits it for the bidder. Each accepted offer is folded into the book's digest.
/// 3. **assign**: anybody posts a strictly better partition (`propose`), or ends the round with a certificate that none is better (`prove`). If nobody
///    proves, the best proposal is final when the phase ends, or soon after a certificate that no partition is better by more than ε. If nobody proposes
///    either, the round is void and all is given back. A book or a proof too large for one transaction is read in parts by the checker (`proposeRead`, `proveRead`).
/// 4. **window**: `sequencerOf` names who sequences each rollup: the holder of the right, or its default sequencer.
///
/// Who is trusted with what:
/// - There is no admin. The parameters and the checker are immutable, and no role has any power over a round that has opened.
/// - A rollup's owner is trusted by its rollup alone: it sets reserve, payout and default sequencer of rounds that haven't opened.
/// - Bidders, revealers, proposers, provers and settlers aren't trusted: each call is checked, each duty can be done by anybody.
/// - The chain is trusted to include a transaction within a phase and to keep its clock; a proposer of blocks is trusted not to censor for a whole phase.
/// - A prover's reward is safe from copying as long as its proof is included within `proofDelaySeconds` of being seen, one in parts from its first part on:
///   who copies it has no claim as old, and a proposal younger than the claim takes no share. A *proposer's* reward isn't protected against copying.
interface ISealedBidMarket is IAssignment, IBidListErrors {
    event BidsCommitted(uint256 indexed round, address indexed bidder, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots);
    event BidsRevealed(uint256 indexed round, address indexed bidder, uint64 exposureTicks, uint64 feeTicks, bytes records);
    event BidsReleased(uint256 indexed round, address indexed bidder, uint64 releasedTicks, uint64 feeRefundTicks);
    event BondForfeited(uint256 indexed round, address indexed bidder, uint64 forfeitTicks, uint64 returnedTicks);

    error EmptyLineup(uint256 round);
    error AlreadyCommitted(uint256 round, address bidder);
    error ZeroCommitment();
    error CollateralBelowBond(uint256 collateralTicks, uint256 bondTicks);
    error SlotsOutOfRange(uint256 slots, uint256 limit);
    error RoundFull(uint256 slots, uint256 limit);
    error BookFull(uint256 bookBytes, uint256 limit);
    error NotCommitted(uint256 round, address bidder);
    error WrongOpening(bytes32 committed, bytes32 opened);
    error TooManyOffers(uint256 offers, uint256 slots);
    error CollateralTooSmall(uint256 collateralTicks, uint256 neededTicks);

    error WrongBook(bytes32 needed, bytes32 given);
    error NotConcluded(bytes32 headHash);
    error NothingProved(uint256 round);
    error NotSettled(uint256 round);
    error NotRevealed(uint256 round, address bidder);

    // ------------------------------------------------------------------ bids

    /// @notice Seals the caller's bids for a round: locks `collateralTicks`, reserves `offerSlots` places in the book.
    /// Both only bound what is sealed from above. Raises WrongPhase, EmptyLineup, AlreadyCommitted, ZeroCommitment, CollateralBelowBond, SlotsOutOfRange,
    /// RoundFull, BookFull, InsufficientFree.
    function commit(uint256 round, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) external;

    /// @notice Opens `bidder`'s commitment; by anybody who holds the opening. Locks what the bids can cost, frees the rest, takes the fee.
    /// Raises WrongPhase, NotCommitted, WrongOpening, IBidListErrors, TooManyOffers, CollateralTooSmall.
    /// @param records the packed bid list, see `BidList`. Its offers follow on those of the reveals before it.
    function reveal(uint256 round, address bidder, uint64 collateralTicks, uint16 offerSlots, bytes32 salt, bytes calldata records) external;

    // ------------------------------------------------------------ assignment

    /// @notice Posts a partition strictly better than the best so far. Raises WrongPhase, AlreadyFinal, the checker's errors, WrongBook, NotBetter.
    /// @param book all reveals of the round in order, see `Chunk`
    /// @param offers the winning offers' numbers, ascending; rollups that they leave out count their reserve
    function propose(uint256 round, bytes calldata book, uint16[] calldata offers) external;

    /// @notice The same for a book that the checker read in parts. Raises NotConcluded too.
    /// @param headHash keccak256 of what the checker read the book with; `appraisal`: what it concluded with
    function proposeRead(uint256 round, bytes32 headHash, Appraisal memory appraisal) external;

    /// @notice Shows a certificate; by anybody, for `prover`, whose claim must be old enough. An exact one ends the round at once and settles it. Another, within ε of the
    /// optimum, posts its partition where that is better than the best so far, and the round ends in `epsilonSeconds` at the latest; a second one can't put that off.
    /// Raises WrongPhase, AlreadyFinal, UnknownClaim, ClaimTooYoung, the checker's errors, WrongBook, ExcessTooLarge, NotBetter (worth less than the best so far).
    function prove(uint256 round, address prover, bytes calldata book, bytes calldata certificate) external;

    /// @notice The same for a proof that the checker took in parts; the claim on its head must be old enough when the reading began. Raises NotConcluded, NothingProved too.
    function proveRead(uint256 round, address prover, bytes32 headHash, Appraisal memory appraisal) external;

    /// @notice Frees what a round still locks of a bidder who revealed: after settlement, or with the fee where the round is void.
    /// Raises NotEnded, NotSettled, NotRevealed.
    function release(uint256 round, address bidder) external;

    /// @notice Closes the entry of a bidder who didn't reveal: the forfeit goes to the rollups of the round, the rest is freed; all of it where the round is void.
    /// Raises WrongPhase (while the reveal phase lasts), NotEnded, NotCommitted, WrongOpening.
    function forfeit(uint256 round, address bidder, bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) external;

    // ----------------------------------------------------------------- views

    function parameters() external view returns (MarketParameters memory);
    function sealedOf(uint256 round, address bidder) external view returns (Sealed);
    function bookOf(uint256 round) external view returns (Book memory);

    /// @notice The commitment that `commit` takes; call it on your own node only, it sees your bids.
    function commitmentOf(uint256 round, address bidder, bytes calldata records, bytes32 salt) external view returns (bytes32);
}
