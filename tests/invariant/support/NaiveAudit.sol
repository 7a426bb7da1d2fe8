// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBidListErrors} from "../../../contracts/interfaces/IBidListErrors.sol";
import {ListReader} from "./ListReader.sol";

/// @title NaiveAudit: the rules of a bid list, record by record
library NaiveAudit {
    /// @param reserves of the lineup, 8 bytes a rollup
    /// @param active bit i: rollup i takes part
    /// @return refusal the error's selector, 0 where the list is good
    function audit(bytes memory list, bytes memory reserves, uint256 active)
        internal
        pure
        returns (bytes4 refusal, uint256 offers, uint256 exposure)
    {
        uint256 maskBytes = reserves.length / 64 + (reserves.length % 64 == 0 ? 0 : 1);
        refusal = _headRefusal(list, maskBytes);
        if (refusal != 0) return (refusal, 0, 0);

        ListReader.Cursor memory at = ListReader.open(list, 0, maskBytes);
        uint256[] memory highest = new uint256[](256);
        uint256 groups;
        while (at.offset < list.length) {
            if (!_isWhole(list, at)) return (IBidListErrors.TruncatedBidList.selector, 0, 0);
            bool single = at.bid < at.singles;
            ListReader.Record memory record = ListReader.next(at, list);
            if (!single && record.rollups < 2) return (IBidListErrors.BundleTooSmall.selector, 0, 0);
            if (!record.ascending) return (IBidListErrors.RollupsNotAscending.selector, 0, 0);
            if (record.mask & ~active != 0) return (IBidListErrors.UnknownRollup.selector, 0, 0);
            if (record.valueTicks == 0) return (IBidListErrors.ZeroValue.selector, 0, 0);
            if (record.valueTicks < _reserveOf(record.mask, reserves)) return (IBidListErrors.BelowReserve.selector, 0, 0);
            if (record.group > groups + 1) return (IBidListErrors.GroupOutOfOrder.selector, 0, 0);
            if (record.group > groups) groups = record.group;
            if (record.group == 0) highest[0] += record.valueTicks;
            else if (record.valueTicks > highest[record.group]) highest[record.group] = record.valueTicks;
        }
        offers = at.bid;
        if (offers == 0) return (IBidListErrors.NoBids.selector, 0, 0);
        if (list.length > 2 + offers * (9 + maskBytes)) return (IBidListErrors.BidListTooLong.selector, 0, 0);
        for (uint256 group; group <= groups; ++group) exposure += highest[group];
    }

    /// @dev A shape that is known, and whole bids where all have one length.
    function _headRefusal(bytes memory list, uint256 maskBytes) private pure returns (bytes4) {
        if (list.length < 2) return IBidListErrors.TruncatedBidList.selector;
        uint256 shape = uint8(list[0]);
        if (shape % 16 == 0 || shape % 16 > 8 || shape >= 64) return IBidListErrors.UnknownListShape.selector;
        uint256 before = shape % 16 + (shape / 16) % 2;
        uint256 singles = uint256(uint8(list[1])) * (before + 1);
        if (2 + singles > list.length) return IBidListErrors.TruncatedBidList.selector;
        bool ragged = (list.length - 2 - singles) % (before + maskBytes) != 0;
        return shape < 32 && ragged ? IBidListErrors.TruncatedBidList.selector : bytes4(0);
    }

    function _isWhole(bytes memory list, ListReader.Cursor memory at) private pure returns (bool) {
        uint256 end = at.offset + (at.grouped ? 1 : 0) + at.valueBytes + 1;
        if (at.bid < at.singles || !at.listed) return true; // the head says so
        uint256 countAt = at.offset + (at.grouped ? 1 : 0);
        return countAt < list.length && end + uint8(list[countAt]) <= list.length;
    }

    function _reserveOf(uint256 mask, bytes memory reserves) private pure returns (uint256 reserve) {
        for (uint256 i; i < reserves.length / 8; ++i) {
            if ((mask >> i) & 1 == 1) reserve += ListReader.field(reserves, 8 * i, 8);
        }
    }
}
