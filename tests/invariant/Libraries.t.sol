// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BidList, BidListTotals} from "../../contracts/libraries/BidList.sol";
import {Blob} from "../../contracts/libraries/Blob.sol";
import {Bundle} from "../../contracts/libraries/Bundle.sol";
import {Chunk} from "../../contracts/libraries/Chunk.sol";
import {Lineup, Lineups} from "../../contracts/libraries/Lineup.sol";
import {RevenueSplit} from "../../contracts/libraries/RevenueSplit.sol";
import {Phase, Schedule, Schedules} from "../../contracts/libraries/Schedule.sol";
import {Sealed, SealedLib} from "../../contracts/libraries/Sealed.sol";
import {Assertions} from "./support/Assertions.sol";
import {Chance, Dice} from "./support/Chance.sol";
import {NaiveAudit} from "./support/NaiveAudit.sol";
import {TinyInstances} from "./support/TinyInstances.sol";

/// @title The pure libraries against naive loops
contract LibrariesTest is Assertions {
    using Chance for Dice;
    using Lineups for Lineup;
    using Schedules for Schedule;

    // ---------------------------------------------------------- RevenueSplit

    function testFuzz_split__any_payment__adds_up_and_covers_reserves(uint256 seed) external view {
        (uint256[] memory reserves, uint256[] memory singles, uint256 reserveSum, uint256 strengthSum) = _drawMembers(Dice(seed));
        uint256 payment = reserveSum + uint256(keccak256(abi.encode(seed))) % (2 * (strengthSum - reserveSum) + 5);

        uint256[] memory shares = this.split(payment, reserves, singles);

        uint256 sum;
        for (uint256 i; i < shares.length; ++i) {
            sum += shares[i];
            assertLe(reserves[i], shares[i], "nobody gets less than its reserve");
            if (payment >= strengthSum) assertLe(_max(reserves[i], singles[i]), shares[i], "nobody gets less than alone");
            if (strengthSum == 0 && i > 0) assertEq(shares[i], payment / shares.length, "equal parts");
        }
        assertEq(sum, payment, "nothing is lost");
    }

    /// @dev A tick more moves no share by more than a tick, but the first, which holds what the floors leave: fewer than one tick a member.
    function testFuzz_split__one_tick_more__moves_shares_continuously(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (uint256[] memory reserves, uint256[] memory singles, uint256 reserveSum, uint256 strengthSum) = _drawMembers(dice);
        if (strengthSum == 0) return;
        uint256 payment = reserveSum + dice.below(2 * (strengthSum - reserveSum) + 5);
        if (dice.oneIn(3) && strengthSum > reserveSum) payment = strengthSum - 1; // where one rule gives way to the other

        uint256[] memory less = this.split(payment, reserves, singles);
        uint256[] memory more = this.split(payment + 1, reserves, singles);

        for (uint256 i = 1; i < less.length; ++i) {
            assertLe(less[i], more[i], "a share doesn't fall");
            assertLe(more[i], less[i] + 1, "a share rises by a tick at most");
        }
        assertLe(less[0] > more[0] ? less[0] - more[0] : more[0] - less[0], less.length, "the first holds the remainders");
        if (payment + 1 == strengthSum) {
            for (uint256 i; i < more.length; ++i) assertEq(more[i], _max(reserves[i], singles[i]), "both rules meet at the strengths");
        }
    }

    function testFuzz_split__below_reserves__reverts_PaymentBelowReserves(uint256 seed) external view {
        (uint256[] memory reserves, uint256[] memory singles, uint256 reserveSum,) = _drawMembers(Dice(seed));
        if (reserveSum == 0) return;

        try this.split(reserveSum - 1, reserves, singles) returns (uint256[] memory) {
            assertTrue(false, "refused");
        } catch (bytes memory why) {
            assertTrue(selectorOf(why) == RevenueSplit.PaymentBelowReserves.selector, "PaymentBelowReserves");
        }
    }

    // -------------------------------------------------------------- Schedule

    function testFuzz_phaseAt__any_time__partitions_time_in_order(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        Schedule memory schedule = _drawSchedule(dice);
        uint256 round = dice.below(dice.oneIn(4) ? 2 ** 32 : 50);
        uint256[6] memory starts = [
            schedule.commitStart(round),
            schedule.revealStart(round),
            schedule.assignStart(round),
            schedule.assignEnd(round),
            schedule.windowStart(round),
            schedule.windowEnd(round)
        ];
        assertEq(starts[0], uint256(schedule.genesis) + round * schedule.periodSeconds, "round k opens at genesis + k periods");

        for (uint256 border; border < 6; ++border) {
            if (border > 0) assertLe(starts[border - 1], starts[border], "borders in order of time");
            for (uint256 step; step < 3; ++step) {
                if (starts[border] + step == 0) continue;
                uint256 timestamp = starts[border] + step - 1;
                uint256 passed;
                while (passed < 6 && starts[passed] <= timestamp) ++passed;
                assertEq(uint256(schedule.phaseAt(round, timestamp)), passed, "as many borders passed as the phase says");
            }
        }
        assertEq(starts[1] - starts[0], schedule.commitSeconds, "commit lasts");
        assertEq(starts[2] - starts[1], schedule.revealSeconds, "reveal lasts");
        assertEq(starts[3] - starts[2], schedule.assignSeconds, "assign lasts");
        assertEq(starts[4] - starts[3], schedule.drawSeconds, "draw lasts");
        assertEq(starts[5] - starts[4], schedule.periodSeconds, "window lasts a period");
        if (round < 2 ** 32 - 1) assertEq(starts[5], schedule.windowStart(round + 1), "windows leave no gap");
    }

    function testFuzz_roundOfSlot__any_time__lies_in_its_window(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        Schedule memory schedule = _drawSchedule(dice);
        uint256 timestamp = _drawTime(dice, schedule);

        (bool sold, uint256 round) = schedule.roundOfSlot(timestamp);

        if (!sold) return assertTrue(timestamp < schedule.windowStart(0) && round == 0, "only before the first window");
        assertLe(schedule.windowStart(round), timestamp, "window has begun");
        assertTrue(timestamp < schedule.windowEnd(round), "window lasts");
        assertTrue(schedule.phaseAt(round, timestamp) == Phase.Window, "the round is in its window");
    }

    function testFuzz_firstUnopenedRound__any_time__is_the_first_pending(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        Schedule memory schedule = _drawSchedule(dice);
        uint256 timestamp = _drawTime(dice, schedule);

        uint256 round = schedule.firstUnopenedRound(timestamp);

        assertTrue(schedule.phaseAt(round, timestamp) == Phase.Pending, "it hasn't opened");
        if (round > 0) assertTrue(schedule.phaseAt(round - 1, timestamp) != Phase.Pending, "the one before has");
    }

    function test_commitStart__past_the_last_round__reverts_RoundOutOfRange() external view {
        Schedule memory schedule = Schedule(1, 2, 3, 4, 5, 6);
        assertEq(this.commitStart(schedule, 2 ** 32 - 1), 1 + 2 * (2 ** 32 - 1), "the last round");
        try this.commitStart(schedule, 2 ** 32) returns (uint256) {
            assertTrue(false, "refused");
        } catch (bytes memory why) {
            assertTrue(selectorOf(why) == Schedules.RoundOutOfRange.selector, "RoundOutOfRange");
        }
    }

    // ---------------------------------------------------------------- Lineup

    struct Terms {
        bool active;
        uint64 reserve;
        uint32 lane;
    }

    function testFuzz_withRollup__any_changes__touch_one_rollup_and_pack_round(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        uint256 limit = dice.oneIn(8) ? 256 : 1 + dice.below(12);
        Terms[] memory naive = new Terms[](256);
        Lineup memory lineup;
        for (uint256 change = 1 + dice.below(6); change > 0; --change) {
            uint256 rollup = dice.below(limit);
            Terms memory terms = Terms(!dice.oneIn(3), uint64(dice.next()), uint32(dice.next()));
            naive[rollup] = terms.active ? terms : Terms(false, 0, 0);

            lineup = lineup.withRollup(rollup, terms.active, terms.reserve, terms.lane);

            _requireSame(lineup, naive);
            Lineup memory unpacked = Lineups.unpack(lineup.pack());
            assertEq(abi.encode(unpacked), abi.encode(lineup), "packing loses nothing");
        }
    }

    function _requireSame(Lineup memory lineup, Terms[] memory naive) private pure {
        uint256 size;
        uint256 active;
        for (uint256 i; i < 256; ++i) {
            if (!naive[i].active) continue;
            size = i + 1;
            active |= 1 << i;
        }
        assertEq(lineup.size, size, "size");
        assertEq(Bundle.unwrap(lineup.active), active, "active");
        assertEq(lineup.reserves.length, 8 * size, "8 bytes a rollup");
        assertEq(lineup.lanes.length, 4 * size, "4 bytes a rollup");
        for (uint256 i; i < size; ++i) {
            assertEq(lineup.reserveTicks(i), naive[i].reserve, "reserve");
            assertEq(lineup.lane(i), naive[i].lane, "lane");
        }
    }

    // ------------------------------------------------------------------ Blob

    function testFuzz_blob__any_bytes__round_trip(bytes memory data) external {
        assertEq(Blob.read(Blob.write(data)), data, "read what was written");
    }

    function test_blob__empty_and_longest__round_trip() external {
        assertEq(Blob.read(Blob.write("")), "", "empty");
        bytes memory longest = new bytes(24_575); // and STOP: the limit of a contract's code
        for (uint256 i; i < longest.length; i += 97) longest[i] = bytes1(uint8(i));
        assertEq(Blob.read(Blob.write(longest)), longest, "longest");
    }

    function testFuzz_blob__called__does_nothing(bytes memory data) external {
        (bool done, bytes memory returned) = Blob.write(data).call("anything");
        assertTrue(done && returned.length == 0, "its first byte is STOP");
    }

    // ---------------------------------------------------------------- Bundle

    function testFuzz_bundle__any_masks__agree_with_naive_loops(uint256 a, uint256 b, uint256 thinner, uint8 rollup) external pure {
        if (thinner & 1 == 1) a &= b; // within
        if (thinner & 2 == 2) a &= 1 << rollup; // at most one
        if (thinner & 12 == 4) b &= ~a; // disjoint
        Bundle left = Bundle.wrap(a);
        Bundle right = Bundle.wrap(b);

        bool within = true;
        uint256 size;
        uint256 lowest = 256;
        uint256 rest;
        for (uint256 i = 256; i > 0;) {
            --i;
            bool inLeft = (a / 2 ** i) % 2 == 1;
            bool inRight = (b / 2 ** i) % 2 == 1;
            if (inLeft && !inRight) within = false;
            if (inLeft) (lowest, size) = (i, size + 1);
            if (inLeft && !inRight) rest += 2 ** i;
            assertTrue(left.contains(i) == inLeft, "contains");
        }
        assertTrue(left.isWithin(right) == within, "isWithin");
        assertTrue(left.isEmpty() == (size == 0), "isEmpty");
        assertTrue(left.isSingleton() == (size == 1), "isSingleton");
        assertEq(left.lowest(), lowest, "lowest");
        assertEq(left.count(), size, "count");
        assertEq(Bundle.unwrap(left.without(right)), rest, "without");
    }

    // ---------------------------------------------------------------- Sealed

    function testFuzz_sealed__any_entry__is_of_one_kind_and_keeps_its_fields(bytes32 commitment, uint64 ticks, uint16 slots) external pure {
        Sealed seal = SealedLib.seal(commitment, ticks, slots);
        Sealed opened = SealedLib.revealed(ticks, slots);
        Sealed closed = SealedLib.CLOSED;

        assertTrue(seal.isSeal() && !seal.isRevealed() && !seal.isEmpty(), "a seal is a seal");
        assertTrue(opened.isRevealed() && !opened.isSeal() && !opened.isEmpty(), "revealed is revealed");
        assertTrue(!closed.isRevealed() && !closed.isSeal() && !closed.isEmpty(), "closed is neither, and not empty");
        assertEq(opened.exposureTicks(), ticks, "exposure");
        assertEq(opened.offers(), slots, "offers");

        unchecked {
            assertTrue(!(seal == SealedLib.seal(commitment, ticks + 1, slots)), "binds the collateral");
            assertTrue(!(seal == SealedLib.seal(commitment, ticks, slots + 1)), "binds the slots");
            assertTrue(!(seal == SealedLib.seal(~commitment, ticks, slots)), "binds the commitment");
        }
    }

    function testFuzz_commitmentOf__anything_changed__is_another(uint64 chain, address market, uint32 round, bytes memory records, bytes32 salt)
        external
        pure
    {
        address bidder = address(uint160(uint256(salt)));
        address other = address(~uint160(bidder));
        bytes32 made = SealedLib.commitmentOf(chain, market, round, bidder, records, salt);

        assertTrue(made != SealedLib.commitmentOf(uint256(chain) + 1, market, round, bidder, records, salt), "chain");
        assertTrue(made != SealedLib.commitmentOf(chain, address(~uint160(market)), round, bidder, records, salt), "market");
        assertTrue(made != SealedLib.commitmentOf(chain, market, uint256(round) + 1, bidder, records, salt), "round");
        assertTrue(made != SealedLib.commitmentOf(chain, market, round, other, records, salt), "bidder");
        assertTrue(made != SealedLib.commitmentOf(chain, market, round, bidder, bytes.concat(records, hex"00"), salt), "records");
        assertTrue(made != SealedLib.commitmentOf(chain, market, round, bidder, records, ~salt), "salt");
    }

    // --------------------------------------------------------------- BidList

    function testFuzz_audit__any_list__agrees_with_naive_audit(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        Lineup memory lineup = _drawLineup(dice);
        uint256 rollups = lineup.size == 0 ? 1 : lineup.size;
        bytes memory list = TinyInstances.drawRecords(dice, dice.below(7), rollups, 40, 1);
        if (dice.oneIn(4) && list.length > 0) list[dice.below(list.length)] = bytes1(uint8(dice.below(4)));
        if (dice.oneIn(16)) list = bytes.concat(list, hex"01");

        (bytes4 expected, uint256 offers, uint256 exposure) =
            NaiveAudit.audit(list, lineup.reserves, Bundle.unwrap(lineup.active));

        try this.audit(list, lineup) returns (BidListTotals memory totals) {
            assertTrue(expected == bytes4(0), "accepts what the naive audit accepts");
            assertEq(totals.offers, offers, "offers");
            assertEq(totals.exposureTicks, exposure, "exposure");
        } catch (bytes memory why) {
            assertTrue(selectorOf(why) == expected, "the naive audit's error");
        }
    }

    // ----------------------------------------------------------------- Chunk

    function testFuzz_extend__any_reveal__is_the_hash_of_digest_and_chunk(bytes32 digest, address bidder, uint16 offers, bytes memory list)
        external
        view
    {
        bytes32 expected = keccak256(abi.encodePacked(digest, bidder, offers, list));
        assertTrue(this.extend(digest, bidder, offers, list) == expected, "digest, bidder, count, list");
    }

    function testFuzz_mostBytes__any_list_that_is_accepted__fits(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        Lineup memory lineup = _drawLineup(dice);
        uint256 rollups = lineup.size == 0 ? 1 : lineup.size;
        bytes memory list = TinyInstances.drawRecords(dice, 1 + dice.below(6), rollups, 1_000_000, 1);

        try this.audit(list, lineup) returns (BidListTotals memory totals) {
            assertLe(22 + list.length, Chunk.mostBytes(totals.offers, (rollups + 7) / 8), "what a commitment reserves suffices");
        } catch {}
    }

    // --------------------------------------------------------------- helpers

    /// @dev Of a bundle of every other rollup; the rollups between are due nothing.
    function split(uint256 payment, uint256[] memory reserves, uint256[] memory singles) external pure returns (uint256[] memory shares) {
        uint256 bundle;
        bytes memory packed;
        uint64[] memory spread = new uint64[](2 * singles.length);
        for (uint256 i; i < reserves.length; ++i) {
            bundle |= 2 << 2 * i;
            packed = abi.encodePacked(packed, type(uint64).max, uint64(reserves[i]));
            (spread[2 * i], spread[2 * i + 1]) = (type(uint64).max, uint64(singles[i]));
        }
        uint256[] memory due = new uint256[](spread.length);
        bytes memory told = RevenueSplit.split(payment, Bundle.wrap(bundle), packed, spread, due);
        shares = new uint256[](reserves.length);
        for (uint256 i; i < shares.length; ++i) {
            shares[i] = due[2 * i + 1];
            require(due[2 * i] == 0 && uint64(bytes8(_slice(told, 8 * i))) == shares[i], "told as due");
        }
        require(told.length == 8 * shares.length, "8 bytes a member");
    }

    function _slice(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
    }

    function commitStart(Schedule memory schedule, uint256 round) external pure returns (uint256) {
        return schedule.commitStart(round);
    }

    function audit(bytes calldata list, Lineup memory lineup) external pure returns (BidListTotals memory) {
        return BidList.audit(list, lineup);
    }

    function extend(bytes32 digest, address bidder, uint16 count, bytes calldata records) external pure returns (bytes32) {
        return Chunk.extend(digest, bidder, count, records);
    }

    function _drawMembers(Dice memory dice)
        private
        pure
        returns (uint256[] memory reserves, uint256[] memory singles, uint256 reserveSum, uint256 strengthSum)
    {
        uint256 members = dice.oneIn(16) ? 128 : 1 + dice.below(6);
        uint256 span = dice.oneIn(4) ? 2 ** 54 : 1 + dice.below(30);
        reserves = new uint256[](members);
        singles = new uint256[](members);
        for (uint256 i; i < members; ++i) {
            reserves[i] = dice.oneIn(3) ? 0 : dice.below(span);
            singles[i] = dice.oneIn(3) ? 0 : dice.below(span);
            reserveSum += reserves[i];
            strengthSum += _max(reserves[i], singles[i]);
        }
    }

    function _drawSchedule(Dice memory dice) private pure returns (Schedule memory schedule) {
        uint256 span = dice.oneIn(4) ? type(uint32).max : 1000;
        schedule = Schedule({
            genesis: uint64(dice.below(dice.oneIn(4) ? 2 ** 64 : 10_000)),
            periodSeconds: uint32(1 + dice.below(span)),
            commitSeconds: uint32(1 + dice.below(span)),
            revealSeconds: uint32(1 + dice.below(span)),
            assignSeconds: uint32(1 + dice.below(span)),
            drawSeconds: uint32(dice.oneIn(3) ? 0 : dice.below(span))
        });
        schedule.requireValid();
    }

    function _drawTime(Dice memory dice, Schedule memory schedule) private pure returns (uint256) {
        if (dice.oneIn(3)) return schedule.genesis + dice.below(2 ** 31) * schedule.periodSeconds; // on a border
        return dice.below(uint256(schedule.genesis) + 50 * uint256(schedule.periodSeconds) + 5000);
    }

    function _drawLineup(Dice memory dice) private pure returns (Lineup memory lineup) {
        uint256 rollups = dice.oneIn(6) ? 9 : 1 + dice.below(5);
        for (uint256 i; i < rollups; ++i) {
            lineup = lineup.withRollup(i, !dice.oneIn(8), uint64(dice.oneIn(2) ? 0 : dice.below(12)), uint32(i));
        }
    }

    function _max(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a : b;
    }
}
