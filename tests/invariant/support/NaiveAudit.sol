// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BidList} from "../../../contracts/libraries/BidList.sol";
import {BruteForce} from "./BruteForce.sol";

/// @title NaiveAudit: the rules of a bid list, one loop a rule
library NaiveAudit {
    /// @param reserves of the lineup, 8 bytes a rollup
    /// @param active bit i: rollup i takes part
    /// @return refusal the error's selector, 0 where the list is good
    function audit(bytes memory list, bytes memory reserves, uint256 active)
        internal
        pure
        returns (bytes4 refusal, uint256 offers, uint256 exposure)
    {
        uint256 size = reserves.length / 8;
        uint256 maskBytes = size / 8 + (size % 8 == 0 ? 0 : 1);
        if (list.length == 0) return (BidList.NoBids.selector, 0, 0);
        if (list.length % (9 + maskBytes) != 0) return (BidList.RaggedBidList.selector, 0, 0);
        offers = list.length / (9 + maskBytes);

        uint256 groups;
        for (uint256 j; j < offers; ++j) {
            (uint256 group, uint256 ticks, uint256 mask) = _fieldsOf(list, j, maskBytes);
            if (mask == 0) return (BidList.EmptyBundle.selector, 0, 0);
            if (mask & ~active != 0) return (BidList.UnknownRollup.selector, 0, 0);
            if (ticks == 0) return (BidList.ZeroValue.selector, 0, 0);
            uint256 reserve;
            for (uint256 i; i < size; ++i) {
                if ((mask >> i) & 1 == 1) reserve += BruteForce.field(reserves, 8 * i, 8);
            }
            if (ticks < reserve) return (BidList.BelowReserve.selector, 0, 0);
            if (group > groups + 1) return (BidList.GroupOutOfOrder.selector, 0, 0);
            if (group > groups) groups = group;
        }
        for (uint256 group; group <= groups; ++group) exposure += _groupExposure(list, offers, maskBytes, group);
    }

    /// @dev Group 0: the sum. Another: the highest.
    function _groupExposure(bytes memory list, uint256 offers, uint256 maskBytes, uint256 wanted) private pure returns (uint256 exposure) {
        for (uint256 j; j < offers; ++j) {
            (uint256 group, uint256 ticks,) = _fieldsOf(list, j, maskBytes);
            if (group != wanted) continue;
            if (wanted == 0) exposure += ticks;
            else if (ticks > exposure) exposure = ticks;
        }
    }

    function _fieldsOf(bytes memory list, uint256 j, uint256 maskBytes) private pure returns (uint256 group, uint256 ticks, uint256 mask) {
        uint256 offset = j * (9 + maskBytes);
        group = BruteForce.field(list, offset, 1);
        ticks = BruteForce.field(list, offset + 1, 8);
        mask = BruteForce.field(list, offset + 9, maskBytes);
    }
}
