// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a bid list can break, raised by `BidList`; apart so that a market has the errors in its own ABI.
interface IBidListErrors {
    error NoBids();
    error UnknownListShape(uint256 shape);
    error TruncatedBidList(uint256 needed, uint256 length);
    error BidListTooLong(uint256 length, uint256 limit);
    error BundleTooSmall(uint256 bid, uint256 rollups, uint256 least);
    error RollupsNotAscending(uint256 bid, uint256 previous, uint256 rollup);
    error UnknownRollup(uint256 bid, uint256 bundle, uint256 active);
    error ZeroValue(uint256 bid);
    error BelowReserve(uint256 bid, uint256 offered, uint256 reserve);
    error GroupOutOfOrder(uint256 bid, uint256 group, uint256 expected);
}
