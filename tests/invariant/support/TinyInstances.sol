// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Chance, Dice} from "./Chance.sol";
import {Bid, ListWriter} from "./ListWriter.sol";

/// @title TinyInstances: random reserves and offer books, small enough for brute force
library TinyInstances {
    using Chance for Dice;

    /// @notice 0 to 5 rollups (9 now and then, so that a mask takes two bytes) and up to 8 offers in up to 4 chunks, with XOR groups.
    /// @return reserves 8 bytes a rollup
    /// @return book chunks of `bidder (20) ‖ count (2) ‖ bid list`
    /// @return granularity divides every value and reserve
    function draw(Dice memory dice) internal pure returns (bytes memory reserves, bytes memory book, uint256 granularity) {
        uint256 rollups = dice.oneIn(8) ? 9 : dice.below(6);
        granularity = dice.oneIn(3) ? 1 + dice.below(1000) : 1;
        uint256 span = dice.oneIn(8) ? (1 << 46) / granularity : 1 + dice.below(30);
        for (uint256 i; i < rollups; ++i) {
            reserves = abi.encodePacked(reserves, uint64(dice.oneIn(3) ? 0 : dice.below(span / 4 + 1) * granularity));
        }
        if (rollups == 0) return (reserves, book, granularity);

        uint256 left = dice.below(9);
        while (left > 0) {
            uint256 count = 1 + dice.below(left);
            left -= count;
            book = abi.encodePacked(
                book, address(uint160(dice.next())), uint16(count), drawRecords(dice, count, rollups, span, granularity)
            );
        }
    }

    /// @notice A packed list of random bids, whose values may be 0 or below reserves.
    function drawRecords(Dice memory dice, uint256 count, uint256 rollups, uint256 span, uint256 granularity)
        internal
        pure
        returns (bytes memory records)
    {
        Bid[] memory bids = new Bid[](count);
        for (uint256 j; j < count; ++j) {
            uint256 mask = 1 + dice.below((1 << rollups) - 1);
            if (dice.oneIn(3)) mask = 1 << dice.below(rollups);
            bids[j] = Bid(dice.oneIn(2) ? 0 : 1 + dice.below(count), dice.below(span + 1) * granularity, mask);
        }
        ListWriter.order(bids);
        return ListWriter.pack(dice, bids, (rollups + 7) / 8);
    }
}
