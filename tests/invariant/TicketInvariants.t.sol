// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Assignment, Winner} from "../../contracts/interfaces/IAssignment.sol";
import {Account} from "../../contracts/interfaces/IEscrow.sol";
import {IPoolErrors} from "../../contracts/interfaces/IPoolErrors.sol";
import {ITicketMarket} from "../../contracts/interfaces/ITicketMarket.sol";
import {ITickets} from "../../contracts/interfaces/ITickets.sol";
import {BasePriceTerms, BaseRule} from "../../contracts/libraries/BasePrice.sol";
import {Curve, CurveKind} from "../../contracts/libraries/PriceCurve.sol";
import {GhostPool, GhostStrip, GhostTicketRound, TicketDeed} from "./handlers/tickets/TicketGhosts.sol";
import {TicketHandler} from "./handlers/tickets/TicketHandler.sol";
import {Assertions} from "./support/Assertions.sol";
import {BruteForce, Instance} from "./support/BruteForce.sol";
import {NaivePrice} from "./support/NaivePrice.sol";
import {TicketStage} from "./support/TicketStage.sol";
import {vm} from "./support/Vm.sol";

/// @notice What forge asks a test contract for: the functions that a run may call.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @title The rules of a ticket market, whatever five actors do, for any curve
abstract contract TicketRules is Assertions {
    uint256 internal constant LONG_RUN = 2_400;
    uint256 private constant LATEST = 5; // rounds that are looked at closely: older ones have passed here before

    ITicketMarket internal market;
    ITickets internal tickets;
    TicketHandler internal handler;
    Curve internal curve;

    function setUp() public {
        vm.warp(940);
        BasePriceTerms memory basePrice;
        (curve, basePrice) = _terms();
        market = TicketStage.deploy(curve, basePrice);
        tickets = market.tickets();
        handler = new TicketHandler(market);
        handler.prepare();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), new bytes4[](10));
        targets[0].selectors[0] = TicketHandler.keepMoney.selector;
        targets[0].selectors[1] = TicketHandler.keepRollups.selector;
        targets[0].selectors[2] = TicketHandler.open.selector;
        targets[0].selectors[3] = TicketHandler.buy.selector;
        targets[0].selectors[4] = TicketHandler.handle.selector;
        targets[0].selectors[5] = TicketHandler.propose.selector;
        targets[0].selectors[6] = TicketHandler.prove.selector;
        targets[0].selectors[7] = TicketHandler.finish.selector;
        targets[0].selectors[8] = TicketHandler.refund.selector;
        targets[0].selectors[9] = TicketHandler.pass.selector;
    }

    /// @dev Wherever a run ends, all its rounds can be ended and all money taken out.
    function afterInvariant() external {
        _requireRehearsal(handler.rehearseEnd, "every round ends, and what isn't sold goes back");
    }

    // ------------------------------------------------------------- the rules

    function _escrowIsSolvent() internal view {
        uint256 atTickets = handler.pooledTicks() + handler.feesTicks();
        uint256 atMarket;
        for (uint256 i; i < handler.ACTORS(); ++i) {
            address actor = handler.actors(i);
            Account memory purse = tickets.accountOf(actor);
            assertEq(purse.freeTicks, handler.purseTicks(actor), "a purse as the ghost counts it");
            assertEq(purse.lockedTicks, 0, "the tickets lock nothing");
            Account memory its = market.accountOf(actor);
            assertEq(its.freeTicks, handler.freeTicks(actor), "free ticks as the ghost counts them");
            assertEq(its.lockedTicks, handler.lockedTicks(actor), "locked ticks as the ghost counts them");
            atTickets += purse.freeTicks;
            atMarket += its.freeTicks + its.lockedTicks;
        }
        for (uint32 lane; lane < handler.lanes(); ++lane) {
            (, uint64 ticks) = market.laneOf(lane);
            assertEq(ticks, handler.laneTicks(lane), "a lane as the ghost counts it");
            atMarket += ticks;
        }
        assertEq(address(tickets).balance, atTickets * TicketStage.TICK_WEI + handler.forcedOnTickets(), "purses, pools and fees are all there is");
        assertEq(address(market).balance, atMarket * TicketStage.TICK_WEI + handler.forcedOnMarket(), "accounts and lanes are all there is");
    }

    function _ticketsAreConserved() internal view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            uint256[] memory numbers = handler.roundOf(round).pools;
            for (uint256 i; i < numbers.length; ++i) {
                GhostPool memory pool = handler.poolOf(numbers[i]);
                uint256 at;
                uint256 inHands;
                uint256 refunded;
                for (uint256 k; k < pool.strips.length; ++k) {
                    GhostStrip memory strip = pool.strips[k];
                    uint256 id = tickets.idOf(round, pool.bundle, uint64(pool.baseTicks), uint16(at));
                    assertEq(id, handler.tokenOf(numbers[i], at), "the token of a strip");
                    (address holder, uint256 start, uint256 end,) = tickets.stripOf(id);
                    assertEq(start, at, "no gap, no overlap");
                    assertTrue(start == strip.start && end == strip.end && holder == strip.holder, "a strip as the ghost has it");
                    uint256 balances;
                    for (uint256 a; a < handler.ACTORS(); ++a) balances += tickets.balanceOf(handler.actors(a), id);
                    assertEq(balances, strip.refunded ? 0 : end - start, "all in one hand, or given back");
                    assertEq(tickets.balanceOf(address(0), id), 0, "nobody holds nothing");
                    inHands += balances;
                    if (strip.refunded) refunded += end - start;
                    at = end;
                }
                assertEq(inHands + refunded, at, "what was sold is held or was given back");
                assertLe(at, 2 * uint256(curve.target), "never above twice the target");
                _assertNoStrip(handler.tokenOf(numbers[i], at));
            }
        }
    }

    function _priceStaysOnCurve() internal view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            uint256[] memory numbers = handler.roundOf(round).pools;
            for (uint256 i; i < numbers.length; ++i) {
                GhostPool memory pool = handler.poolOf(numbers[i]);
                uint256 sold = handler.soldOf(numbers[i]);
                uint256 paid;
                for (uint256 k; k < pool.strips.length; ++k) {
                    paid += pool.strips[k].paidTicks;
                    (,,, uint64 revenueTicks) = tickets.stripOf(handler.tokenOf(numbers[i], pool.strips[k].start));
                    assertEq(revenueTicks, paid, "what the tickets up to here paid");
                }
                if (curve.kind != CurveKind.TimePhased) assertEq(paid, NaivePrice.costOf(curve, pool.baseTicks, 0, sold, 0), "the curve's price of what was sold");
                assertLe(sold * pool.baseTicks, paid, "no ticket below the base price");
                assertLe(paid, NaivePrice.costOf(curve, pool.baseTicks, 0, sold, type(uint32).max), "nor above the curve's end");
                assertLe(pool.floorTicks, pool.baseTicks, "never below the floor");
            }
        }
    }

    /// @dev Strips go back once, in full (the purses show it), all of a pool or none: never of one that was sold.
    function _refundsAreOfUnsold() internal view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            uint256[] memory numbers = handler.roundOf(round).pools;
            for (uint256 i; i < numbers.length; ++i) {
                GhostPool memory pool = handler.poolOf(numbers[i]);
                assertTrue(market.isRefundable(round, pool.bundle) == handler.refundable(round, pool.bundle), "refundable as the rules say");
                for (uint256 k; k < pool.strips.length; ++k) {
                    if (pool.strips[k].refunded) assertTrue(!pool.released && handler.refundable(round, pool.bundle), "what was given back isn't sold");
                }
            }
        }
    }

    function _drawIsDetermined() internal view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            GhostTicketRound memory its = handler.roundOf(round);
            uint16[] memory winners = BruteForce.toList(its.chosen);
            uint256[] memory offering = handler.offeringOf(round);
            for (uint256 i; i < market.assignmentOf(round).winners; ++i) {
                address named = market.winnerOf(round, i).bidder;
                if (!its.drawn) {
                    assertTrue(named == address(0), "nobody is named before the draw");
                    continue;
                }
                uint256 ticket = handler.winningTicketOf(offering[winners[i]]);
                GhostPool memory pool = handler.poolOf(offering[winners[i]]);
                uint256 k;
                while (pool.strips[k].end <= ticket) ++k;
                assertTrue(named == pool.strips[k].holder, "the drawn ticket's holder, for good");
            }
        }
        assertTrue(!handler.seedCameEarly(), "no seed before the assign phase is over");
        assertEq(handler.done(uint256(TicketDeed.DrawAgain)), 0, "there is no second draw");
    }

    function _itemsSoldOnce() internal view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            Assignment memory its = market.assignmentOf(round);
            Instance memory instance = handler.instanceOf(round);
            uint256 sold;
            for (uint256 i; i < its.winners; ++i) {
                Winner memory won = market.winnerOf(round, i);
                assertEq(sold & instance.offers[won.offer].mask, 0, "winners are disjoint");
                assertEq(won.valueTicks, instance.offers[won.offer].valueTicks, "worth what its pool took in");
                sold |= instance.offers[won.offer].mask;
            }
            assertEq(its.sold, sold, "sold is their union");
            assertEq(its.valueTicks, handler.roundOf(round).valueTicks, "worth what was said");
            if (its.proved) assertEq(its.valueTicks, BruteForce.solve(instance).valueTicks, "what is proved is optimal");
            uint256 within = handler.roundOf(round).excessTicks;
            if (within != 0) assertTrue(BruteForce.solve(instance).valueTicks < its.valueTicks + within, "what is bounded is within its bound");
        }
    }

    /// @dev The book that the checker reads is the page's, byte by byte.
    function _bookIsComplete() internal view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            bytes memory book = tickets.bookOf(round, handler.roundOf(round).reserves, handler.shownPools(round));
            assertEq(book, handler.bookOf(round), "every pool that covers its reserves, in the order of opening");
        }
    }

    function _roundAlwaysEnds() internal {
        vm.warp(handler.clock());
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            if (handler.clock() < TicketStage.GENESIS + TicketStage.PERIOD * round + TicketStage.ASSIGN_END) break; // its assign phase lasts
            assertTrue(market.isFinal(round) != market.isVoid(round), "final or void");
        }
        _requireRehearsal(handler.rehearseEnd, "every round ends, and what isn't sold goes back");
    }

    /// @dev Once a round is decided, each of its rollups has a sequencer: the drawn ticket's holder, or its default.
    function _nextSequencerIsKnown() internal {
        vm.warp(handler.clock());
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            GhostTicketRound memory its = handler.roundOf(round);
            uint256 windowStart = TicketStage.GENESIS + TicketStage.PERIOD * round + TicketStage.WINDOW;
            if (!its.drawn && !market.isVoid(round) && handler.clock() < windowStart) continue;
            Instance memory instance = handler.instanceOf(round);
            uint16[] memory winners = BruteForce.toList(its.chosen);
            for (uint256 i; i < instance.rollups; ++i) {
                if ((its.active >> i) & 1 == 0) continue;
                address expected = its.defaultSequencers[i];
                for (uint256 w; w < its.winners.length; ++w) {
                    if ((instance.offers[winners[w]].mask >> i) & 1 == 1) expected = its.winners[w];
                }
                assertTrue(market.sequencerOf(i, windowStart) == expected, "the first slot's sequencer");
                assertTrue(market.sequencerOf(i, windowStart + TicketStage.PERIOD - 1) == expected, "the last slot's sequencer");
            }
        }
    }

    function _exitIsOpen() internal {
        _requireRehearsal(handler.rehearseExit, "all that is free goes out");
    }

    function _phaseNeverReturns() internal view {
        assertTrue(!handler.phaseReturned(), "rounds only go forward");
        assertTrue(!handler.lineupMoved(), "a round that has opened keeps its lineup");
    }

    function _requireEveryRule() internal {
        _escrowIsSolvent();
        _ticketsAreConserved();
        _priceStaysOnCurve();
        _drawIsDetermined();
        _itemsSoldOnce();
        _bookIsComplete();
        _phaseNeverReturns();
        _nextSequencerIsKnown();
        _exitIsOpen();
        vm.warp(handler.clock());
        _refundsAreOfUnsold();
    }

    // --------------------------------------------------------------- helpers

    function _terms() internal pure virtual returns (Curve memory, BasePriceTerms memory);

    function _assertNoStrip(uint256 id) private view {
        try tickets.stripOf(id) returns (address, uint256, uint256, uint64) {
            assertTrue(false, "nothing follows the last strip");
        } catch (bytes memory why) {
            assertEq(why, abi.encodeWithSelector(IPoolErrors.NoSuchStrip.selector, id), "NoSuchStrip");
        }
    }

    function _requireRehearsal(function() external rehearsal, string memory what) private {
        try rehearsal() {
            assertTrue(false, "a rehearsal is taken back");
        } catch (bytes memory why) {
            if (selectorOf(why) == TicketHandler.Rehearsed.selector) return;
            emit RehearsalFailed(why);
            assertTrue(false, what);
        }
    }

    event RehearsalFailed(bytes why);

    function _firstLatest() private view returns (uint256) {
        uint256 opened = handler.openedRounds();
        return opened > LATEST ? opened - LATEST : 0;
    }
}

