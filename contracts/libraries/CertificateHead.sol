// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ByteReader} from "./ByteReader.sol";
import {PriceTable} from "./PriceTable.sol";
import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @notice A subset-row cut: coefficient ⌊|B ∩ rows| / divisor⌋, right-hand side ⌊|U ∩ rows| / divisor⌋.
struct SubsetRow {
    uint256 rows;
    uint256 divisor;
    uint256 weight;
}

/// @notice Prices of XOR groups, by ascending group.
struct GroupPrices {
    uint256[] groups;
    uint256[] prices;
}

/// @notice What stands before the tree of a certificate.
/// @param prices of the rollups
/// @param spare what prices and weights may add up to beyond what they do
/// @param budget after the root's prices and cuts, cliques among them
/// @param hinted rollups by which live offers are indexed; 0 where the budget closes the proof, all where the root has cliques
/// @param width of a price
/// @param cliques where the root's cliques begin, 0 where it has none
/// @param cursor where the tree begins
struct Head {
    uint256 scale;
    uint256 granularity;
    uint256 valueTicks;
    uint256 excessTicks;
    uint256[] winners;
    uint256[] prices;
    GroupPrices groups;
    SubsetRow[] cuts;
    uint256 spare;
    int256 budget;
    uint256 hinted;
    uint256 width;
    uint256 cliques;
    uint256 cursor;
}

