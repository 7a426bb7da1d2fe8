// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BruteForce, Instance} from "./BruteForce.sol";
import {Chance, Dice} from "./Chance.sol";

/// @notice What a certificate is built for: the claim, and the chances that shape its tree.
/// @param chosen bit j: offer j wins
/// @param depth how many levels of random nodes stand above the search
struct Claim {
    uint256 valueTicks;
    uint256 chosen;
    uint256 granularity;
    uint256 scale;
    uint256 depth;
}

/// @title CertificateBuilder: certificates for tiny instances, by no method but the rules of the page
/// @notice Offers, stand-alone offers of rollups and stand-alone offers of groups are numbered in that order and treated alike. The tree is random: price, item
/// and search nodes, each true by construction, so it proves its claim exactly where the claim is true.
library CertificateBuilder {
    using Chance for Dice;

    struct Knot {
        uint256 uncovered; // bit i: item i, rollups first, then groups
        uint256 alive; // bit j
        int256 budget;
        int256[] slacks;
    }

    function build(Instance memory instance, Claim memory claim, Dice memory dice) internal pure returns (bytes memory) {
        uint256 items = instance.rollups + instance.groups;
        uint256 count = instance.offers.length + items;
        Knot memory root = Knot((1 << items) - 1, (1 << count) - 1, 0, new int256[](count));
        root.budget = -int256((claim.valueTicks + claim.granularity) << claim.scale);
        for (uint256 j; j < count; ++j) root.slacks[j] = -int256(_valueOf(instance, j) << claim.scale);

        int256[] memory prices = _rootPrices(instance, claim.scale, dice);
        _apply(instance, root, prices);
        return bytes.concat(_head(claim), _priceNode(instance, prices, dice), _below(instance, root, dice, claim.depth));
    }

    function _head(Claim memory claim) private pure returns (bytes memory head) {
        uint16[] memory winners = BruteForce.toList(claim.chosen);
        head = abi.encodePacked(
            uint8(1), uint8(claim.scale), uint64(claim.granularity), uint80(claim.valueTicks), uint16(winners.length)
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

    // ------------------------------------------------------------------ nodes

    function _below(Instance memory instance, Knot memory knot, Dice memory dice, uint256 depth) private pure returns (bytes memory) {
        if (knot.budget < 0) return hex"00";
        return _node(instance, knot, dice, depth);
    }

    function _node(Instance memory instance, Knot memory knot, Dice memory dice, uint256 depth) private pure returns (bytes memory) {
        uint256 kind = dice.below(4);
        if (depth == 0 || kind == 0 || knot.uncovered == 0) return hex"03";
        if (kind == 1) return _reprice(instance, knot, dice, depth);
        return _branch(instance, knot, dice, depth);
    }

    function _reprice(Instance memory instance, Knot memory knot, Dice memory dice, uint256 depth) private pure returns (bytes memory) {
        int256[] memory prices = new int256[](instance.rollups + instance.groups);
        for (uint256 item; item < prices.length; ++item) {
            uint256 move = dice.below(3);
            if (move == 0) prices[item] = int256(dice.below(16));
            if (move != 1) continue;
            int256 least = knot.budget + 1; // where nothing alive holds the item, its price is free
            for (uint256 j; j < knot.slacks.length; ++j) {
                if ((knot.alive >> j) & 1 == 0 || !_holds(instance, j, item)) continue;
                int256 slack = knot.slacks[j] + _sumOver(instance, j, prices);
                if (slack < least) least = slack;
            }
            prices[item] = -least;
        }
        Knot memory next = Knot(knot.uncovered, knot.alive, knot.budget, _copy(knot.slacks));
        _apply(instance, next, prices);
        return bytes.concat(_priceNode(instance, prices, dice), _below(instance, next, dice, depth - 1));
    }

    function _branch(Instance memory instance, Knot memory knot, Dice memory dice, uint256 depth) private pure returns (bytes memory) {
        uint256 items = instance.rollups + instance.groups;
        uint256 item = dice.below(items);
        while ((knot.uncovered >> item) & 1 == 0) item = (item + 1) % items;

        bytes memory children;
        uint256 count;
        for (uint256 j; j < knot.slacks.length; ++j) {
            if ((knot.alive >> j) & 1 == 0 || !_holds(instance, j, item)) continue;
            ++count;
            Knot memory next = _take(instance, knot, j);
            children = bytes.concat(
                children,
                next.uncovered == 0 ? bytes(dice.oneIn(2) ? hex"00" : hex"03") : _node(instance, next, dice, depth - 1)
            );
        }
        return abi.encodePacked(uint8(2), uint16(item), uint16(count), children);
    }

    // ------------------------------------------------------------------ state

    /// @dev The knot after an alive offer is chosen.
    function _take(Instance memory instance, Knot memory knot, uint256 j) private pure returns (Knot memory next) {
        next = Knot(knot.uncovered & ~_itemsOf(instance, j), 0, knot.budget - knot.slacks[j], _copy(knot.slacks));
        for (uint256 other; other < knot.slacks.length; ++other) {
            if ((knot.alive >> other) & 1 == 0 || next.slacks[other] > next.budget) continue;
            if (_itemsOf(instance, other) & _itemsOf(instance, j) == 0) next.alive |= 1 << other;
        }
    }

    /// @dev Adds prices to slacks and budget, and drops what exceeds it.
    function _apply(Instance memory instance, Knot memory knot, int256[] memory prices) private pure {
        for (uint256 item; item < prices.length; ++item) {
            if ((knot.uncovered >> item) & 1 == 1) knot.budget += prices[item];
        }
        for (uint256 j; j < knot.slacks.length; ++j) {
            knot.slacks[j] += _sumOver(instance, j, prices);
            if (knot.slacks[j] > knot.budget) knot.alive &= ~(1 << j);
        }
    }

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

    function _copy(int256[] memory list) private pure returns (int256[] memory copied) {
        copied = new int256[](list.length);
        for (uint256 i; i < list.length; ++i) copied[i] = list[i];
    }

    // ------------------------------------------------------------------ bytes

    /// @dev kind (1) ‖ flags (1) ‖ width (1) ‖ mask of the priced rollups ‖ their prices ‖ groups (2) ‖ each group (2) and price
    function _priceNode(Instance memory instance, int256[] memory prices, Dice memory dice) private pure returns (bytes memory node) {
        uint256 width = 1;
        for (uint256 i; i < prices.length; ++i) {
            while (prices[i] >= int256(1 << (8 * width - 1)) || prices[i] < -int256(1 << (8 * width - 1))) ++width;
        }
        if (width < 16 && dice.oneIn(4)) ++width;

        uint256 mask;
        bytes memory rollupPrices;
        for (uint256 i; i < instance.rollups; ++i) {
            if (prices[i] == 0) continue;
            mask |= 1 << i;
            rollupPrices = bytes.concat(rollupPrices, fieldOf(uint256(prices[i]), width));
        }
        uint256 count;
        bytes memory groupPrices;
        for (uint256 group; group < instance.groups; ++group) {
            int256 price = prices[instance.rollups + group];
            if (price == 0) continue;
            ++count;
            groupPrices = bytes.concat(groupPrices, fieldOf(group, 2), fieldOf(uint256(price), width));
        }
        node = abi.encodePacked(uint8(1), uint8(0), uint8(width), fieldOf(mask, (instance.rollups + 7) / 8));
        node = abi.encodePacked(node, rollupPrices, uint16(count), groupPrices);
    }

    /// @notice The low `width` bytes of a number, big-endian.
    function fieldOf(uint256 value, uint256 width) internal pure returns (bytes memory data) {
        data = new bytes(width);
        for (uint256 i; i < width; ++i) data[width - 1 - i] = bytes1(uint8(value >> (8 * i)));
    }
}
