// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Boards} from "../../contracts/libraries/Board.sol";
import {BookPass, Pass} from "../../contracts/libraries/BookPass.sol";
import {GroupPrices, Head, SubsetRow} from "../../contracts/libraries/CertificateHead.sol";
import {Frames, Proof} from "../../contracts/libraries/Frame.sol";
import {ItemBranch} from "../../contracts/libraries/ItemBranch.sol";
import {PlainItems} from "../../contracts/test/PlainItems.sol";
import {PriceTable} from "../../contracts/libraries/PriceTable.sol";
import {Records} from "../../contracts/libraries/RecordReader.sol";
import {Appraisal, ICertificateErrors} from "../../contracts/interfaces/ICertificateChecker.sol";
import {Assertions} from "./support/Assertions.sol";
import {Chance, Dice} from "./support/Chance.sol";
import {Bid, ListWriter} from "./support/ListWriter.sol";

/// @title The checker's assembly against plain loops: the root pass, the board, the search, cliques
contract CheckerTwinsTest is Assertions {
    using Chance for Dice;

    struct Offer {
        uint256 mask;
        uint256 value;
        uint256 groupTag;
        uint256 slack;
    }

    // -------------------------------------------------------------- root pass

    /// @dev PriceTable, PriceLoops, CutTable, Captures and RecordReader at once, over every shape of a list.
    function testFuzz_root_pass__any_list__leaves_what_a_plain_loop_leaves(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        uint256 rollups = _drawRollups(dice);
        Head memory head = _drawHead(dice, rollups);
        Bid[] memory bids = _drawBids(dice, rollups, head);
        ListWriter.order(bids);
        bytes memory list = ListWriter.pack(dice, bids, (rollups + 7) / 8);
        bytes memory book = abi.encodePacked(address(uint160(dice.next())), uint16(bids.length), list);

        bytes memory expected = _plainPass(head, bids);
        (, bytes memory found) = address(this).staticcall(abi.encodeCall(this.rootPass, (head, book)));

        assertEq(found, expected, "what the pass leaves, or its error");
    }

    function rootPass(Head calldata given, bytes calldata book) external pure returns (Offer[] memory live) {
        uint256 rollups = given.prices.length;
        uint256 tables = PriceTable.reserve(rollups); // before the head is copied to memory, as in the checker
        Head memory head = given;
        Appraisal memory appraisal = BookPass.blank(rollups, 0);
        Records memory chunk;
        Pass memory pass = BookPass.beginPriced(rollups, tables, head, appraisal);
        uint256 from = pass.end;
        BookPass.walk(pass, head, book, appraisal, chunk);
        Boards.take(pass.end);
        live = new Offer[]((pass.end - from) / Boards.ENTRY_BYTES);
        for (uint256 i; i < live.length; ++i) {
            uint256 entry = from + i * Boards.ENTRY_BYTES;
            (uint256 mask, uint256 meta) = Boards.pairAt(entry);
            require(uint32(meta) < appraisal.offers, "a number past the book");
            live[i] = Offer(mask, meta >> 64, uint32(meta >> 32), Boards.word(entry, 2));
        }
    }

    function _plainPass(Head memory head, Bid[] memory bids) private pure returns (bytes memory) {
        Offer[] memory live = new Offer[](bids.length);
        uint256 count;
        for (uint256 j; j < bids.length; ++j) {
            int256 slack = int256(_priceOf(head, bids[j])) - int256(bids[j].valueTicks << head.scale);
            if (slack < 0 && head.cliques == 0) return abi.encodeWithSelector(ICertificateErrors.NegativeSlack.selector, j, slack);
            if ((slack >= 0 && slack > head.budget) || bids[j].mask & head.hinted == 0) continue;
            live[count++] = Offer(bids[j].mask, bids[j].valueTicks, bids[j].group, uint256(slack));
        }
        Offer[] memory exact = new Offer[](count);
        for (uint256 i; i < count; ++i) exact[i] = live[i];
        return abi.encode(exact);
    }

    function _priceOf(Head memory head, Bid memory bid) private pure returns (uint256 sum) {
        for (uint256 i; i < head.prices.length; ++i) {
            if ((bid.mask >> i) & 1 == 1) sum += head.prices[i];
        }
        for (uint256 i; i < head.groups.groups.length; ++i) {
            if (bid.group == head.groups.groups[i] + 1) sum += head.groups.prices[i];
        }
        for (uint256 i; i < head.cuts.length; ++i) sum += _count(bid.mask & head.cuts[i].rows) / head.cuts[i].divisor * head.cuts[i].weight;
    }

    function _drawHead(Dice memory dice, uint256 rollups) private pure returns (Head memory head) {
        head.scale = dice.below(4);
        head.granularity = 1;
        head.prices = new uint256[](rollups);
        uint256 limit = (uint256(1) << (dice.oneIn(4) ? 40 : 12)) << head.scale;
        for (uint256 i; i < rollups; ++i) head.prices[i] = dice.oneIn(6) ? 0 : dice.below(limit);
        head.groups = GroupPrices(new uint256[](0), new uint256[](0));
        if (dice.oneIn(3)) {
            head.groups = GroupPrices(new uint256[](2), new uint256[](2));
            (head.groups.groups[0], head.groups.groups[1]) = (dice.below(2), 2 + dice.below(3));
            (head.groups.prices[0], head.groups.prices[1]) = (dice.below(limit), dice.below(limit));
        }
        head.cuts = new SubsetRow[](!dice.oneIn(3) ? 0 : 1 + dice.below(dice.oneIn(4) ? 140 : 6)); // at times more than have lanes
        for (uint256 i; i < head.cuts.length; ++i) {
            head.cuts[i] = SubsetRow(dice.next() & _all(rollups), 1 + dice.below(3), dice.below(limit));
            if (!dice.oneIn(8)) _narrow(dice, head.cuts[i], rollups);
        }
        head.spare = dice.below(2 * limit);
        head.budget = dice.oneIn(4) ? -1 : int256(dice.below(limit));
        head.cliques = dice.oneIn(3) ? 1 : 0; // slacks may then be negative
        head.hinted = head.cliques != 0 ? _all(rollups) : head.budget < 0 ? 0 : dice.oneIn(3) ? dice.next() & _all(rollups) : _all(rollups);
    }

    /// @dev Few rollups, near each other or not: a row as cuts are.
    function _narrow(Dice memory dice, SubsetRow memory row, uint256 rollups) private pure {
        row.divisor = 1 + dice.below(dice.oneIn(4) ? 255 : 5);
        row.rows = 0;
        for (uint256 left = row.divisor + dice.below(2 * row.divisor); left != 0; --left) row.rows |= 1 << dice.below(dice.oneIn(2) ? rollups : rollups / 8 + 1);
    }

    /// @dev Most at most at their price, so that lists get through; one in a hundred may be dearer.
    function _drawBids(Dice memory dice, uint256 rollups, Head memory head) private pure returns (Bid[] memory bids) {
        bids = new Bid[](1 + dice.below(12));
        for (uint256 j; j < bids.length; ++j) {
            uint256 mask = _drawMask(dice, rollups);
            bids[j] = Bid(dice.oneIn(3) ? 1 + dice.below(4) : 0, 1, mask);
        }
        ListWriter.order(bids);
        for (uint256 j; j < bids.length; ++j) {
            uint256 price = _priceOf(head, bids[j]) >> head.scale;
            uint256 worth = dice.oneIn(2) ? price - dice.below(price + 1) / 64 : dice.below(price + 1);
            if (dice.oneIn(head.cliques == 0 ? 100 : 3)) worth = price + 1 + dice.below(8);
            bids[j].valueTicks = worth == 0 ? 1 : worth;
        }
    }

    // ------------------------------------------------------------------ board

    function testFuzz_board__any_offers__has_the_sets_of_a_plain_loop(uint256 seed) external pure {
        Dice memory dice = Dice(seed);
        uint256 rollups = 1 + dice.below(40);
        Offer[] memory offers = _drawOffers(dice, rollups, 1 + dice.below(dice.oneIn(4) ? 600 : 40), 1000);
        if (dice.oneIn(3)) for (uint256 j; j < offers.length; ++j) if (offers[j].groupTag != 0) offers[j].groupTag = 1 + dice.below(700); // classes of several groups
        uint256 hinted = dice.oneIn(3) ? dice.next() & _all(rollups) : _all(rollups);
        Board memory board = _boardOf(offers, hinted, rollups);
        Boards.hold(board);
        uint256 budget = 1 + dice.below(1200);
        uint256 set = Boards.zeroed(board.words);
        Boards.fill(set, board.count);
        Boards.makeBuckets(board, budget > 1000 ? budget : 1000, set);

        uint256 c = dice.below(board.count);
        uint256 entry = board.entries + c * Boards.ENTRY_BYTES;
        uint256 afford = board.buckets + 32 * board.words * (dice.below(1001) >> board.shift);
        uint256 clashing = Boards.clashesOf(board, entry, Boards.reserved(board.words + 3));
        uint256 left = (afford - board.buckets) / 32 / board.words << board.shift; // the least budget of its bucket
        for (uint256 d; d < offers.length; ++d) {
            uint256 bit = 1 << (d % 256);
            for (uint256 i; i < rollups; ++i) {
                bool holds = (offers[d].mask & hinted) >> i & 1 == 1;
                assertTrue((Boards.word(board.holdings, i * board.words + d / 256) & bit != 0) == holds, "holdings");
            }
            bool clashes = offers[c].mask & offers[d].mask & hinted != 0 || (offers[c].groupTag != 0 && offers[c].groupTag == offers[d].groupTag);
            assertTrue((Boards.word(clashing, d / 256) & bit != 0) == clashes, "clashes");
            if (offers[d].slack <= left) assertTrue(Boards.word(afford, d / 256) & bit != 0, "who can afford a budget is in its bucket");
            if (offers[d].slack > left + (1 << board.shift)) assertTrue(Boards.word(afford, d / 256) & bit == 0, "buckets are narrow");
        }
    }

    // ----------------------------------------------------------------- search

    function testFuzz_items__any_hints__assembly_and_plain_search_agree(uint256 seed) external view {
        bytes memory hints = new bytes(48);
        Dice memory dice = Dice(uint256(keccak256(abi.encode(seed, "hints"))));
        uint256 rollups = 3 + seed % 6;
        for (uint256 i; i < hints.length; ++i) hints[i] = bytes1(uint8(dice.oneIn(40) ? 255 - dice.below(8) : dice.below(rollups)));

        for (uint256 pad; pad <= 600; pad += 300) {
            (bool ran, bytes memory found) = address(this).staticcall(abi.encodeCall(this.search, (seed, rollups, hints, pad, false)));
            (bool plainRan, bytes memory expected) = address(this).staticcall(abi.encodeCall(this.search, (seed, rollups, hints, pad, true)));

            assertTrue(ran == plainRan, "both or neither");
            assertEq(found, expected, "where the search stops, or its error");
        }
    }

    /// @param pad so many more offers than may be alive: sets then have several words
    function search(uint256 seed, uint256 rollups, bytes calldata hints, uint256 pad, bool plain)
        external
        pure
        returns (uint256 cursor, uint256 depth, uint256[5] memory state)
    {
        Dice memory dice = Dice(seed);
        uint256 few = 2 + dice.below(24);
        Offer[] memory offers = _drawOffers(dice, rollups, few + pad, 100);
        Proof memory proof;
        proof.rollups = rollups;
        proof.codeBytes = 1;
        proof.threshold = 30 + dice.below(200);
        proof.board = _boardOf(offers, dice.oneIn(4) ? dice.next() & _all(rollups) : _all(rollups), rollups);
        uint256 budget = dice.below(160);
        uint256 frame = Frames.push(proof.board, 0, _all(rollups), budget, 0);
        uint256 alive = frame + Frames.ALIVE;
        Boards.clear(alive, proof.board.words);
        for (uint256 left = few; left != 0; --left) {
            uint256 position = dice.below(offers.length);
            Boards.setWord(alive, position / 256, Boards.word(alive, position / 256) | 1 << (position % 256));
        }
        Boards.makeBuckets(proof.board, budget > 100 ? budget : 100, alive);
        Boards.hold(proof.board);
        proof.cursor = 1;

        uint256 child = _search(proof, hints, frame, uint8(hints[0]) % rollups, plain);
        cursor = proof.cursor;
        if (child == 0) return (cursor, 0, state);
        for (uint256 at = child; at != 0; at = Boards.word(at, 0)) ++depth;
        for (uint256 i; i < 3; ++i) state[i] = Boards.word(child, 1 + i);
        state[3] = Boards.word(child + Frames.ALIVE, 0);
        state[4] = Boards.word(child + Frames.ALIVE, proof.board.words - 1);
    }

    function _search(Proof memory proof, bytes calldata hints, uint256 frame, uint256 item, bool plain) private pure returns (uint256) {
        if (plain) return PlainItems.search(proof, hints, frame, item);
        ItemBranch.open(proof, frame, item);
        return ItemBranch.run(proof, hints, frame, frame);
    }

    // ---------------------------------------------------------------- drawing

    function _boardOf(Offer[] memory offers, uint256 hinted, uint256 rollups) private pure returns (Board memory board) {
        uint256 from = Boards.base();
        uint256 end = from;
        for (uint256 j; j < offers.length; ++j) {
            Boards.put(end, offers[j].mask, offers[j].value, offers[j].groupTag, j, offers[j].slack);
            end += Boards.ENTRY_BYTES;
        }
        Boards.index(board, from, end, hinted, rollups, true);
    }

    function _drawOffers(Dice memory dice, uint256 rollups, uint256 count, uint256 mostSlack) private pure returns (Offer[] memory offers) {
        offers = new Offer[](count);
        for (uint256 j; j < count; ++j) {
            offers[j] = Offer(_drawMask(dice, rollups), dice.below(60), dice.oneIn(3) ? 1 + dice.below(4) : 0, dice.below(mostSlack));
        }
    }

    function _drawRollups(Dice memory dice) private pure returns (uint256) {
        uint256 kind = dice.below(4);
        if (kind == 0) return 1 + dice.below(32);
        if (kind == 1) return 33 + dice.below(32);
        return kind == 2 ? 2 + dice.below(10) : 65 + dice.below(192);
    }

    function _drawMask(Dice memory dice, uint256 rollups) private pure returns (uint256 mask) {
        uint256 most = dice.oneIn(10) ? rollups : 5;
        for (uint256 left = 1 + dice.below(most); left != 0; --left) mask |= 1 << dice.below(rollups);
    }

    function _all(uint256 rollups) private pure returns (uint256) {
        return rollups == 256 ? type(uint256).max : (1 << rollups) - 1;
    }

    function _count(uint256 mask) private pure returns (uint256 count) {
        for (; mask != 0; mask &= mask - 1) ++count;
    }
}