/// @title Fields: reads a certificate from front to end
/// @notice [F1] A field past the end reads what follows it in calldata, or zeros. So every reader ends with a comparison of its cursor and the length.
library Fields {
    using ByteReader for bytes;

    uint256 internal constant MAX_PRICE_BYTES = 8;
    uint256 internal constant CLIQUE_HEAD_BYTES = 2;

    function groupPrices(bytes calldata data, uint256 cursor, uint256 width) internal pure returns (GroupPrices memory its, uint256) {
        unchecked {
            // counts and widths of a few bytes, prices below 2^64 of which there are less than 2^17: far below 2^256
            uint256 count = data.uintAt(cursor, 2);
            cursor += 2;
            requireWithin(data, cursor + count * (2 + width));
            its.groups = new uint256[](count);
            its.prices = new uint256[](count);
            for (uint256 i; i < count; ++i) {
                uint256 group = data.uintAt(cursor, 2);
                if (i != 0 && group <= its.groups[i - 1]) revert ICertificateErrors.ItemsNotAscending(its.groups[i - 1], group);
                its.groups[i] = group;
                its.prices[i] = data.uintAt(cursor + 2, width);
                cursor += 2 + width;
            }
            return (its, cursor);
        }
    }

    function subsetRows(bytes calldata data, uint256 cursor, uint256 width, uint256 rollups)
        internal
        pure
        returns (SubsetRow[] memory cuts, uint256)
    {
        unchecked {
            // counts and widths of a few bytes, prices below 2^64 of which there are less than 2^17: far below 2^256
            uint256 maskBytes = (rollups + 7) / 8;
            cuts = new SubsetRow[](data.uintAt(cursor++, 1));
            requireWithin(data, cursor + cuts.length * (maskBytes + 1 + width));
            for (uint256 i; i < cuts.length; ++i) {
                uint256 rows = maskAt(data, cursor, rollups);
                uint256 divisor = data.uintAt(cursor + maskBytes, 1);
                if (divisor == 0) revert ICertificateErrors.ZeroDivisor();
                cuts[i] = SubsetRow(rows, divisor, data.uintAt(cursor + maskBytes + 1, width));
                cursor += maskBytes + 1 + width;
            }
            return (cuts, cursor);
        }
    }

    /// @notice A mask of rollups. Raises UnknownItem.
    function maskAt(bytes calldata data, uint256 cursor, uint256 rollups) internal pure returns (uint256 mask) {
        unchecked {
            // at most 2^8 rollups
            uint256 maskBytes = (rollups + 7) / 8;
            if (maskBytes == 0) return 0;
            mask = data.uintAt(cursor, maskBytes);
            // a shift by 256 leaves 0
            if (mask >> rollups != 0) revert ICertificateErrors.UnknownItem(255 - leadingZeros(mask), rollups);
        }
    }

    function widthAt(bytes calldata data, uint256 cursor) internal pure returns (uint256 width) {
        width = data.uintAt(cursor, 1);
        if (width == 0 || width > MAX_PRICE_BYTES) revert ICertificateErrors.PriceWidthOutOfRange(width, MAX_PRICE_BYTES);
    }

    function requireWithin(bytes calldata data, uint256 end) internal pure {
        if (end > data.length) revert ICertificateErrors.TruncatedCertificate(end, data.length);
    }

    function leadingZeros(uint256 word) internal pure returns (uint256 zeros) {
        assembly ("memory-safe") {
            zeros := clz(word)
        }
    }

    /// @notice The lowest rollup, or position, of a set that isn't empty.
    function lowest(uint256 mask) internal pure returns (uint256) {
        unchecked {
            return 255 - leadingZeros(mask & (~mask + 1)); // not empty: fewer than 256 zeros; ~mask is less than 2^256 − 1
        }
    }

    /// @notice The mask of so many rollups.
    function everything(uint256 rollups) internal pure returns (uint256) {
        unchecked {
            // at most 2^8 rollups
            return rollups == 256 ? type(uint256).max : (1 << rollups) - 1;
        }
    }

    /// @notice The price of a group, 0 where none is named. In assembly because every offer of a group asks for it: 70 gas for each halving.
    function priceOf(GroupPrices memory its, uint256 group) internal pure returns (uint256 price) {
        assembly ("memory-safe") {
            let low := add(mload(its), 32)
            let apart := sub(mload(add(its, 32)), mload(its)) // from a group to its price
            for { let high := add(low, shl(5, mload(mload(its)))) } lt(low, high) {} {
                let middle := add(low, shl(5, shr(6, sub(high, low))))
                let found := mload(middle)
                if eq(found, group) {
                    price := mload(add(middle, apart))
                    break
                }
                switch lt(found, group)
                case 0 { high := middle }
                default { low := add(middle, 32) }
            }
        }
    }

    /// @notice What the cliques at `cursor` weigh together, and where they end. Raises TruncatedCertificate.
    function weightOfCliques(bytes calldata data, uint256 cursor, uint256 positionBytes, uint256 width) internal pure returns (uint256 weight, uint256) {
        unchecked {
            // at most 255 cliques of at most 2^16 members, weights below 2^64
            uint256 left = data.uintAt(cursor++, 1);
            while (true) {
                requireWithin(data, cursor);
                if (left-- == 0) return (weight, cursor);
                cursor += CLIQUE_HEAD_BYTES + data.uintAt(cursor, CLIQUE_HEAD_BYTES) * positionBytes + width;
                weight += data.uintAt(cursor - width, width); // [F1]
            }
        }
    }

    /// @notice What the cuts add to the slack of an offer on `mask`, or to the budget of uncovered rollups `mask`. In assembly because every live offer pays for every cut: 80 gas where they share no rollup, and
    /// 40 a rollup that they share; in plain Solidity three times as much. No sum overflows: at most 255 cuts add less than 2^8 · 2^64 each.
    function weigh(SubsetRow[] memory cuts, uint256 mask) internal pure returns (uint256 sum) {
        assembly ("memory-safe") {
            let last := add(cuts, shl(5, mload(cuts)))
            for {} lt(cuts, last) {} {
                cuts := add(cuts, 32)
                let cut := mload(cuts) // rows ‖ divisor, not 0 ‖ weight
                let common := and(mask, mload(cut))
                if common {
                    let count := 0
                    for {} common { common := and(common, sub(common, 1)) } { count := add(count, 1) }
                    sum := add(sum, mul(div(count, mload(add(cut, 32))), mload(add(cut, 64))))
                }
            }
        }
    }
}

