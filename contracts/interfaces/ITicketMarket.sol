// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BasePriceTerms} from "../libraries/BasePrice.sol";
import {Curve} from "../libraries/PriceCurve.sol";
import {Schedule} from "../libraries/Schedule.sol";
import {IAssignment} from "./IAssignment.sol";
import {Appraisal} from "./ICertificateChecker.sol";
import {IPoolErrors} from "./IPoolErrors.sol";
import {IRandomnessErrors} from "./IRandomness.sol";
import {ITickets} from "./ITickets.sol";

/// @notice Everything that is fixed at deployment. Nothing can be changed later, by anybody.
/// @param schedule without a reveal phase: the commit phase is the sale, and closes before the next one opens; with a draw phase
/// @param tickWei the unit of money in wei, at least 1 gwei
/// @param registrationDepositTicks locked while a rollup is registered
/// @param feePerPoolTicks paid by whoever opens a pool; pays the prover and the last proposer
/// @param proposerShareBps, proofDelaySeconds, epsilonBps, epsilonSeconds as in the sealed-bid market
/// @param maxPoolsPerRound cap
/// @param curve how the price of a pool's tickets rises while they sell
/// @param basePrice how a bundle's base price moves from round to round
struct TicketParameters {
    Schedule schedule;
    uint256 tickWei;
    uint64 registrationDepositTicks;
    uint64 feePerPoolTicks;
    uint16 proposerShareBps;
    uint16 maxPoolsPerRound;
    uint32 proofDelaySeconds;
    uint16 epsilonBps;
    uint32 epsilonSeconds;
    Curve curve;
    BasePriceTerms basePrice;
}

/// @notice Where the winning ticket of a winning pool lies.
/// @param baseTicks of the pool
/// @param start of the strip that holds the ticket
struct Lot {
    uint64 baseTicks;
    uint16 start;
}

/// @title The ticket market. START HERE
/// @notice Rollups sell the right to sequence them for a window of time; sequencers buy tickets for bundles of rollups, and a lottery among the tickets of each
/// winning bundle names who gets it. So the richest bidder doesn't win every time.
///
/// The story of round k, whose phases follow from the schedule and the clock alone:
/// 1. **commit**: the sale, at `ITickets`. The rollups and their reserves are frozen. Anybody opens a pool for a bundle (`open`), anybody buys tickets of it (`buy`) at the price
///    of the curve: base price p up to 1.5 times the target, then rising; at twice the target the pool is full. Strips of tickets can be split and traded (ERC-6909).
/// 2. **assign**: each pool is an offer for its bundle, worth what it took in. The best partition is posted (`propose`) and proved (`prove`) as in `IAssignment`.
///    A pool that took in less than its rollups' reserves isn't an offer.
/// 3. **draw**: the seed of the round's draw point names one ticket of every winning pool (`draw`). The winners' payments go to the rollups, the rights to the tickets' holders.
/// 4. **window**: `sequencerOf` names who sequences each rollup: the holder of the right, or its default sequencer.
/// Pools outside the partition are refunded in full (`ITickets.refund`); so are all of a round that is void, or that nobody drew before its window (its seed is missing, say). There is no second draw.
///
/// Between rounds the base price of a bundle follows its sales: see `BasePrice`. A bundle without a pool counts as one with no sales.
///
/// Who is trusted with what:
/// - There is no admin. The parameters, the checker and the source of randomness are immutable, and no role has any power over a round that has opened.
/// - Buyers, proposers, provers, drawers and refunders aren't trusted: each call is checked, each duty can be done by anybody.
/// - The source of randomness is trusted for as much as its own page says (`docs/randomness.md`). The draw point is fixed when the round's first pool opens and lies a quarter into the draw
///   phase or later, so no purchase, proposal or proof can be timed by the seed, as long as the chain's clock isn't further behind than that.
/// - The chain is trusted to include a transaction within a phase, and to keep its clock.
/// - All tickets of a pool that wins pay, and every ticket has the same chance. So many names win no more than one.
interface ITicketMarket is IAssignment, IPoolErrors, IRandomnessErrors {
    event TicketDrawn(uint256 indexed round, uint256 indexed winner, uint256 indexed id, uint256 ticket);

    error AlreadyDrawn(uint256 round);
    error WrongLots(uint256 lots, uint256 winners);
    error NotTickets(address sender, address tickets);

    /// @notice Posts a partition strictly better than the best so far. Raises WrongPhase, AlreadyFinal, RaggedPoolList, NoSuchStrip, NotLastStrip, WrongPools, the checker's errors, NotBetter.
    /// @param pools all pools of the round in the order of opening, see `PoolList`
    /// @param offers the winning offers' numbers, ascending: pools counted from 0, without those that took in less than their reserves
    function propose(uint256 round, bytes calldata pools, uint16[] calldata offers) external;

    /// @notice Shows a certificate; by anybody, for `prover`, whose claim must be old enough. As in the sealed-bid market; the round is final, and the draw waits for its phase.
    /// Raises WrongPhase, AlreadyFinal, UnknownClaim, ClaimTooYoung, what `propose` raises of pools, the checker's errors, ExcessTooLarge, NotBetter.
    function prove(uint256 round, address prover, bytes calldata pools, bytes calldata certificate) external;

    /// @notice Draws the winning ticket of every winning pool, pays the rollups and names the winners. By anybody, once, in the draw phase.
    /// Raises WrongPhase, NothingProposed, AlreadyDrawn, WrongAppraisal, SeedMissing, WrongLots, WrongStrip.
    /// @param appraisal what the checker's `appraise` says of the final partition
    /// @param lots for each winner, in its order, where its ticket lies
    function draw(uint256 round, Appraisal memory appraisal, Lot[] calldata lots) external;

    // ----------------------------------------------------------------- views

    function parameters() external view returns (TicketParameters memory);
    function tickets() external view returns (ITickets);

    /// @notice Whether the tickets of a bundle's pool are refunded: it wasn't sold in the round, and won't be.
    function isRefundable(uint256 round, uint256 bundle) external view returns (bool);
}
