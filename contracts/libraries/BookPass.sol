// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AliveList} from "./AliveList.sol";
import {BidList} from "./BidList.sol";
import {Bundle} from "./Bundle.sol";
import {ByteReader} from "./ByteReader.sol";
import {Appraisal, ICertificateErrors, WinningOffer} from "../interfaces/ICertificateChecker.sol";

/// @notice What the headers of a book say, and its digest.
struct BookSurvey {
    bytes32 digest;
    uint256 offers;
    uint256 groups;
}

/// @notice The root prices, as the pass needs them.
/// @param scale prices and slacks are in units of 2^-scale tick
/// @param granularity a number that must divide every value and reserve
/// @param budget root budget after the prices
/// @param priceOfByte for byte b of a mask and its value v, at 256·b + v, the sum of the prices of those eight rollups
/// @param groupPrices by global group number
struct RootPrices {
    uint256 scale;
    uint256 granularity;
    int256 budget;
    int256[] priceOfByte;
    int256[] groupPrices;
}

/// @title BookPass: one walk over the whole offer book of a round
/// @notice The book is a run of chunks, one a reveal: `bidder (20) ‖ count (2) ‖ count records` (see `BidList`). Its digest is
/// the chain d ← keccak256(d ‖ chunk) from 0, which is what the market folds at every reveal. A group's global number is its number within
/// its chunk, less 1, plus the groups of the chunks before.
///
/// [P1] Prices are below 2^127 in size, at most 256 rollups and 65,535 groups are priced, scale ≤ 64, values < 2^64, T < 2^80: each sum stays below
///      2^145 in size, so the unchecked signed arithmetic can't overflow.
library BookPass {
    using ByteReader for bytes;

    uint256 internal constant CHUNK_HEAD_BYTES = 22;
    uint256 internal constant MAX_OFFERS = type(uint16).max;
    uint256 internal constant MAX_ROLLUPS = 256;
    uint256 internal constant LIVE_WORDS = 3;
    uint256 private constant NO_OFFER = type(uint256).max;

    /// @notice Digest, offers and groups of a book. Raises TruncatedBook, TooManyOffersInBook.
    function survey(bytes calldata book, uint256 maskBytes) internal pure returns (BookSurvey memory seen) {
        uint256 step = BidList.recordBytes(maskBytes);
        uint256 offset;
        while (offset < book.length) {
            uint256 count = _chunkCount(book, offset);
            uint256 size = chunkBytes(count, maskBytes);
            require(offset + size <= book.length, ICertificateErrors.TruncatedBook(offset + size, book.length));

            seen.digest = fold(seen.digest, book[offset:offset + size]);
            seen.offers += count;
            uint256 record = offset + CHUNK_HEAD_BYTES;
            uint256 groups;
            unchecked {
                // Nothing wraps: the records lie within the book, checked above.
                for (uint256 end = offset + size; record < end; record += step) {
                    uint256 group = book.uintAt(record, 1);
                    if (group > groups) groups = group;
                }
            }
            seen.groups += groups;
            offset += size;
        }
        require(seen.offers <= MAX_OFFERS, ICertificateErrors.TooManyOffersInBook(seen.offers, MAX_OFFERS));
    }

    /// @notice The next digest of a book: keccak256(digest ‖ chunk).
    function fold(bytes32 digest, bytes calldata chunk) internal pure returns (bytes32 next) {
        assembly ("memory-safe") {
            let scratch := mload(0x40) // beyond what is allocated, and left unallocated
            mstore(scratch, digest)
            calldatacopy(add(scratch, 32), chunk.offset, chunk.length)
            next := keccak256(scratch, add(chunk.length, 32))
        }
    }

    /// @notice Bytes that a reveal of `offers` bids takes in the book.
    function chunkBytes(uint256 offers, uint256 maskBytes) internal pure returns (uint256) {
        return CHUNK_HEAD_BYTES + offers * BidList.recordBytes(maskBytes);
    }

    /// @notice The digest after a reveal, whose chunk is `bidder (20) ‖ count (2) ‖ records`.
    function extend(bytes32 digest, address bidder, uint16 count, bytes calldata records) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(digest, bidder, count, records));
    }

    /// @notice Values the partition of `winners` against the whole book, without prices.
    function appraise(bytes calldata reserves, bytes calldata book, uint256[] memory winners)
        internal
        pure
        returns (Appraisal memory appraisal)
    {
        RootPrices memory none;
        (appraisal,) = walk(reserves, book, winners, survey(book, maskBytesOf(reserves)), none);
    }

    /// @notice Mask bytes of the records in a book over these reserves. Raises RaggedReserves, TooManyRollups.
    function maskBytesOf(bytes calldata reserves) internal pure returns (uint256) {
        require(reserves.length % 8 == 0, ICertificateErrors.RaggedReserves(reserves.length));
        uint256 rollups = reserves.length / 8;
        require(rollups <= MAX_ROLLUPS, ICertificateErrors.TooManyRollups(rollups, MAX_ROLLUPS));
        return (rollups + 7) / 8;
    }

    /// @notice The walk. With prices it also requires each slack to be at least 0 and returns the live offers, in index order: those of
    /// the book, then the stand-alone offers of rollups.
    /// @return appraisal of the winners
    /// @return live three words an offer: mask, `value (64) ‖ group + 1 (32) ‖ offer (32)`, slack
    function walk(
        bytes calldata reserves,
        bytes calldata book,
        uint256[] memory winners,
        BookSurvey memory seen,
        RootPrices memory root
    ) internal pure returns (Appraisal memory appraisal, uint256[] memory live) {
        appraisal.bookDigest = seen.digest;
        appraisal.offers = seen.offers;
        appraisal.winners = new WinningOffer[](winners.length);
        appraisal.singleTicks = new uint64[](reserves.length / 8);
        _requireAscending(winners, seen.offers);

        bool priced = root.priceOfByte.length != 0;
        Walk memory state = Walk({
            rollups: reserves.length / 8,
            maskBytes: maskBytesOf(reserves),
            priced: priced,
            nextWinner: 0,
            nextOffer: winners.length == 0 ? NO_OFFER : winners[0],
            groupBase: 0,
            groupWins: new bool[](winners.length == 0 ? 0 : seen.groups),
            live: new uint256[](priced ? LIVE_WORDS * (seen.offers + reserves.length / 8) : 0),
            liveCount: 0
        });
        uint256 offset;
        uint256 offer;
        while (offset < book.length) {
            uint256 count = _chunkCount(book, offset);
            address bidder = address(uint160(book.uintAt(offset, 20)));
            offset += CHUNK_HEAD_BYTES;
            uint256 groups;
            unchecked {
                // Nothing wraps: the records lie within the book, which `survey` has seen, and its offers fit in 16 bits.
                for (uint256 end = offer + count; offer < end; ++offer) {
                    (uint256 group, uint256 value, Bundle bundle) = BidList.recordAt(book, offset, state.maskBytes);
                    if (group > groups) groups = group;
                    uint256 groupTag = group == 0 ? 0 : state.groupBase + group;
                    uint256 mask = Bundle.unwrap(bundle);
                    // rollups ≤ 256, and a shift by 256 leaves 0
                    if (mask == 0 || mask >> state.rollups != 0) revert ICertificateErrors.BundleOutOfRange(offer, mask, state.rollups);

                    if (state.priced) _price(root, state, offer, mask, groupTag, value);
                    if (offer == state.nextOffer) _win(appraisal, state, winners, groupTag, bidder, value, mask);
                    if (bundle.isSingleton()) {
                        uint256 rollup = bundle.lowest();
                        if (value > appraisal.singleTicks[rollup]) appraisal.singleTicks[rollup] = uint64(value); // fits: a field of 8 bytes
                    }
                    offset += BidList.recordBytes(state.maskBytes);
                }
            }
            state.groupBase += groups;
        }
        _standAlone(appraisal, state, reserves, root);

        live = state.live;
        uint256 words = LIVE_WORDS * state.liveCount;
        assembly ("memory-safe") {
            mstore(live, words) // only ever shortens
        }
    }

    /// @notice The alive list of all live offers.
    function aliveOf(uint256[] memory live) internal pure returns (uint256[] memory alive) {
        uint256 count = live.length / LIVE_WORDS;
        alive = new uint256[](count);
        uint256 address_;
        assembly ("memory-safe") {
            address_ := add(live, 32)
        }
        for (uint256 i; i < count; ++i) alive[i] = AliveList.word(live[LIVE_WORDS * i + 2], address_ + 32 * LIVE_WORDS * i);
    }

    /// @param nextWinner, nextOffer which winner comes next, and its offer, or NO_OFFER
    /// @param groupBase groups of the chunks before
    struct Walk {
        uint256 rollups;
        uint256 maskBytes;
        bool priced;
        uint256 nextWinner;
        uint256 nextOffer;
        uint256 groupBase;
        bool[] groupWins;
        uint256[] live;
        uint256 liveCount;
    }

    function _chunkCount(bytes calldata book, uint256 offset) private pure returns (uint256) {
        require(offset + CHUNK_HEAD_BYTES <= book.length, ICertificateErrors.TruncatedBook(offset + CHUNK_HEAD_BYTES, book.length));
        return book.uintAt(offset + 20, 2);
    }

    function _requireAscending(uint256[] memory winners, uint256 offers) private pure {
        for (uint256 i; i < winners.length; ++i) {
            if (i > 0) require(winners[i] > winners[i - 1], ICertificateErrors.WinnersNotAscending(winners[i - 1], winners[i]));
            require(winners[i] < offers, ICertificateErrors.UnknownWinner(winners[i], offers));
        }
    }

    function _win(
        Appraisal memory appraisal,
        Walk memory state,
        uint256[] memory winners,
        uint256 groupTag,
        address bidder,
        uint256 value,
        uint256 mask
    ) private pure {
        uint256 offer = state.nextOffer;
        require(appraisal.sold & mask == 0, ICertificateErrors.WinnersOverlap(offer, mask, appraisal.sold));
        if (groupTag != 0) {
            require(!state.groupWins[groupTag - 1], ICertificateErrors.GroupWinsTwice(offer, groupTag - 1));
            state.groupWins[groupTag - 1] = true;
        }
        WinningOffer memory won = appraisal.winners[state.nextWinner++];
        state.nextOffer = state.nextWinner == winners.length ? NO_OFFER : winners[state.nextWinner];
        won.bidder = bidder;
        won.offer = uint16(offer); // fits: `survey` refuses more offers
        won.valueTicks = uint64(value); // fits: a field of 8 bytes
        won.bundle = mask;
        appraisal.sold |= mask;
        appraisal.valueTicks += value;
    }

    function _price(RootPrices memory root, Walk memory state, uint256 offer, uint256 mask, uint256 groupTag, uint256 value)
        private
        pure
    {
        if (value % root.granularity != 0) revert ICertificateErrors.GranularityDoesNotDivide(root.granularity, value);
        int256[] memory sums = root.priceOfByte;
        int256 slack;
        unchecked {
            slack = -int256(value << root.scale); // [P1]
            if (groupTag != 0) slack += root.groupPrices[groupTag - 1];
            uint256 row;
            for (uint256 rest = mask; rest != 0; rest >>= 8) {
                slack += sums[row + (rest & 0xff)];
                row += 256;
            }
        }
        if (slack < 0) revert ICertificateErrors.NegativeSlack(offer, slack);
        if (slack <= root.budget) _push(state, mask, value << 64 | groupTag << 32 | offer, slack);
    }

    /// @dev Rollups that no winner holds count their reserve; each stand-alone offer of a rollup is priced like an offer.
    function _standAlone(Appraisal memory appraisal, Walk memory state, bytes calldata reserves, RootPrices memory root)
        private
        pure
    {
        uint256 rollups = reserves.length / 8;
        for (uint256 i; i < rollups; ++i) {
            uint256 reserve = reserves.uintAt(8 * i, 8);
            uint256 mask = 1 << i;
            if (appraisal.sold & mask == 0) appraisal.valueTicks += reserve;
            if (!state.priced) continue;

            require(reserve % root.granularity == 0, ICertificateErrors.GranularityDoesNotDivide(root.granularity, reserve));
            int256 slack = root.priceOfByte[256 * (i / 8) + (1 << (i % 8))] - int256(reserve << root.scale);
            require(slack >= 0, ICertificateErrors.NegativeSlack(appraisal.offers + i, slack));
            if (slack <= root.budget) _push(state, mask, reserve << 64 | (appraisal.offers + i), slack);
        }
    }

    /// @dev Adds a live offer: mask, `value (64) ‖ group + 1 (32) ‖ offer (32)`, slack.
    function _push(Walk memory state, uint256 mask, uint256 meta, int256 slack) private pure {
        uint256[] memory live = state.live;
        uint256 next = LIVE_WORDS * state.liveCount++;
        live[next] = mask;
        live[next + 1] = meta;
        live[next + 2] = uint256(slack); // not negative: required by the callers
    }
}
