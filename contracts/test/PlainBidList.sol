// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBidListErrors} from "../interfaces/IBidListErrors.sol";
import {BidList, BidListTotals} from "../libraries/BidList.sol";
import {Bundle} from "../libraries/Bundle.sol";
import {Lineup} from "../libraries/Lineup.sol";

/// @title PlainBidList: what `BidList.audit` does, in plain Solidity, for the tests that compare the two
contract PlainBidList is IBidListErrors {
    struct Cursor {
        uint256 position;
        uint256 bid;
        uint256 groups;
    }

    function compact(bytes calldata list, Bundle active, bytes calldata reserves) external pure returns (BidListTotals memory) {
        return BidList.audit(list, Lineup(active, reserves.length / 8, reserves, ""));
    }

    function plain(bytes calldata list, Bundle active, bytes calldata reserves) external pure returns (BidListTotals memory totals) {
        require(list.length >= 2, TruncatedBidList(2, list.length));
        uint256 shape = uint8(list[0]);
        uint256 valueBytes = shape % 16;
        require(valueBytes >= 1 && valueBytes <= 8 && shape < 64, UnknownListShape(shape));
        _requireWholeBids(list, valueBytes, (reserves.length / 8 + 7) / 8);

        Cursor memory at = Cursor(2, 0, 0);
        uint256[] memory highest = new uint256[](256);
        while (at.position < list.length) {
            uint256 group = shape & 16 == 0 ? 0 : _take(list, at, 1);
            uint256 count = at.bid < uint8(list[1]) ? 1 : shape & 32 == 0 ? 0 : _take(list, at, 1);
            uint256 value = _take(list, at, valueBytes);
            uint256 bundle = at.bid < uint8(list[1])
                ? 1 << _take(list, at, 1)
                : shape & 32 == 0 ? _takeMask(list, at, (reserves.length / 8 + 7) / 8) : _takeRollups(list, at, count);

            require(bundle & ~Bundle.unwrap(active) == 0, UnknownRollup(at.bid, bundle, Bundle.unwrap(active)));
            require(value > 0, ZeroValue(at.bid));
            uint256 reserve = _reserveOf(bundle, reserves);
            require(value >= reserve, BelowReserve(at.bid, value, reserve));
            require(group <= at.groups + 1, GroupOutOfOrder(at.bid, group, at.groups + 1));

            if (group > at.groups) at.groups = group;
            uint256 before = group == 0 ? 0 : highest[group];
            if (value > before) totals.exposureTicks += value - before;
            if (group > 0 && value > before) highest[group] = value;
            ++at.bid;
        }
        totals.offers = at.bid;
        require(at.bid > 0, NoBids());
        uint256 limit = 2 + at.bid * (9 + (reserves.length / 8 + 7) / 8);
        require(list.length <= limit, BidListTooLong(list.length, limit));
    }

    function _requireWholeBids(bytes calldata list, uint256 valueBytes, uint256 maskBytes) private pure {
        uint256 shape = uint8(list[0]);
        uint256 headBytes = valueBytes + (shape & 16) / 16;
        uint256 needed = 2 + uint8(list[1]) * (headBytes + 1);
        while (shape & 32 == 0 && needed < list.length) needed += headBytes + maskBytes;
        require(needed <= list.length, TruncatedBidList(needed, list.length));
    }

    function _take(bytes calldata list, Cursor memory at, uint256 width) private pure returns (uint256 value) {
        for (uint256 end = at.position + width; at.position < end; ++at.position) {
            value = value << 8 | (at.position < list.length ? uint8(list[at.position]) : 0);
        }
    }

    function _takeMask(bytes calldata list, Cursor memory at, uint256 maskBytes) private pure returns (uint256 mask) {
        mask = _take(list, at, maskBytes);
        uint256 rollups;
        for (uint256 rollup; rollup < 256; ++rollup) rollups += (mask >> rollup) & 1;
        require(rollups >= 2, BundleTooSmall(at.bid, rollups, 2));
    }

    function _takeRollups(bytes calldata list, Cursor memory at, uint256 count) private pure returns (uint256 mask) {
        uint256 end = at.position + count;
        require(end <= list.length, TruncatedBidList(end, list.length));
        require(count >= 2, BundleTooSmall(at.bid, count, 2));
        uint256 previous;
        for (uint256 i; i < count; ++i) {
            uint256 rollup = _take(list, at, 1);
            require(i == 0 || rollup > previous, RollupsNotAscending(at.bid, previous, rollup));
            mask |= 1 << rollup;
            previous = rollup;
        }
    }

    function _reserveOf(uint256 bundle, bytes calldata reserves) private pure returns (uint256 sum) {
        for (uint256 rollup; rollup < reserves.length / 8; ++rollup) {
            if ((bundle >> rollup) & 1 == 1) sum += uint64(bytes8(reserves[8 * rollup:8 * rollup + 8]));
        }
    }
}