/// @title CertificateHead: the claim and the root prices
library CertificateHead {
    using ByteReader for bytes;

    uint256 internal constant VERSION = 2; // these two and no other are 1 once halved
    uint256 internal constant VERSION_WITH_CLIQUES = 3;
    uint256 internal constant VERSION_WITHOUT_PROOF = 0;
    uint256 internal constant POSITION_BYTES = 2; // of the root's cliques, which are read before it is known how many offers are indexed
    uint256 private constant MAX_SCALE = 32;
    uint256 private constant CLAIM_BYTES = 30;

    /// @notice Reads the head of a proof over `rollups` rollups. Raises UnknownVersion, ScaleOutOfRange, GranularityDoesNotDivide, ExcessBelowGranularity,
    /// PriceWidthOutOfRange, PricesOutOfRange, ItemsNotAscending, UnknownItem, ZeroDivisor, TruncatedCertificate.
    function read(bytes calldata data, uint256 rollups) internal pure returns (Head memory head) {
        Fields.requireWithin(data, CLAIM_BYTES);
        uint256 version = data.uintAt(0, 1);
        if (version >> 1 != VERSION >> 1) revert ICertificateErrors.UnknownVersion(version);
        head.scale = scaleAt(data, 1);
        head.granularity = data.uintAt(2, 8);
        if (head.granularity == 0) revert ICertificateErrors.GranularityDoesNotDivide(0, 0);
        head.valueTicks = data.uintAt(10, 10);
        head.excessTicks = data.uintAt(20, 8);
        if (head.excessTicks < head.granularity) {
            revert ICertificateErrors.ExcessBelowGranularity(head.excessTicks, head.granularity);
        }
        uint256 cursor;
        (head.winners, cursor) = _winners(data, 28);
        _readPrices(head, data, cursor, rollups, version == VERSION_WITH_CLIQUES ? POSITION_BYTES : 0);
    }

    function scaleAt(bytes calldata data, uint256 cursor) internal pure returns (uint256 scale) {
        scale = data.uintAt(cursor, 1);
        if (scale > MAX_SCALE) revert ICertificateErrors.ScaleOutOfRange(scale, MAX_SCALE);
    }

    /// @notice Reads `00 ‖ winners`, the head of a reading that proves nothing.
    function readWinners(bytes calldata data) internal pure returns (uint256[] memory winners, uint256 cursor) {
        return _winners(data, 1);
    }

    function _winners(bytes calldata data, uint256 cursor) private pure returns (uint256[] memory winners, uint256) {
        unchecked {
            // counts and widths of a few bytes, prices below 2^64 of which there are less than 2^17: far below 2^256
            winners = new uint256[](data.uintAt(cursor, 2));
            cursor += 2;
            Fields.requireWithin(data, cursor + 2 * winners.length);
            for (uint256 i; i < winners.length; ++i) {
                winners[i] = data.uintAt(cursor, 2);
                cursor += 2;
                if (i != 0 && winners[i] <= winners[i - 1]) revert ICertificateErrors.WinnersNotAscending(winners[i - 1], winners[i]);
            }
            return (winners, cursor);
        }
    }

    /// @param positionBytes of the root's cliques, 0 where it has none
    function _readPrices(Head memory head, bytes calldata data, uint256 cursor, uint256 rollups, uint256 positionBytes) private pure {
        unchecked {
            // counts and widths of a few bytes, prices below 2^64 of which there are less than 2^17: far below 2^256
            uint256 width = Fields.widthAt(data, cursor++);
            Fields.requireWithin(data, cursor + rollups * width);
            head.prices = new uint256[](rollups);
            uint256 sum;
            uint256[] memory prices = head.prices;
            assembly ("memory-safe") {
                let shift := sub(256, shl(3, width))
                let from := add(data.offset, cursor)
                let end := add(add(prices, 32), shl(5, rollups))
                for { let at := add(prices, 32) } lt(at, end) { at := add(at, 32) } {
                    let price := shr(shift, calldataload(from))
                    mstore(at, price)
                    sum := add(sum, price)
                    from := add(from, width)
                }
            }
            cursor += rollups * width;
            (head.groups, cursor) = Fields.groupPrices(data, cursor, width);
            for (uint256 i; i < head.groups.prices.length; ++i) sum += head.groups.prices[i];
            (head.cuts, cursor) = Fields.subsetRows(data, cursor, width, rollups);
            uint256 weights;
            for (uint256 i; i < head.cuts.length; ++i) weights += head.cuts[i].weight;
            uint256 limit = 1 << PriceTable.PRICE_BITS;
            if (sum + weights >= limit) revert ICertificateErrors.PricesOutOfRange(sum + weights, limit);
            head.spare = limit - 1 - sum - weights;

            uint256 gained = sum + Fields.weigh(head.cuts, Fields.everything(rollups));
            // fits: V < 2^80, excess < 2^64, scale ≤ 32
            head.budget = int256(gained) - int256(head.valueTicks + head.excessTicks << head.scale);
            if (positionBytes != 0) {
                (head.width, head.cliques, head.hinted) = (width, cursor, Fields.everything(rollups));
                (gained, cursor) = Fields.weightOfCliques(data, cursor, positionBytes, width);
                head.budget += int256(gained);
            } else if (head.budget >= 0) {
                head.hinted = Fields.maskAt(data, cursor, rollups);
                cursor += (rollups + 7) / 8;
            }
            Fields.requireWithin(data, cursor);
            head.cursor = cursor;
        }
    }
}
