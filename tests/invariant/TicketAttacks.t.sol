// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal} from "../../contracts/interfaces/ICertificateChecker.sol";
import {IPoolErrors} from "../../contracts/interfaces/IPoolErrors.sol";
import {ITicketMarket} from "../../contracts/interfaces/ITicketMarket.sol";
import {ITickets} from "../../contracts/interfaces/ITickets.sol";
import {BasePriceTerms, BaseRule} from "../../contracts/libraries/BasePrice.sol";
import {BidList, BidListTotals} from "../../contracts/libraries/BidList.sol";
import {Bundle} from "../../contracts/libraries/Bundle.sol";
import {Lineup, Lineups} from "../../contracts/libraries/Lineup.sol";
import {Orders} from "../../contracts/libraries/Order.sol";
import {PoolList} from "../../contracts/libraries/PoolList.sol";
import {Curve, CurveKind} from "../../contracts/libraries/PriceCurve.sol";
import {Strip, Strips, TicketIds} from "../../contracts/libraries/Strip.sol";
import {Assertions} from "./support/Assertions.sol";
import {BruteForce, Instance} from "./support/BruteForce.sol";
import {Chance, Dice} from "./support/Chance.sol";
import {TicketStage} from "./support/TicketStage.sol";
import {vm} from "./support/Vm.sol";