/// @title The rules of a ticket market with the default curve
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: soak.invariant.fail-on-revert = true
contract TicketInvariantsTest is TicketRules {
    function invariant_escrow_is_solvent() public view {
        _escrowIsSolvent();
    }

    function invariant_tickets_are_conserved() public view {
        _ticketsAreConserved();
    }

    function invariant_price_stays_on_curve() public view {
        _priceStaysOnCurve();
    }

    function invariant_refunds_are_of_what_is_not_sold() public {
        vm.warp(handler.clock());
        _refundsAreOfUnsold();
    }

    function invariant_draw_is_determined() public view {
        _drawIsDetermined();
    }

    function invariant_items_sold_once() public view {
        _itemsSoldOnce();
        _bookIsComplete();
    }

    function invariant_round_always_ends() public {
        _roundAlwaysEnds();
    }

    function invariant_exit_is_open() public {
        _exitIsOpen();
    }

    function invariant_phase_never_returns() public view {
        _phaseNeverReturns();
    }

    function invariant_next_sequencer_is_known() public {
        _nextSequencerIsKnown();
    }

    // ---------------------------------------------------- a test of the test

    event DeedsCounted(uint256[] done, uint256[] refused);

    /// @notice A long run by a fixed seed does every deed, meets refusals of each, and keeps every rule.
    function test_handler__long_run__does_every_deed() external {
        for (uint256 i; i < LONG_RUN; ++i) {
            handler.anything(uint256(keccak256(abi.encode(20_26, i))));
            if (i % 100 != 0) continue;
            _requireEveryRule();
            _roundAlwaysEnds();
        }
        _requireEveryRule();
        _roundAlwaysEnds();
        emit DeedsCounted(_counts(true), _counts(false));
        for (uint256 deed; deed <= uint256(type(TicketDeed).max); ++deed) {
            bool never = deed == uint256(TicketDeed.ProveFalse) || deed == uint256(TicketDeed.DrawAgain);
            if (never) assertEq(handler.done(deed), 0, "no false proof, no second draw");
            else assertTrue(handler.done(deed) > 0, "each deed is done");
            bool free = deed == uint256(TicketDeed.Approve) || deed == uint256(TicketDeed.SetOperator) || deed >= uint256(TicketDeed.Force);
            if (!free) assertTrue(handler.refused(deed) > 0, "each deed is refused at times");
        }
    }

    function _counts(bool done) private view returns (uint256[] memory counts) {
        counts = new uint256[](uint256(type(TicketDeed).max) + 1);
        for (uint256 deed; deed < counts.length; ++deed) counts[deed] = done ? handler.done(deed) : handler.refused(deed);
    }

    function _terms() internal pure override returns (Curve memory, BasePriceTerms memory) {
        return (Curve(CurveKind.Linear, 6, 0, 0, 0), BasePriceTerms(BaseRule.Eip1559, uint64(TicketStage.START_TICKS), 0));
    }
}

/// @title The rules where the price follows the time of purchase; their end is rehearsed after each run
/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: soak.invariant.fail-on-revert = true
contract TimePhasedTicketInvariantsTest is TicketRules {
    function invariant_every_rule__time_phased__is_kept() public {
        _requireEveryRule();
    }

    function _terms() internal pure override returns (Curve memory, BasePriceTerms memory) {
        return (Curve(CurveKind.TimePhased, 6, 0, 10, 45), BasePriceTerms(BaseRule.Eip1559, uint64(TicketStage.START_TICKS), 0));
    }
}

/// @title The rules with a quadratic curve and base prices that move by the seeds' linear rule; their end is rehearsed after each run
/// forge-config: default.invariant.runs = 6
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: soak.invariant.fail-on-revert = true
contract QuadraticTicketInvariantsTest is TicketRules {
    function invariant_every_rule__quadratic__is_kept() public {
        _requireEveryRule();
    }

    function _terms() internal pure override returns (Curve memory, BasePriceTerms memory) {
        return (Curve(CurveKind.Quadratic, 5, 15_000, 0, 0), BasePriceTerms(BaseRule.Linear, uint64(TicketStage.START_TICKS), 2));
    }
}
