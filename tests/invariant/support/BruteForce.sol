// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ListReader} from "./ListReader.sol";

/// @notice One offer as a naive reader sees it.
/// @param groupTag 0, or the number of its XOR group in the whole book, from 1
/// @param groupBit 0, or the bit of the first offer of that group
struct Offer {
    address bidder;
    uint256 groupTag;
    uint256 groupBit;
    uint256 valueTicks;
    uint256 mask;
}

/// @notice A round as a naive reader sees it.
/// @param audited whether every bid has a value, rollups of the market, and each of them once; two or more after the singles. No market has another book, as `reveal` refuses such bids
struct Instance {
    bool audited;
    uint256 rollups;
    uint256 groups;
    Offer[] offers;
    uint256[] reserves;
}

/// @title BruteForce: every packing of an instance, one by one
/// @notice Shares nothing with the contracts: it reads the book byte by byte, and knows no price.
library BruteForce {
    struct Best {
        uint256 valueTicks;
        uint256 chosen; // bit j: offer j wins
        uint256 packings;
    }

    /// @notice The highest value of a packing, reserves of the rest included, and one packing that is worth it.
    function solve(Instance memory instance) internal pure returns (Best memory best) {
        _extend(instance, best, 0, 0, 0, 0, 0);
    }

    /// @notice What a choice of offers is worth; `feasible` is false where two of them share a rollup or a group.
    function valueOf(Instance memory instance, uint256 chosen) internal pure returns (bool feasible, uint256 valueTicks) {
        uint256 sold;
        uint256 groupsUsed;
        for (uint256 j; j < instance.offers.length; ++j) {
            if ((chosen >> j) & 1 == 0) continue;
            Offer memory offer = instance.offers[j];
            if (sold & offer.mask != 0) return (false, 0);
            if (groupsUsed & offer.groupBit != 0) return (false, 0);
            sold |= offer.mask;
            groupsUsed |= offer.groupBit;
            valueTicks += offer.valueTicks;
        }
        return (true, valueTicks + reservesOutside(instance, sold));
    }

    function reservesOutside(Instance memory instance, uint256 sold) internal pure returns (uint256 ticks) {
        for (uint256 i; i < instance.rollups; ++i) {
            if ((sold >> i) & 1 == 0) ticks += instance.reserves[i];
        }
    }

    /// @notice A packing that takes offers in a random order while they fit.
    function randomPacking(Instance memory instance, uint256 seed) internal pure returns (uint256 chosen) {
        uint256 count = instance.offers.length;
        if (count == 0) return 0;
        for (uint256 turn; turn < count; ++turn) {
            uint256 j = (seed + turn * (1 + 2 * (seed % 3))) % count;
            if ((seed >> (8 + turn)) & 3 == 0) continue;
            (bool feasible,) = valueOf(instance, chosen | 1 << j);
            if (feasible) chosen |= 1 << j;
        }
    }

    function toList(uint256 chosen) internal pure returns (uint16[] memory list) {
        uint256 count;
        for (uint256 rest = chosen; rest != 0; rest &= rest - 1) ++count;
        list = new uint16[](count);
        uint256 length;
        for (uint256 j; j < 256; ++j) {
            if ((chosen >> j) & 1 == 1) list[length++] = uint16(j);
        }
    }

    // ---------------------------------------------------------------- reading

    function read(bytes memory reserves, bytes memory book) internal pure returns (Instance memory instance) {
        instance.audited = true;
        instance.rollups = reserves.length / 8;
        instance.reserves = new uint256[](instance.rollups);
        for (uint256 i; i < instance.rollups; ++i) instance.reserves[i] = field(reserves, 8 * i, 8);

        Offer[] memory found = new Offer[](book.length / 3 + 1); // a bid has at least 3 bytes
        uint256 count;
        for (uint256 offset; offset < book.length;) {
            address bidder = address(uint160(field(book, offset, 20)));
            uint256 bids = field(book, offset + 20, 2);
            uint256 first = count;
            uint256 highestGroup;
            ListReader.Cursor memory at = ListReader.open(book, offset + 22, (instance.rollups + 7) / 8);
            for (; bids > 0; --bids) {
                uint256 fewest = at.bid < at.singles ? 1 : 2;
                ListReader.Record memory record = ListReader.next(at, book);
                bool isSound = record.ascending && record.rollups >= fewest && record.mask >> instance.rollups == 0 && record.valueTicks != 0;
                if (!isSound) instance.audited = false;
                if (record.group > highestGroup) highestGroup = record.group;
                Offer memory offer =
                    Offer(bidder, record.group == 0 ? 0 : instance.groups + record.group, 0, record.valueTicks, record.mask);
                offer.groupBit = _groupBit(found, first, count, offer.groupTag);
                found[count++] = offer;
            }
            offset = at.offset;
            instance.groups += highestGroup;
        }
        instance.offers = new Offer[](count);
        for (uint256 j; j < count; ++j) instance.offers[j] = found[j];
    }

    /// @notice A big-endian field, byte by byte. Raises MalformedList past the end.
    function field(bytes memory data, uint256 offset, uint256 width) internal pure returns (uint256 value) {
        return ListReader.field(data, offset, width);
    }

    function _groupBit(Offer[] memory found, uint256 first, uint256 count, uint256 groupTag) private pure returns (uint256) {
        if (groupTag == 0) return 0;
        for (uint256 j = first; j < count; ++j) {
            if (found[j].groupTag == groupTag) return found[j].groupBit;
        }
        return 1 << count;
    }

    function _extend(
        Instance memory instance,
        Best memory best,
        uint256 next,
        uint256 sold,
        uint256 groupsUsed,
        uint256 chosen,
        uint256 valueTicks
    ) private pure {
        ++best.packings;
        uint256 total = valueTicks + reservesOutside(instance, sold);
        if (total > best.valueTicks || best.packings == 1) (best.valueTicks, best.chosen) = (total, chosen);
        for (uint256 j = next; j < instance.offers.length; ++j) {
            Offer memory offer = instance.offers[j];
            if (sold & offer.mask != 0) continue;
            if (groupsUsed & offer.groupBit != 0) continue;
            _extend(
                instance, best, j + 1, sold | offer.mask, groupsUsed | offer.groupBit, chosen | 1 << j, valueTicks + offer.valueTicks
            );
        }
    }
}