/// @title Attacks on the ticket market: lists of pools, lots, tokens, and the book that the checker reads
contract TicketAttacksTest is Assertions {
    using Chance for Dice;

    uint64 private constant MOST = type(uint64).max;
    uint64 private constant FOREVER = type(uint64).max;
    uint256 private constant A = 1;
    uint256 private constant B = 2;
    uint256 private constant C = 4;

    ITicketMarket private market;
    ITickets private tickets;
    bytes private reserves;

    /// @dev Two rounds with the same bundles; in round 0 the base prices are 5 (the start), in round 1 they have moved.
    function setUp() public {
        vm.warp(940);
        vm.roll(10);
        market = _deploy(6);
        tickets = market.tickets();
        reserves = abi.encodePacked(uint64(7), uint64(5), uint64(0));
        _sell(0);
        _sell(1);
    }

    // -------------------------------------------------------------- pool lists

    function testFuzz_bookOf__mutant_of_the_pools__is_refused_or_the_same_book(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        bytes memory pools = _pools(0);
        bytes memory book = tickets.bookOf(0, reserves, pools);
        bytes memory mutant = _mutant(dice, pools);

        try tickets.bookOf(0, reserves, mutant) returns (bytes memory found) {
            assertEq(found, book, "no other book");
            assertEq(mutant, pools, "and no other way to show it");
        } catch (bytes memory why) {
            assertTrue(_isPoolError(selectorOf(why)), "refused by name");
            assertTrue(keccak256(mutant) != keccak256(pools), "the list itself is taken");
        }
    }

    function testFuzz_propose__mutant_of_the_pools__posts_nothing(uint256 seed) external {
        vm.warp(1_055);
        bytes memory mutant = _mutant(Dice(seed), _pools(0));
        if (keccak256(mutant) == keccak256(_pools(0))) return;

        (bool ok, bytes memory why) = address(market).call(abi.encodeCall(ITicketMarket.propose, (0, mutant, new uint16[](0))));

        assertTrue(!ok && _isPoolError(selectorOf(why)), "refused by name");
        assertTrue(!market.assignmentOf(0).posted, "nothing is posted");
    }

    function test_bookOf__pools_of_another_round__reverts_NoSuchStrip() external view {
        (bool taken, bytes memory why) = _tryBook(1, _pools(0));
        assertTrue(!taken && selectorOf(why) == IPoolErrors.NoSuchStrip.selector, "NoSuchStrip");
    }

    function test_bookOf__pools_left_out_doubled_or_turned__reverts_WrongPools() external view {
        bytes memory pools = _pools(0);
        (bytes memory first, bytes memory rest) = (_slice(pools, 0, 11), _slice(pools, 11, 33));
        bytes[4] memory lists = [rest, first, bytes.concat(first, pools), bytes.concat(rest, first)];
        for (uint256 i; i < 4; ++i) {
            (bool taken, bytes memory why) = _tryBook(0, lists[i]);
            assertTrue(!taken && selectorOf(why) == IPoolErrors.WrongPools.selector, "WrongPools");
        }
    }

    // --------------------------------------------------------------------- lots

    function testFuzz_drawnOf__any_lot__is_accepted_only_for_the_right_strip(uint256 seed) external {
        Dice memory dice = Dice(seed);
        uint256 point = tickets.poolsOf(0).drawPoint;
        vm.roll(point + 1);
        bytes32 hash = bytes32(dice.next());
        vm.setBlockhash(point, hash);
        uint256[3] memory bundles = [A | B, C, B | C];
        uint256 bundle = bundles[dice.below(3)];
        uint256 sold = bundle == C ? 4 : bundle == A | B ? 12 : 3;
        uint64 baseTicks = dice.oneIn(4) ? uint64(dice.below(9)) : 5;
        uint16 start = uint16(dice.oneIn(8) ? dice.next() : dice.below(sold + 1));

        uint256 word = uint256(keccak256(abi.encode(hash, block.chainid, address(tickets), 0, bundle)));
        uint256 winning = ((word >> 128) * sold + ((word & type(uint128).max) * sold >> 128)) >> 128;
        (bool exists, uint256 end) = _endOf(bundle, start);
        exists = exists && baseTicks == 5;
        bool right = exists && start <= winning && winning < end;

        assertTrue(tickets.seedOf(0) == hash, "the round's seed");
        try tickets.drawnOf(hash, 0, bundle, baseTicks, sold, start) returns (uint256 id, uint256 ticket, address holder) {
            assertTrue(right, "only the strip that holds the ticket");
            assertEq(ticket, winning, "the ticket that the seed names");
            assertEq(id, tickets.idOf(0, bundle, 5, start), "its token");
            assertTrue(holder == _buyer(bundle, start), "its holder");
        } catch (bytes memory why) {
            assertTrue(!right, "the right strip is accepted");
            assertTrue(selectorOf(why) == (exists ? IPoolErrors.WrongStrip.selector : IPoolErrors.NoSuchStrip.selector), "refused by name");
        }
    }

    function test_draw__strips_of_another_round__reverts_NoSuchStrip() external {
        (, bytes memory why) = address(tickets).call(abi.encodeCall(ITickets.drawnOf, (bytes32(uint256(7)), 1, A | B, 5, 12, 0)));
        assertTrue(selectorOf(why) == IPoolErrors.NoSuchStrip.selector, "the base price of round 0 names no pool of round 1");
    }

    // --------------------------------------------------------------------- fees

    /// @dev The round has ended by time with a partition, and nobody has settled it: its fees are the last proposer's, whoever is refunded first.
    function test_refund__ended_round_that_nobody_has_settled__leaves_the_fee_to_the_proposer() external {
        vm.warp(1_055);
        market.propose(0, _pools(0), new uint16[](1));
        vm.warp(1_090);
        uint256 before = tickets.accountOf(address(this)).freeTicks;

        tickets.refund(0, C, 5, 0, 0, 2);

        assertEq(tickets.accountOf(address(this)).freeTicks - before, 20, "what four tickets paid, and no fee");
        before = market.accountOf(address(this)).freeTicks;
        market.settle(0, market.checker().appraise(reserves, tickets.bookOf(0, reserves, _pools(0)), new uint16[](1)));
        assertEq(market.accountOf(address(this)).freeTicks - before, 3 * TicketStage.FEE_TICKS, "the fees of three pools");
    }

    function test_takeFees__second_time__reverts_FeesTaken() external {
        vm.prank(address(market));
        assertEq(tickets.takeFees(0), 3 * TicketStage.FEE_TICKS, "the fees of three pools");
        vm.prank(address(market));
        (bool taken, bytes memory why) = address(tickets).call(abi.encodeCall(ITickets.takeFees, (0)));
        assertTrue(!taken, "once");
        assertEq(why, abi.encodeWithSelector(ITickets.FeesTaken.selector, 0), "FeesTaken");
    }

    // ------------------------------------------------------------------- tokens

    /// @dev Tickets 7 to 12 at a base price of 5 and a target of 6 cost 5, 5, 5, 7, 9 and 10: of 41 ticks, half of the tickets takes 20 with it.
    function test_split__price_that_cannot_be_divided__leaves_the_odd_tick_to_the_rest() external view {
        (,,, uint64 before) = tickets.stripOf(tickets.idOf(0, A | B, 5, 0));
        (,,, uint64 first) = tickets.stripOf(tickets.idOf(0, A | B, 5, 6));
        (,,, uint64 all) = tickets.stripOf(tickets.idOf(0, A | B, 5, 9));
        assertEq(before, 30, "six tickets at 5");
        assertEq(first - before, 20, "rounded down");
        assertEq(all - first, 21, "the rest");
    }

    function testFuzz_poolOf__two_pools__meet_only_where_they_are_one(uint32[2] memory rounds, uint256[2] memory bundles, uint64[2] memory bases, uint8 same)
        external
        pure
    {
        if (same & 1 == 1) rounds[1] = rounds[0];
        if (same & 2 == 2) bundles[1] = bundles[0];
        if (same & 4 == 4) bases[1] = bases[0];
        bool one = rounds[0] == rounds[1] && bundles[0] == bundles[1] && bases[0] == bases[1];
        uint256 first = TicketIds.poolOf(rounds[0], bundles[0], bases[0]);
        uint256 second = TicketIds.poolOf(rounds[1], bundles[1], bases[1]);
        assertTrue((first == second) == one, "one pool, one range");
        assertTrue((first >> 16 == second >> 16) == one, "whatever the start");
    }

    function testFuzz_poolOf__any_start__stays_in_the_pools_range(uint32 round, uint256 bundle, uint64 baseTicks, uint16 start) external pure {
        uint256 pool = TicketIds.poolOf(round, bundle, baseTicks);
        assertEq(TicketIds.poolOf(pool | start), pool, "the pool of a strip");
        assertEq(TicketIds.startOf(pool | start), start, "its start");
        assertEq(TicketIds.roundOf(pool | start), round, "its round");
        assertEq((pool | start) - pool, start, "nothing of the pool's part is set by a start");
    }

    function testFuzz_make__any_strip__round_trips(address holder, address next, uint16 end, uint64 revenueTicks) external pure {
        Strip strip = Strips.make(holder, end, revenueTicks);
        assertTrue(strip.holder() == holder && strip.end() == end && strip.revenueTicks() == revenueTicks, "what was put in");
        Strip moved = strip.heldBy(next);
        assertTrue(moved.holder() == next && moved.end() == end && moved.revenueTicks() == revenueTicks, "the same strip in another hand");
        assertTrue(strip.isEmpty() == (holder == address(0) && end == 0 && revenueTicks == 0), "only nothing is empty");
    }

    /// @dev The largest pool there is: 65,534 tickets. What follows its last strip is still its own range, and no strip of it.
    function test_buy__largest_pool__is_full_at_its_capacity_and_touches_no_other() external {
        vm.warp(940);
        market = _deploy(32_767);
        tickets = market.tickets();
        vm.warp(1_000);
        tickets.deposit{value: 10_000_000 gwei}(address(this));
        uint256 id = tickets.open(0, A | B, 0, 65_532, MOST, FOREVER);
        uint256 last = tickets.buy(Orders.make(0, 5, 0, 2, MOST, FOREVER), A | B);

        (, uint256 start, uint256 end,) = tickets.stripOf(last);
        assertTrue(last == id + 65_532 && start == 65_532 && end == 65_534, "the last tickets");
        (bool bought, bytes memory why) = address(tickets).call(abi.encodeCall(ITickets.buy, (Orders.make(0, 5, uint16(start), 1, MOST, FOREVER), A | B)));
        assertEq(why, abi.encodeWithSelector(ITickets.TicketsOutOfRange.selector, 1, 0), "full");
        assertTrue(!bought, "full");
        uint256 rest = tickets.split(last, 65_533, 0);
        assertTrue(rest == id + 65_533 && tickets.balanceOf(address(this), rest) == 1, "split at the end of the range");
        for (uint256 past = 65_534; past <= 65_535; ++past) {
            (bool exists,) = address(tickets).call(abi.encodeCall(ITickets.stripOf, (id + past)));
            assertTrue(!exists, "no strip past the capacity");
        }
        (bool next,) = address(tickets).call(abi.encodeCall(ITickets.stripOf, (id + 65_536)));
        assertTrue(!next, "nor in the range of the next round");
    }

    // --------------------------------------------------------------------- book

    /// @dev What the checker relies on a sealed-bid market's audit for holds of every chunk that pools make.
    function testFuzz_writeOffer__any_pools__pass_the_audit_and_are_appraised_alike(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        Lineup memory lineup;
        lineup.size = 1 + dice.below(20);
        lineup.active = Bundle.wrap((1 << lineup.size) - 1);
        for (uint256 i; i < lineup.size; ++i) lineup.reserves = abi.encodePacked(lineup.reserves, uint64(dice.below(50)));
        uint256 maskBytes = Lineups.maskBytes(lineup.size);
        uint256 count = 1 + dice.below(8);
        uint256[] memory bundles = new uint256[](count);
        uint256[] memory values = new uint256[](count);
        bytes memory book = PoolList.blank(count, maskBytes);
        uint256 length;
        for (uint256 j; j < count; ++j) {
            bundles[j] = dice.oneIn(3) ? 1 << dice.below(lineup.size) : 1 + dice.below((1 << lineup.size) - 1);
            values[j] = Lineups.reservesOf(lineup.reserves, Bundle.wrap(bundles[j])) + 1 + (dice.oneIn(4) ? dice.below(2 ** 57) : dice.below(90));
            length = PoolList.writeOffer(book, length, 1 + j, values[j], bundles[j], maskBytes);
        }
        PoolList.close(book, length);

        Instance memory instance = BruteForce.read(lineup.reserves, book);
        assertEq(instance.offers.length, count, "an offer a pool");
        uint256 at;
        for (uint16 j; j < count; ++j) {
            bool single = bundles[j] & (bundles[j] - 1) == 0;
            uint256 next = at + 32 + (single ? 1 : maskBytes);
            BidListTotals memory totals = this.audit(_slice(book, at + 22, next), lineup);
            assertTrue(totals.offers == 1 && totals.exposureTicks == values[j], "the audit's totals");
            assertTrue(instance.offers[j].mask == bundles[j] && instance.offers[j].valueTicks == values[j], "read byte by byte");
            assertEq(uint160(instance.offers[j].bidder), 1 + j, "in the bidder's place the tickets");
            uint16[] memory winners = new uint16[](1);
            winners[0] = j;
            Appraisal memory appraisal = market.checker().appraise(lineup.reserves, book, winners);
            assertTrue(appraisal.winners[0].bundle == bundles[j] && appraisal.winners[0].valueTicks == values[j], "as the checker reads it");
            assertEq(uint160(appraisal.winners[0].bidder), 1 + j, "the tickets as the checker reads them");
            at = next;
        }
        assertEq(at, book.length, "nothing behind the last chunk");
    }

    function audit(bytes calldata list, Lineup memory lineup) external pure returns (BidListTotals memory) {
        return BidList.audit(list, lineup);
    }

    // ------------------------------------------------------------------- stage

    function _deploy(uint16 target) private returns (ITicketMarket made) {
        made = TicketStage.deploy(Curve(CurveKind.Linear, target, 0, 0, 0), BasePriceTerms(BaseRule.Eip1559, uint64(TicketStage.START_TICKS), 0));
        vm.deal(address(this), 1 ether);
        made.deposit{value: 3 * TicketStage.DEPOSIT_TICKS * TicketStage.TICK_WEI}(address(this));
        made.register(7, address(this), address(this));
        made.register(5, address(this), address(this));
        made.register(0, address(this), address(this));
    }

    /// @dev Pools in this order: A|B full in three strips [0, 6), [6, 9), [9, 12); C four tickets in two strips; B|C three in one.
    function _sell(uint256 round) private {
        vm.warp(1_000 + 60 * round);
        tickets.deposit{value: 1_000 gwei}(address(this));
        tickets.open(round, A | B, round == 0 ? 0 : 9, 6, MOST, FOREVER);
        (,, uint64 baseTicks) = tickets.pricedOf(A | B);
        uint256 rest = tickets.buy(Orders.make(uint32(round), baseTicks, 0, 6, MOST, FOREVER), A | B);
        tickets.split(rest, 9, 0);
        tickets.open(round, C, round == 0 ? 0 : 3, 3, MOST, FOREVER);
        (,, baseTicks) = tickets.pricedOf(C);
        tickets.buy(Orders.make(uint32(round), baseTicks, 0, 1, MOST, FOREVER), C);
        tickets.open(round, B | C, 0, 3, MOST, FOREVER);
        if (round == 0) tickets.transfer(address(0xb0b), tickets.idOf(0, A | B, 5, 6), 3);
    }

    function _pools(uint256 round) private view returns (bytes memory pools) {
        if (round == 0) return abi.encodePacked(uint8(A | B), uint64(5), uint16(9), uint8(C), uint64(5), uint16(3), uint8(B | C), uint64(5), uint16(0));
        (,, uint64 first) = tickets.pricedOf(A | B);
        (,, uint64 second) = tickets.pricedOf(C);
        (,, uint64 third) = tickets.pricedOf(B | C);
        return abi.encodePacked(uint8(A | B), first, uint16(9), uint8(C), second, uint16(3), uint8(B | C), third, uint16(0));
    }

    function _endOf(uint256 bundle, uint256 start) private pure returns (bool exists, uint256 end) {
        if (bundle == B | C) return (start == 0, 3);
        if (bundle == C) return (start == 0 || start == 3, start == 0 ? 3 : 4);
        return (start == 0 || start == 6 || start == 9, start == 0 ? 6 : start + 3);
    }

    function _buyer(uint256 bundle, uint256 start) private view returns (address) {
        return bundle == A | B && start == 6 ? address(0xb0b) : address(this);
    }

    function _tryBook(uint256 round, bytes memory pools) private view returns (bool taken, bytes memory why) {
        return address(tickets).staticcall(abi.encodeCall(ITickets.bookOf, (round, reserves, pools)));
    }

    function _isPoolError(bytes4 name) private pure returns (bool) {
        return name == IPoolErrors.RaggedPoolList.selector || name == IPoolErrors.NoSuchStrip.selector || name == IPoolErrors.NotLastStrip.selector
            || name == IPoolErrors.WrongPools.selector;
    }

    /// @dev A byte changed, cut anywhere, pools turned, doubled or left out, a pool of the other round, bytes more.
    function _mutant(Dice memory dice, bytes memory pools) private view returns (bytes memory mutant) {
        mutant = bytes.concat(pools);
        uint256 how = dice.below(7);
        uint256 i = 11 * dice.below(3);
        uint256 j = 11 * dice.below(3);
        if (how < 2) {
            uint256 at = dice.below(mutant.length);
            mutant[at] = how == 0 ? bytes1(uint8(mutant[at]) ^ uint8(1 << dice.below(8))) : bytes1(uint8(dice.below(16)));
        } else if (how == 2) {
            mutant = _slice(mutant, 0, dice.below(mutant.length));
        } else if (how == 3) {
            for (uint256 b; b < 11; ++b) (mutant[i + b], mutant[j + b]) = (mutant[j + b], mutant[i + b]);
        } else if (how == 4) {
            mutant = bytes.concat(_slice(mutant, 0, i + 11), _slice(mutant, i, mutant.length));
        } else if (how == 5) {
            bytes memory others = _pools(1);
            for (uint256 b; b < 11; ++b) mutant[i + b] = others[j + b];
        } else {
            mutant = bytes.concat(_slice(mutant, 0, i), _slice(mutant, i + 11, mutant.length), dice.oneIn(2) ? bytes("") : _slice(_pools(1), j, j + 11));
        }
    }

    function _slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) part[i - from] = data[i];
    }
}
