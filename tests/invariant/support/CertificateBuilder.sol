// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BruteForce, Instance} from "./BruteForce.sol";
import {Chance, Dice} from "./Chance.sol";
import {ListWriter} from "./ListWriter.sol";

/// @notice What a certificate is built for: the claim, and the scale of its prices.
/// @param chosen bit j: offer j wins
/// @param excessTicks no partition is worth valueTicks + excessTicks
struct Claim {
    uint256 valueTicks;
    uint256 chosen;
    uint256 granularity;
    uint256 scale;
    uint256 excessTicks;
}

/// @title CertificateBuilder: certificates for tiny instances, by no method but the rules of the page
/// @notice Offers, stand-alone offers of rollups and stand-alone offers of groups are numbered in that order and treated alike. Below random prices stands a tree
/// that branches on rollups alone, in random order, and spells out every way to cover them: it proves its claim exactly where the claim is true.
library CertificateBuilder {
    using Chance for Dice;

    function build(Instance memory instance, Claim memory claim, Dice memory dice) internal pure returns (bytes memory) {
        int256[] memory prices = _rootPrices(instance, claim.scale, dice);
        uint256 count = instance.offers.length + instance.rollups;
        int256 budget = -int256((claim.valueTicks + claim.excessTicks) << claim.scale);
        for (uint256 i; i < prices.length; ++i) budget += prices[i];
        bytes memory root = bytes.concat(_head(claim), _priceBytes(instance, prices, dice));
        if (budget < 0) return root;

        int256[] memory slacks = new int256[](count);
        uint256 alive;
        for (uint256 j; j < count; ++j) {
            slacks[j] = _sumOver(instance, j, prices) - int256(_valueOf(instance, j) << claim.scale);
            if (slacks[j] <= budget) alive |= 1 << j;
        }
        bytes memory hinted = ListWriter.fieldOf((1 << instance.rollups) - 1, (instance.rollups + 7) / 8);
        return bytes.concat(root, hinted, _node(instance, slacks, (1 << instance.rollups) - 1, alive, budget, dice));
    }

    function _head(Claim memory claim) private pure returns (bytes memory head) {
        uint16[] memory winners = BruteForce.toList(claim.chosen);
        head = abi.encodePacked(
            uint8(2),
            uint8(claim.scale),
            uint64(claim.granularity),
            uint80(claim.valueTicks),
            uint64(claim.excessTicks),
            uint16(winners.length)
        );
        for (uint256 i; i < winners.length; ++i) head = abi.encodePacked(head, winners[i]);
    }

    /// @dev Prices that leave no slack negative: each offer's value, spread over its rollups, is covered by each of them; some are raised, some tightened.
    function _rootPrices(Instance memory instance, uint256 scale, Dice memory dice) private pure returns (int256[] memory prices) {
        uint256 count = instance.offers.length + instance.rollups;
        prices = new int256[](instance.rollups + instance.groups);
        for (uint256 i; i < instance.rollups; ++i) {
            for (uint256 j; j < count; ++j) {
                if (!_holds(instance, j, i)) continue;
                uint256 size = _sizeOf(instance, j);
                int256 part = int256(((_valueOf(instance, j) << scale) + size - 1) / size);
                if (part > prices[i]) prices[i] = part;
            }
        }
        for (uint256 i; i < prices.length; ++i) {
            if (dice.oneIn(4)) prices[i] += int256(dice.below(3 << scale));
            if (i < instance.rollups && dice.oneIn(2)) prices[i] -= _leastSlack(instance, prices, scale, i);
        }
    }

    function _leastSlack(Instance memory instance, int256[] memory prices, uint256 scale, uint256 item) private pure returns (int256 least) {
        least = type(int256).max;
        for (uint256 j; j < instance.offers.length + instance.rollups; ++j) {
            if (!_holds(instance, j, item)) continue;
            int256 slack = _sumOver(instance, j, prices) - int256(_valueOf(instance, j) << scale);
            if (slack < least) least = slack;
        }
    }

    // ------------------------------------------------------------------- tree

    /// @dev Branches on an uncovered rollup: a child for each alive offer that holds it. Nothing where all rollups are covered.
    function _node(Instance memory instance, int256[] memory slacks, uint256 uncovered, uint256 alive, int256 budget, Dice memory dice)
        private
        pure
        returns (bytes memory node)
    {
        if (uncovered == 0) return "";
        uint256 rollup = dice.below(instance.rollups);
        while ((uncovered >> rollup) & 1 == 0) rollup = (rollup + 1) % instance.rollups;
        node = abi.encodePacked(uint8(rollup)); // one byte: tiny instances have at most 250 rollups
        for (uint256 j; j < slacks.length; ++j) {
            if ((alive >> j) & 1 == 0 || !_holds(instance, j, rollup)) continue;
            uint256 left = uncovered & ~_itemsOf(instance, j);
            node = bytes.concat(
                node, _node(instance, slacks, left, _survivors(instance, slacks, alive, j, budget - slacks[j]), budget - slacks[j], dice)
            );
        }
    }

    /// @dev What is alive after `j` was chosen.
    function _survivors(Instance memory instance, int256[] memory slacks, uint256 alive, uint256 j, int256 budget)
        private
        pure
        returns (uint256 left)
    {
        for (uint256 other; other < slacks.length; ++other) {
            if ((alive >> other) & 1 == 0 || slacks[other] > budget) continue;
            if (_itemsOf(instance, other) & _itemsOf(instance, j) == 0) left |= 1 << other;
        }
    }

    // ------------------------------------------------------------------ items

    function _itemsOf(Instance memory instance, uint256 j) private pure returns (uint256) {
        uint256 offers = instance.offers.length;
        if (j >= offers) return 1 << (j - offers);
        uint256 groupTag = instance.offers[j].groupTag;
        return instance.offers[j].mask | (groupTag == 0 ? 0 : 1 << (instance.rollups + groupTag - 1));
    }

    function _valueOf(Instance memory instance, uint256 j) private pure returns (uint256) {
        uint256 offers = instance.offers.length;
        if (j < offers) return instance.offers[j].valueTicks;
        return j < offers + instance.rollups ? instance.reserves[j - offers] : 0;
    }

    function _holds(Instance memory instance, uint256 j, uint256 item) private pure returns (bool) {
        return (_itemsOf(instance, j) >> item) & 1 == 1;
    }

    /// @dev How many rollups it holds.
    function _sizeOf(Instance memory instance, uint256 j) private pure returns (uint256 size) {
        for (uint256 i; i < instance.rollups; ++i) size += _holds(instance, j, i) ? 1 : 0;
    }

    function _sumOver(Instance memory instance, uint256 j, int256[] memory prices) private pure returns (int256 sum) {
        uint256 held = _itemsOf(instance, j);
        for (uint256 item; item < prices.length; ++item) sum += (held >> item) & 1 == 1 ? prices[item] : int256(0);
    }

    // ------------------------------------------------------------------ bytes

    /// @dev width (1) ‖ a price for each rollup ‖ groups (2) ‖ each group (2) and price ‖ no rows
    function _priceBytes(Instance memory instance, int256[] memory prices, Dice memory dice) private pure returns (bytes memory node) {
        uint256 width = 1;
        for (uint256 i; i < prices.length; ++i) {
            while (prices[i] >= int256(1 << (8 * width - 1)) || prices[i] < -int256(1 << (8 * width - 1))) ++width;
        }
        if (width < 8 && dice.oneIn(4)) ++width;

        node = abi.encodePacked(uint8(width));
        for (uint256 i; i < instance.rollups; ++i) node = bytes.concat(node, ListWriter.fieldOf(uint256(prices[i]), width));
        uint256 count;
        bytes memory groupPrices;
        for (uint256 group; group < instance.groups; ++group) {
            int256 price = prices[instance.rollups + group];
            if (price == 0) continue;
            ++count;
            groupPrices = bytes.concat(groupPrices, ListWriter.fieldOf(group, 2), ListWriter.fieldOf(uint256(price), width));
        }
        return abi.encodePacked(node, uint16(count), groupPrices, uint8(0));
    }
}
