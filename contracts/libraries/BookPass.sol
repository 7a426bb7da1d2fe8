// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Boards} from "./Board.sol";
import {ByteReader} from "./ByteReader.sol";
import {Captures} from "./Captures.sol";
import {Fields, Head, SubsetRow} from "./CertificateHead.sol";
import {Cuts, CutTable} from "./CutTable.sol";
import {LaidOut, PriceLoops} from "./PriceLoops.sol";
import {PriceTable} from "./PriceTable.sol";
import {RecordReader, Records} from "./RecordReader.sol";
import {Appraisal, ICertificateErrors, WinningOffer} from "../interfaces/ICertificateChecker.sol";

/// @notice A walk over a book under way.
/// @param priced whether there are prices to check
/// @param tables where those of `laidOut` are to be filled once a mask asks for them; 0 once they are
/// @param laidOut the prices
/// @param cuts the subset rows
/// @param groups of the chunks so far
/// @param nextWinner, nextOffer which winner comes next, and its offer, or NO_OFFER
/// @param least slacks below it are refused: 0, or nothing where cliques are still to come [K7]
/// @param room slacks below it are captured, all negative ones among them
/// @param end where the live offers end that were captured so far, see `Board`
struct Pass {
    uint256 rollups;
    bool priced;
    uint256 tables;
    LaidOut laidOut;
    Cuts cuts;
    uint256 groups;
    uint256 nextWinner;
    uint256 nextOffer;
    int256 least;
    int256 room;
    uint256 end;
}

