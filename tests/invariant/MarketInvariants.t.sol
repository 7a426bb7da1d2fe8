// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Assignment, Winner} from "../../contracts/interfaces/IAssignment.sol";
import {Account} from "../../contracts/interfaces/IEscrow.sol";
import {ISealedBidMarket, MarketParameters} from "../../contracts/interfaces/ISealedBidMarket.sol";
import {Schedule} from "../../contracts/libraries/Schedule.sol";
import {Deed, GhostEntry, GhostRound} from "./handlers/GhostBook.sol";
import {MarketHandler} from "./handlers/MarketHandler.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {Assertions} from "./support/Assertions.sol";
import {BruteForce, Instance} from "./support/BruteForce.sol";
import {vm} from "./support/Vm.sol";

/// @notice What forge asks a test contract for: the functions that a run may call.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @title The rules of the market, whatever six actors do
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: soak.invariant.fail-on-revert = true
contract MarketInvariantsTest is Assertions {
    uint256 private constant LONG_RUN = 2_400;
    uint256 private constant LATEST = 5; // rounds that are looked at closely: older ones have passed here before

    ISealedBidMarket private market;
    MarketHandler private handler;

    function setUp() public {
        vm.warp(940);
        MarketParameters memory p = MarketParameters({
            schedule: Schedule({
                genesis: 1000, periodSeconds: 60, commitSeconds: 60, revealSeconds: 30, assignSeconds: 40, drawSeconds: 10
            }),
            tickWei: 1 gwei,
            bondTicks: 20,
            forfeitBps: 2_000,
            feePerOfferTicks: 2,
            proposerShareBps: 3_000,
            registrationDepositTicks: 50,
            maxOffersPerBidder: 3,
            maxOffersPerRound: 10,
            proofDelaySeconds: 5,
            epsilonBps: 2_000,
            epsilonSeconds: 8
        });
        market = ISealedBidMarket(Artifacts.deploy("SealedBidMarket", abi.encode(p, Artifacts.checker())));
        handler = new MarketHandler(market);
        handler.prepare();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), new bytes4[](10));
        targets[0].selectors[0] = MarketHandler.keepAccounts.selector;
        targets[0].selectors[1] = MarketHandler.keepRollups.selector;
        targets[0].selectors[2] = MarketHandler.commit.selector;
        targets[0].selectors[3] = MarketHandler.reveal.selector;
        targets[0].selectors[4] = MarketHandler.propose.selector;
        targets[0].selectors[5] = MarketHandler.claimProof.selector;
        targets[0].selectors[6] = MarketHandler.prove.selector;
        targets[0].selectors[7] = MarketHandler.finish.selector;
        targets[0].selectors[8] = MarketHandler.trade.selector;
        targets[0].selectors[9] = MarketHandler.pass.selector;
    }

    // ------------------------------------------------------------- the rules

    function invariant_escrow_is_solvent() public view {
        uint256 sum;
        for (uint256 i; i < handler.ACTORS(); ++i) {
            Account memory its = market.accountOf(handler.actors(i));
            assertEq(its.freeTicks, handler.freeTicks(handler.actors(i)), "free ticks as the ghost counts them");
            assertEq(its.lockedTicks, handler.lockedTicks(handler.actors(i)), "locked ticks as the ghost counts them");
            sum += its.freeTicks + its.lockedTicks;
        }
        for (uint32 lane; lane < handler.lanes(); ++lane) {
            (, uint64 ticks) = market.laneOf(lane);
            assertEq(ticks, handler.laneTicks(lane), "a lane as the ghost counts it");
            sum += ticks;
        }
        for (uint256 round; round < handler.openedRounds(); ++round) {
            sum += handler.roundOf(round).potTicks; // the market keeps no count: a fee an offer, until the round's end pays them out
        }
        assertEq(address(market).balance, sum * market.tickWei() + handler.forcedWei(), "accounts, lanes and pots are all there is, every tick is backed");
        assertEq(market.totalTicks(), address(market).balance / market.tickWei(), "its ether in whole ticks");
    }

    function invariant_items_sold_once() public view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            Assignment memory its = market.assignmentOf(round);
            Instance memory instance = handler.instanceOf(round);
            uint256 sold;
            for (uint256 i; i < its.winners; ++i) {
                Winner memory won = market.winnerOf(round, i);
                assertEq(sold & instance.offers[won.offer].mask, 0, "winners are disjoint");
                assertTrue(won.bidder == instance.offers[won.offer].bidder, "the winner made the offer");
                assertEq(won.valueTicks, instance.offers[won.offer].valueTicks, "at its value");
                sold |= instance.offers[won.offer].mask;
            }
            assertEq(its.sold, sold, "sold is their union");
            assertEq(its.valueTicks, handler.roundOf(round).valueTicks, "worth what was said");
        }
    }

    function invariant_nobody_pays_above_bid() public view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            if (!handler.roundOf(round).settled) continue;
            Instance memory instance = handler.instanceOf(round);
            for (uint256 i; i < handler.ACTORS(); ++i) {
                GhostEntry memory entry = handler.entryOf(round, handler.actors(i));
                if (entry.offers == 0) continue;
                uint256 bids;
                for (uint256 w; w < market.assignmentOf(round).winners; ++w) {
                    Winner memory won = market.winnerOf(round, w);
                    if (won.bidder == handler.actors(i)) bids += instance.offers[won.offer].valueTicks;
                }
                assertLe(entry.paidTicks, bids, "paid at most its winning bids");
                assertLe(bids, entry.exposureTicks, "which its exposure covers");
                assertLe(entry.exposureTicks, entry.collateralTicks, "which its collateral covered");
            }
        }
    }

    function invariant_certificate_is_honest() public view {
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            uint256 within = handler.roundOf(round).excessTicks;
            if (!market.assignmentOf(round).proved && within == 0) continue;
            BruteForce.Best memory best = BruteForce.solve(handler.instanceOf(round));
            if (market.assignmentOf(round).proved) assertEq(market.assignmentOf(round).valueTicks, best.valueTicks, "what is proved is optimal");
            if (within != 0) assertTrue(best.valueTicks < market.assignmentOf(round).valueTicks + within, "what is bounded is within its bound");
        }
    }

    function invariant_exit_is_open() public {
        vm.warp(handler.clock());
        try handler.rehearseExit() {
            assertTrue(false, "a rehearsal is taken back");
        } catch (bytes memory why) {
            assertTrue(selectorOf(why) == MarketHandler.Rehearsed.selector, "all that is free goes out");
        }
    }

    function invariant_round_always_ends() public {
        for (uint256 i; i < handler.ACTORS(); ++i) {
            address actor = handler.actors(i);
            assertEq(market.accountOf(actor).lockedTicks, handler.backingOf(actor), "locked backs open entries and rollups, nothing else");
        }
        vm.warp(handler.clock());
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            if (handler.clock() < 1000 + 60 * round + 130) break; // its assign phase lasts
            assertTrue(market.isFinal(round) != market.isVoid(round), "final or void");
            if (handler.roundOf(round).openEntries == 0 && !handler.roundOf(round).posted) continue;
            try handler.rehearseEnd(round) {
                assertTrue(false, "a rehearsal is taken back");
            } catch (bytes memory why) {
                assertTrue(selectorOf(why) == MarketHandler.Rehearsed.selector, "a stranger can end the round");
            }
        }
    }

    function invariant_phase_never_returns() public view {
        assertTrue(!handler.phaseReturned(), "rounds and entries only go forward");
    }

    function invariant_lineup_is_frozen() public view {
        assertTrue(!handler.lineupMoved(), "a round that has opened keeps its lineup");
    }

    /// @notice Once a round is decided, each of its rollups has a sequencer: the right's holder, the winner, or its default.
    function invariant_next_sequencer_is_known() public {
        vm.warp(handler.clock());
        for (uint256 round = _firstLatest(); round < handler.openedRounds(); ++round) {
            GhostRound memory its = handler.roundOf(round);
            if (!market.isFinal(round) && !market.isVoid(round)) continue;
            Instance memory instance = handler.instanceOf(round);
            for (uint256 i; i < instance.rollups; ++i) {
                if ((its.active >> i) & 1 == 0) continue;
                address expected = its.defaultSequencers[i];
                uint16[] memory winners = BruteForce.toList(its.chosen);
                for (uint256 w; w < winners.length; ++w) {
                    if ((instance.offers[winners[w]].mask >> i) & 1 == 0) continue;
                    address holder = handler.holders(round << 16 | w);
                    expected = holder == address(0) ? instance.offers[winners[w]].bidder : holder;
                }
                assertTrue(market.sequencerOf(i, market.windowStartOf(round)) == expected, "the first slot's sequencer");
                assertTrue(market.sequencerOf(i, market.windowStartOf(round) + 59) == expected, "the last slot's sequencer");
            }
        }
    }

    // ---------------------------------------------------- a test of the test

    /// @notice A long run by a fixed seed does every deed, meets refusals of each, and keeps every rule.
    function test_handler__long_run__does_every_deed() external {
        uint256 seed = 20_26;
        for (uint256 i; i < LONG_RUN; ++i) {
            handler.anything(uint256(keccak256(abi.encode(seed, i))));
            if (i % 100 == 0) _requireEveryRule();
        }
        _requireEveryRule();
        emit DeedsCounted(_counts(true), _counts(false));
        for (uint256 deed; deed <= uint256(type(Deed).max); ++deed) {
            if (deed != uint256(Deed.ProveFalse)) assertTrue(handler.done(deed) > 0, "each deed is done");
        }
        assertEq(handler.done(uint256(Deed.ProveFalse)), 0, "no false proof is ever taken");
        assertTrue(handler.refused(uint256(Deed.ProveFalse)) > 0, "false proofs are tried");
        for (uint256 deed = uint256(Deed.Commit); deed <= uint256(Deed.Transfer); ++deed) {
            bool fails = deed != uint256(Deed.ReleaseVoid) && deed != uint256(Deed.ForfeitVoid);
            if (fails) assertTrue(handler.refused(deed) > 0, "each deed of a round is refused at times");
        }
    }

    event DeedsCounted(uint256[] done, uint256[] refused);

    function _counts(bool done) private view returns (uint256[] memory counts) {
        counts = new uint256[](uint256(type(Deed).max) + 1);
        for (uint256 deed; deed < counts.length; ++deed) counts[deed] = done ? handler.done(deed) : handler.refused(deed);
    }

    function _requireEveryRule() private {
        invariant_escrow_is_solvent();
        invariant_items_sold_once();
        invariant_nobody_pays_above_bid();
        invariant_certificate_is_honest();
        invariant_exit_is_open();
        invariant_round_always_ends();
        invariant_phase_never_returns();
        invariant_lineup_is_frozen();
        invariant_next_sequencer_is_known();
    }

    function _firstLatest() private view returns (uint256) {
        uint256 opened = handler.openedRounds();
        return opened > LATEST ? opened - LATEST : 0;
    }
}
