// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AliveList} from "../libraries/AliveList.sol";

/// @title PlainAliveList: what `AliveList` does, in plain Solidity, for the tests that compare the two
contract PlainAliveList {
    struct Offer {
        uint256 mask;
        uint256 groupTag;
        uint256 slack;
    }

    /// @notice The walks of `AliveList` over offers laid out in memory as the checker does; survivors by their index.
    function compact(Offer[] calldata offers, uint256 mask, uint256 groupTag, uint256 budget, uint256 uncovered, uint256 from)
        external
        pure
        returns (uint256[] memory survivors, uint256 scarcest, uint256 next)
    {
        uint256[] memory live = new uint256[](3 * offers.length);
        uint256[] memory alive = new uint256[](offers.length);
        uint256 first;
        assembly ("memory-safe") {
            first := add(live, 32)
        }
        for (uint256 i; i < offers.length; ++i) {
            live[3 * i] = offers[i].mask;
            live[3 * i + 1] = offers[i].groupTag << 32 | i;
            alive[i] = AliveList.word(offers[i].slack, first + 96 * i);
        }
        survivors = AliveList.survivors(alive, mask, groupTag, budget);
        for (uint256 i; i < survivors.length; ++i) {
            (, uint256 meta) = AliveList.offerOf(survivors[i]);
            survivors[i] = uint32(meta);
        }
        scarcest = AliveList.scarcest(alive, uncovered);
        next = AliveList.nextHolding(alive, from, uncovered);
    }

    function plain(Offer[] calldata offers, uint256 mask, uint256 groupTag, uint256 budget, uint256 uncovered, uint256 from)
        external
        pure
        returns (uint256[] memory survivors, uint256 scarcest, uint256 next)
    {
        uint256 kept;
        uint256[] memory found = new uint256[](offers.length);
        for (uint256 i; i < offers.length; ++i) {
            bool clashes = offers[i].mask & mask != 0 || (groupTag != 0 && offers[i].groupTag == groupTag);
            if (!clashes && offers[i].slack <= budget) found[kept++] = i;
        }
        survivors = new uint256[](kept);
        for (uint256 i; i < kept; ++i) survivors[i] = found[i];

        scarcest = _scarcest(offers, uncovered);
        for (next = from; next < offers.length; ++next) {
            if (offers[next].mask & uncovered != 0) break;
        }
    }

    function _scarcest(Offer[] calldata offers, uint256 uncovered) private pure returns (uint256 bit) {
        uint256 fewest = type(uint256).max;
        for (uint256 rollup; rollup < 256; ++rollup) {
            if ((uncovered >> rollup) & 1 == 0) continue;
            uint256 holders;
            for (uint256 i; i < offers.length; ++i) holders += (offers[i].mask >> rollup) & 1;
            if (holders == 0) return 0;
            if (holders > 8) holders = 8;
            if (holders < fewest) (fewest, bit) = (holders, 1 << rollup);
        }
    }
}