/// @title BookPass: one walk over the chunks of an offer book against the root prices of a certificate
/// @notice A record's price less its value is computed with a few loads from a table; only where that isn't above the budget is the record looked at, with its group and the cuts. The rest
/// are dropped: their slack exceeds the budget, as groups and cuts only add to it.
///
/// [K1] `reveal` audited every record that the digest binds: values of at least 1, rollups below n, bundles of two rollups or more, ascending. For other books only the digest means anything; nothing
///      here writes outside its memory for any book.
/// [K2] See `PriceLoops`; `_requireValues` holds value·2^scale below 2^58.
/// [K5] Groups add less than 2^58 to a slack, cuts at most 255 · 2^8 · 2^58.
/// [K7] Where the root has cliques the budget counts their weights, and slacks are still without them, as they only add. What isn't captured has a slack above the budget and of at least 0, with them or without.
///      All that was captured, the negative among it, is looked at once they are added (`PriceNode.narrow`).
/// [K3] While a walk runs nothing is allocated: it captures live offers at the end of the allocated memory, and `Board` takes them over.
library BookPass {
    using ByteReader for bytes;

    uint256 private constant CHUNK_HEAD_BYTES = 22;
    uint256 private constant LIST_HEAD_BYTES = 2;
    uint256 private constant MAX_OFFERS = type(uint16).max;
    uint256 private constant MAX_ROLLUPS = 256;
    uint256 private constant NO_OFFER = type(uint256).max;

    /// @notice Rollups that the reserves speak of. Raises RaggedReserves, TooManyRollups.
    function rollupsOf(bytes calldata reserves) internal pure returns (uint256 rollups) {
        if (reserves.length % 8 != 0) revert ICertificateErrors.RaggedReserves(reserves.length);
        rollups = reserves.length / 8;
        if (rollups > MAX_ROLLUPS) revert ICertificateErrors.TooManyRollups(rollups, MAX_ROLLUPS);
    }

    /// @notice An appraisal of nothing, to be filled by `walk`.
    function blank(uint256 rollups, uint256 winners) internal pure returns (Appraisal memory appraisal) {
        appraisal.winners = new WinningOffer[](winners);
        appraisal.singleTicks = singlesFor(rollups);
    }

    /// @notice A zero for each rollup, and room behind them for any byte: `PriceLoops.singles` writes where a record says, and not every book was audited [K1].
    function singlesFor(uint256 rollups) internal pure returns (uint64[] memory singleTicks) {
        singleTicks = new uint64[](MAX_ROLLUPS);
        assembly ("memory-safe") {
            mstore(singleTicks, rollups) // only ever shortens
        }
    }

    /// @notice Sets up a walk without prices.
    function begin(uint256 rollups, uint256[] memory winners, Appraisal memory appraisal) internal pure returns (Pass memory pass) {
        pass.rollups = rollups;
        uint64[] memory singleTicks = appraisal.singleTicks;
        uint256 highest;
        assembly ("memory-safe") {
            highest := add(singleTicks, 32)
        }
        pass.laidOut.highest = highest;
        pass.laidOut.limit = type(int256).min;
        pass.nextOffer = winners.length == 0 ? NO_OFFER : winners[0];
    }

    /// @notice Sets up a walk against prices; `tables` is their room, see `PriceTable.reserve`. Nothing may be allocated from here to the end of the walk [K3].
    function beginPriced(uint256 rollups, uint256 tables, Head memory head, Appraisal memory appraisal) internal pure returns (Pass memory pass) {
        unchecked {
            // a budget and prices below 2^113, at most 2^16 offers
            pass = begin(rollups, head.winners, appraisal);
            pass.priced = true;
            int256 room = _roomOf(head);
            pass.room = room;
            if (head.cliques != 0) pass.least = type(int256).min;
            LaidOut memory laidOut = pass.laidOut;
            pass.tables = tables;
            PriceLoops.pair(laidOut, tables, (rollups + 7) / 8);
            laidOut.flat = PriceTable.flat(head.prices);
            pass.cuts = CutTable.layOut(head.cuts, head.spare);
            laidOut.limit = room >= int256(1 << PriceTable.PRICE_BITS) ? type(int256).max : room << PriceTable.TOP;
            laidOut.shift = PriceTable.TOP + head.scale;
            pass.end = Boards.base();
        }
    }

    /// @notice Sets up the end of a walk whose chunks were read: prices need no tables then. All cuts are weighed one by one, of which those in the lanes of a `CutTable` are 0 on one rollup.
    function beginEnd(uint256 rollups, Head memory head, Appraisal memory appraisal, bool priced) internal pure returns (Pass memory pass) {
        pass = begin(rollups, head.winners, appraisal);
        pass.priced = priced;
        pass.room = _roomOf(head);
        pass.cuts.others = head.cuts;
        pass.end = Boards.base();
    }

    /// @dev A slack below it is within the budget.
    function _roomOf(Head memory head) private pure returns (int256) {
        unchecked {
            // a budget below 2^113
            return head.budget < 0 ? int256(0) : head.budget + 1;
        }
    }

    /// @notice Goes on where a reading stopped, after so many groups and offers.
    function resume(Pass memory pass, Head memory head, uint256 groups, uint256 offers) internal pure {
        unchecked {
            // at most 2^16 offers
            pass.groups = groups;
            while (pass.nextWinner < head.winners.length && head.winners[pass.nextWinner] < offers) ++pass.nextWinner;
            pass.nextOffer = pass.nextWinner == head.winners.length ? NO_OFFER : head.winners[pass.nextWinner];
        }
    }

    /// @notice Walks over the chunks of `book`. Raises the first block of errors, ValueOutOfRange, GranularityDoesNotDivide, NegativeSlack.
    function walk(Pass memory pass, Head memory head, bytes calldata book, Appraisal memory appraisal, Records memory chunk) internal pure {
        unchecked {
            // positions in calldata, at most 2^16 offers of less than 2^64 ticks; slacks by [K2] and [K5]
            uint256 at;
            while (at < book.length) {
                _open(pass, book, at, appraisal.offers, chunk);
                if (pass.priced) _requireValues(head, chunk);
                _price(pass, head, book, chunk);
                _winners(pass, head.winners, chunk, appraisal);
                at = chunk.end - RecordReader.start(book);
                appraisal.bookDigest = _fold(appraisal.bookDigest, chunk, pass.priced ? pass.end : Boards.base());
                appraisal.offers += chunk.count;
                pass.groups += RecordReader.groupsIn(chunk);
                if (appraisal.offers > MAX_OFFERS) revert ICertificateErrors.TooManyOffersInBook(appraisal.offers, MAX_OFFERS);
            }
        }
    }

    /// @notice After the last chunk: winners all met, unsold rollups counted, the stand-alone offers of rollups priced like offers.
    /// Raises UnknownWinner, UnknownItem, WrongValue, and like `walk`.
    function finish(Pass memory pass, Head memory head, bytes calldata reserves, Appraisal memory appraisal) internal pure {
        unchecked {
            // positions in calldata, at most 2^16 offers of less than 2^64 ticks; slacks by [K2] and [K5]
            if (pass.nextOffer != NO_OFFER) revert ICertificateErrors.UnknownWinner(pass.nextOffer, appraisal.offers);
            uint256 unsold;
            for (uint256 i; i < pass.rollups; ++i) {
                if ((appraisal.sold >> i) & 1 == 0) unsold += reserves.uintAt(8 * i, 8);
            }
            appraisal.valueTicks += unsold;
            if (!pass.priced) return;
            _standAlone(pass, head, reserves, appraisal.offers);

            uint256 named = head.groups.groups.length;
            if (named != 0 && head.groups.groups[named - 1] >= pass.groups) {
                revert ICertificateErrors.UnknownItem(pass.rollups + head.groups.groups[named - 1], pass.rollups + pass.groups);
            }
            if (appraisal.valueTicks != head.valueTicks) revert ICertificateErrors.WrongValue(head.valueTicks, appraisal.valueTicks);
            appraisal.excessTicks = head.excessTicks;
            appraisal.exact = head.excessTicks == head.granularity;
        }
    }

    // ----------------------------------------------------------------- chunks

    function _open(Pass memory pass, bytes calldata book, uint256 at, uint256 first, Records memory chunk) private pure {
        unchecked {
            // positions in calldata, at most 2^16 offers of less than 2^64 ticks; slacks by [K2] and [K5]
            uint256 head = at + CHUNK_HEAD_BYTES + LIST_HEAD_BYTES;
            if (head > book.length) revert ICertificateErrors.TruncatedBook(head, book.length);
            RecordReader.open(chunk, book, at, (pass.rollups + 7) / 8);
            chunk.first = first;
            _requireWithin(book, chunk);
        }
    }

    function _requireWithin(bytes calldata book, Records memory chunk) private pure {
        unchecked {
            // positions in calldata
            uint256 end = chunk.end - RecordReader.start(book);
            if (end > book.length) revert ICertificateErrors.TruncatedBook(end, book.length);
        }
    }

    /// @dev keccak256(digest ‖ chunk), which is what the market folds at every reveal. `scratch` lies beyond all that is in use.
    function _fold(bytes32 digest, Records memory chunk, uint256 scratch) private pure returns (bytes32 next) {
        (uint256 from, uint256 to) = (chunk.begin, chunk.end);
        assembly ("memory-safe") {
            mstore(scratch, digest)
            calldatacopy(add(scratch, 32), from, sub(to, from))
            next := keccak256(scratch, add(sub(to, from), 32))
        }
    }

    /// @dev Where the widths alone don't show it [K2], or all values must be divided.
    function _requireValues(Head memory head, Records memory chunk) private pure {
        unchecked {
            // positions in calldata, at most 2^16 offers of less than 2^64 ticks; slacks by [K2] and [K5]
            uint256 limit = 1 << (PriceTable.PRICE_BITS - head.scale);
            if (8 * chunk.width + head.scale <= PriceTable.PRICE_BITS && head.granularity == 1) return;
            uint256 at = chunk.singlesAt;
            for (uint256 i; i < chunk.count; ++i) {
                (uint256 value, uint256 next) = RecordReader.valueAt(chunk, i, at);
                if (value >= limit) revert ICertificateErrors.ValueOutOfRange(chunk.first + i, value, limit);
                if (value % head.granularity != 0) revert ICertificateErrors.GranularityDoesNotDivide(head.granularity, value);
                at = next;
            }
        }
    }

    function _winners(Pass memory pass, uint256[] memory winners, Records memory chunk, Appraisal memory appraisal) private pure {
        unchecked {
            // positions in calldata, at most 2^16 offers of less than 2^64 ticks; slacks by [K2] and [K5]
            uint256 next = chunk.first + chunk.count;
            if (pass.nextOffer >= next) return;
            uint256 groupsWon; // a bit each: groups of a chunk are below 256
            while (pass.nextOffer < next) groupsWon = _win(pass, winners, chunk, appraisal, pass.nextOffer - chunk.first, groupsWon);
        }
    }

    function _win(
        Pass memory pass,
        uint256[] memory winners,
        Records memory chunk,
        Appraisal memory appraisal,
        uint256 index,
        uint256 groupsWon
    ) private pure returns (uint256) {
        unchecked {
            // at most 2^16 offers of less than 2^64 ticks
            (uint256 group, uint256 value, uint256 mask) = RecordReader.recordAt(chunk, index < chunk.singles, RecordReader.locate(chunk, index));
            uint256 offer = pass.nextOffer;
            if (appraisal.sold & mask != 0) revert ICertificateErrors.WinnersOverlap(offer, mask, appraisal.sold);
            if (group != 0 && (groupsWon >> group) & 1 == 1) revert ICertificateErrors.GroupWinsTwice(offer, pass.groups + group - 1);

            WinningOffer memory won = appraisal.winners[pass.nextWinner++];
            won.bidder = chunk.bidder;
            won.offer = uint16(offer); // fits: read from a field of 2 bytes, or handed in as such
            won.valueTicks = uint64(value); // fits: a field of at most 8 bytes
            won.bundle = mask;
            appraisal.sold |= mask;
            appraisal.valueTicks += value;
            pass.nextOffer = pass.nextWinner == winners.length ? NO_OFFER : winners[pass.nextWinner];
            return group == 0 ? groupsWon : groupsWon | 1 << group;
        }
    }

    // ---------------------------------------------------------------- pricing

    /// @dev First the singles, then the bundles; says where lists end. Without prices no slack is below the limit, so that no single is left to be looked at.
    function _price(Pass memory pass, Head memory head, bytes calldata book, Records memory chunk) private pure {
        unchecked {
            // at most 2^16 offers
            LaidOut memory laidOut = pass.laidOut;
            _look(pass, head, chunk, PriceLoops.singles(laidOut, chunk, pass.end), true);
            uint256 tail;
            if (chunk.listed != 0) {
                if (pass.priced) tail = PriceLoops.lists(laidOut, chunk, pass.end);
                else chunk.end = RecordReader.afterLists(chunk, chunk.count - chunk.singles);
                _requireWithin(book, chunk);
            }
            if (!pass.priced) return;
            if (chunk.listed == 0) {
                if (pass.tables != 0) PriceTable.fill(pass.tables, head.prices);
                pass.tables = 0;
                if (chunk.maskBytes > 4) {
                    tail = PriceLoops.wideMasks(laidOut, chunk, pass.end);
                } else {
                    bool isPlain = chunk.grouped == 0 && head.cuts.length == 0 && head.cliques == 0 && head.budget < 0;
                    tail = PriceLoops.masks(laidOut, chunk, pass.end, isPlain ? PriceLoops.signs(laidOut, chunk) : 0);
                }
            }
            _look(pass, head, chunk, tail, false);
        }
    }

    /// @dev Looks at the records that a loop left between the pass's end and `tail`: those that are live and hinted become entries of the board.
    function _look(Pass memory pass, Head memory head, Records memory chunk, uint256 tail, bool isSingle) private pure {
        uint256 from = pass.end;
        bool isMasked = isSingle || chunk.listed != 0 || pass.cuts.rows != 0;
        if (!isSingle && isMasked) tail = CutTable.add(pass.cuts, chunk, from, tail, pass.laidOut.limit); // [R2]
        if (from == tail) return;
        bool isWhole = chunk.grouped == 0 && pass.cuts.others.length == 0; // nothing more comes to a slack
        uint256 hinted = isWhole ? head.hinted : type(uint256).max;
        int256 least = isWhole ? pass.least : type(int256).min;
        (uint256 end, uint256 wrong) = Captures.take(chunk, from, tail, isSingle, isMasked, hinted, least);
        if (wrong != tail) revert ICertificateErrors.NegativeSlack(Boards.offerOf(end), int256(Boards.word(end, 2)));
        if (isWhole) pass.end = end;
        else _weighOthers(pass, head, chunk, end, isSingle);
    }

    /// @dev Adds what groups and the rows without lanes do to the slacks of the entries from the pass's end to `end`, and keeps those that are live and hinted.
    function _weighOthers(Pass memory pass, Head memory head, Records memory chunk, uint256 end, bool isSingle) private pure {
        unchecked {
            // memory addresses; slacks by [K2] and [K5]
            uint256 back = chunk.width + (isSingle ? 1 : chunk.maskBytes) - 31; // from where a record stands to its group
            if (chunk.listed != 0 && !isSingle) back = 1;
            for (uint256 at = pass.end; at < end; at += Boards.ENTRY_BYTES) {
                (uint256 mask, uint256 meta) = Boards.pairAt(at);
                int256 slack = int256(Boards.word(at, 2) + Fields.weigh(pass.cuts.others, mask));
                uint256 tag;
                if (chunk.grouped != 0) tag = RecordReader.byteAt(Boards.word(at, 3) - back);
                if (tag != 0) {
                    tag += pass.groups;
                    slack += int256(Fields.priceOf(head.groups, tag - 1));
                }
                if (slack < pass.room) _put(pass, head.hinted, mask, meta >> 64, tag, uint32(meta), slack);
            }
        }
    }

    function _put(Pass memory pass, uint256 hinted, uint256 mask, uint256 value, uint256 groupTag, uint256 offer, int256 slack) private pure {
        unchecked {
            // memory addresses
            if (slack < pass.least) revert ICertificateErrors.NegativeSlack(offer, slack);
            if (mask & hinted == 0) return;
            Boards.put(pass.end, mask, value, groupTag, offer, uint256(slack));
            pass.end += Boards.ENTRY_BYTES;
        }
    }

    /// @dev The stand-alone offers of rollups.
    function _standAlone(Pass memory pass, Head memory head, bytes calldata reserves, uint256 offers) private pure {
        unchecked {
            // reserves are below 2^64, slacks by [K2] and [K5]
            uint256 limit = 1 << (PriceTable.PRICE_BITS - head.scale);
            (uint256[] memory prices, uint256 granularity, uint256 scale) = (head.prices, head.granularity, head.scale);
            SubsetRow[] memory cuts = pass.cuts.others; // [R2]
            for (uint256 i; i < prices.length; ++i) {
                uint256 reserve = reserves.uintAt(8 * i, 8);
                if (reserve >= limit) revert ICertificateErrors.ValueOutOfRange(offers + i, reserve, limit);
                if (reserve % granularity != 0) revert ICertificateErrors.GranularityDoesNotDivide(granularity, reserve);
                int256 slack = int256(prices[i]) - int256(reserve << scale);
                if (cuts.length != 0) slack += int256(Fields.weigh(cuts, 1 << i));
                if (slack < pass.room) _put(pass, head.hinted, 1 << i, reserve, 0, offers + i, slack);
            }
        }
    }
}
