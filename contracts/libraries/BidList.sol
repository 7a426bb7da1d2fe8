// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bundle} from "./Bundle.sol";
import {Lineup, Lineups} from "./Lineup.sol";

/// @notice What a revealed bid list amounts to.
/// @param offers how many bids
/// @param exposureTicks the most it can cost: the sum, over its groups, of the highest value
struct BidListTotals {
    uint256 offers;
    uint256 exposureTicks;
}

/// @title BidList: the packed form of a bidder's bids, and the rules that each must keep
/// @notice Twin: `seqmarket/model/bid_list.py`. A record is `group (1) ‖ value (8) ‖ bundle (W)`, big-endian, with W the mask bytes of
/// the round's lineup. Group 0 stands alone; bids of the same group 1, 2, … exclude each other (XOR). A new group takes the next number.
///
/// [B1] A value is at most 2^64 − 1 and an exposure a sum of at most 2^16 of them: below 2^80, no sum overflows.
library BidList {
    using Lineups for Lineup;

    error NoBids();
    error RaggedBidList(uint256 length, uint256 recordBytes);
    error EmptyBundle(uint256 bid);
    error UnknownRollup(uint256 bid, uint256 bundle, uint256 active);
    error ZeroValue(uint256 bid);
    error BelowReserve(uint256 bid, uint256 offered, uint256 reserve);
    error GroupOutOfOrder(uint256 bid, uint256 group, uint256 expected);

    uint256 private constant HEAD_BYTES = 9;

    function recordBytes(uint256 maskBytes) internal pure returns (uint256) {
        return HEAD_BYTES + maskBytes;
    }

    /// @notice Reads one record; the caller has checked that it lies within `list`.
    function recordAt(bytes calldata list, uint256 offset, uint256 maskBytes)
        internal
        pure
        returns (uint256 group, uint256 value, Bundle bundle)
    {
        uint256 head;
        uint256 mask;
        assembly ("memory-safe") {
            head := calldataload(add(list.offset, offset))
            mask := calldataload(add(add(list.offset, offset), HEAD_BYTES))
        }
        group = head >> 248;
        value = uint64(head >> 184); // the 8 bytes after the group
        bundle = Bundle.wrap(mask >> (256 - 8 * maskBytes));
    }

    /// @notice Checks every bid of a list against the lineup and adds up what the list can cost.
    /// Raises NoBids, RaggedBidList, EmptyBundle, UnknownRollup, ZeroValue, BelowReserve, GroupOutOfOrder.
    function audit(bytes calldata list, Lineup memory lineup) internal pure returns (BidListTotals memory totals) {
        uint256 maskBytes = Lineups.maskBytes(lineup.size);
        uint256 step = recordBytes(maskBytes);
        require(list.length > 0, NoBids());
        require(list.length % step == 0, RaggedBidList(list.length, step));
        totals.offers = list.length / step;

        uint256[] memory highest = new uint256[](256); // highest value of each group
        uint256 groups;
        for (uint256 bid; bid < totals.offers; ++bid) {
            (uint256 group, uint256 value, Bundle bundle) = recordAt(list, bid * step, maskBytes);
            require(!bundle.isEmpty(), EmptyBundle(bid));
            require(bundle.isWithin(lineup.active), UnknownRollup(bid, Bundle.unwrap(bundle), Bundle.unwrap(lineup.active)));
            require(value > 0, ZeroValue(bid));
            uint256 reserve = _reserveOf(bundle, lineup);
            require(value >= reserve, BelowReserve(bid, value, reserve));

            if (group == 0) {
                totals.exposureTicks += value;
                continue;
            }
            require(group <= groups + 1, GroupOutOfOrder(bid, group, groups + 1));
            if (group > groups) groups = group;
            if (value > highest[group]) {
                totals.exposureTicks += value - highest[group];
                highest[group] = value;
            }
        }
    }

    function _reserveOf(Bundle bundle, Lineup memory lineup) private pure returns (uint256 reserve) {
        while (!bundle.isEmpty()) {
            uint256 rollup = bundle.lowest();
            reserve += lineup.reserveTicks(rollup);
            bundle = bundle.without(Bundle.wrap(1 << rollup));
        }
    }
}
