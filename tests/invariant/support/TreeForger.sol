// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Instance} from "./BruteForce.sol";
import {Chance, Dice} from "./Chance.sol";

/// @notice What a proof speaks of: offers by position, and the value that no partition of what is uncovered is to reach.
struct Deal {
    uint256 rollups;
    uint256 scale;
    uint256 threshold;
    uint256[] masks;
    uint256[] values;
    uint256[] tags; // group + 1, 0 for none
}

/// @notice A state of a proof.
struct Knot {
    uint256 left; // bit i: rollup i is uncovered
    uint256 alive; // bit p: position p
    int256 budget;
    uint256 chosen;
    int256[] slacks;
}

/// @title TreeForger: random proof trees with every kind of node but lemmas, each step sound, for tiny deals
/// @notice A tree proves its claim exactly where the claim is true; else the checker comes to a better partition. Shares nothing with the contracts.
library TreeForger {
    using Chance for Dice;

    uint256 private constant FIELD = 8; // bytes of a price or weight

    /// @notice A deal of the offers of a round and the stand-alone offers of its rollups.
    function dealOf(Instance memory instance, uint256 scale, uint256 threshold) internal pure returns (Deal memory deal) {
        uint256 offers = instance.offers.length;
        deal = empty(offers + instance.rollups, instance.rollups, scale, threshold);
        for (uint256 j; j < offers; ++j) {
            (deal.masks[j], deal.values[j], deal.tags[j]) =
                (instance.offers[j].mask, instance.offers[j].valueTicks, instance.offers[j].groupTag);
        }
        for (uint256 i; i < instance.rollups; ++i) (deal.masks[offers + i], deal.values[offers + i]) = (1 << i, instance.reserves[i]);
    }

    function empty(uint256 offers, uint256 rollups, uint256 scale, uint256 threshold) internal pure returns (Deal memory) {
        return Deal(rollups, scale, threshold, new uint256[](offers), new uint256[](offers), new uint256[](offers));
    }

    /// @notice The state in which every offer within `left` is alive, before any price.
    function start(Deal memory deal, uint256 left) internal pure returns (Knot memory knot) {
        knot.left = left;
        knot.slacks = new int256[](deal.masks.length);
        for (uint256 p; p < deal.masks.length; ++p) if (deal.masks[p] & ~left == 0) knot.alive |= 1 << p;
    }

    /// @notice All that stands before the tree of a certificate, and the state that it leaves; the live offers alone have positions in `live`.
    function root(Deal memory deal, Dice memory dice, bytes memory claim)
        internal
        pure
        returns (bytes memory head, Deal memory live, Knot memory knot)
    {
        Knot memory whole = start(deal, (1 << deal.rollups) - 1);
        (int256[] memory prices, bytes memory cuts) = _priced(deal, whole, dice, false);
        head = bytes.concat(claim, bytes1(uint8(FIELD)));
        for (uint256 i; i < deal.rollups; ++i) head = bytes.concat(head, field(uint256(prices[i]), FIELD));
        head = bytes.concat(head, cuts);
        if (whole.budget < 0) return (head, deal, whole);

        uint256 count;
        for (uint256 p; p < deal.masks.length; ++p) if ((whole.alive >> p) & 1 == 1) ++count;
        live = empty(count, deal.rollups, deal.scale, deal.threshold);
        knot = Knot(whole.left, (1 << count) - 1, whole.budget, 0, new int256[](count));
        count = 0;
        for (uint256 p; p < deal.masks.length; ++p) {
            if ((whole.alive >> p) & 1 == 0) continue;
            (live.masks[count], live.values[count], live.tags[count]) = (deal.masks[p], deal.values[p], deal.tags[p]);
            knot.slacks[count++] = whole.slacks[p];
        }
        head = bytes.concat(head, field(knot.left, maskBytes(deal)));
    }

    /// @notice A node for the state, and all below it.
    function node(Deal memory deal, Knot memory knot, Dice memory dice, uint256 depth) internal pure returns (bytes memory) {
        uint256 kind = depth == 0 ? 0 : dice.below(4);
        if (kind == 1) return price(deal, knot, dice, depth - 1);
        if (kind == 2 && knot.alive != 0) return _offer(deal, knot, dice, depth - 1);

        uint256 item = dice.below(deal.rollups);
        while ((knot.left >> item) & 1 == 0) item = (item + 1) % deal.rollups;
        bytes memory data = field(item, 1);
        for (uint256 p; p < deal.masks.length; ++p) {
            if ((knot.alive >> p) & 1 == 1 && (deal.masks[p] >> item) & 1 == 1) data = bytes.concat(data, _child(deal, knot, p, dice, depth));
        }
        return data;
    }

    /// @notice A price node, and all below it.
    function price(Deal memory deal, Knot memory knot, Dice memory dice, uint256 depth) internal pure returns (bytes memory data) {
        Knot memory below = Knot(knot.left, knot.alive, 0, knot.chosen, new int256[](deal.masks.length));
        (int256[] memory prices, bytes memory cuts) = _priced(deal, below, dice, true);
        data = bytes.concat(hex"ff", bytes1(uint8(dice.below(2))), bytes1(uint8(FIELD)), field(knot.left, maskBytes(deal)));
        for (uint256 i; i < deal.rollups; ++i) {
            if ((knot.left >> i) & 1 == 1) data = bytes.concat(data, field(uint256(prices[i]), FIELD));
        }
        data = bytes.concat(data, cuts);
        if (below.budget >= 0) data = bytes.concat(data, node(deal, below, dice, depth));
    }

    function maskBytes(Deal memory deal) internal pure returns (uint256) {
        return (deal.rollups + 7) / 8;
    }

    /// @notice The low `width` bytes of a number, big-endian.
    function field(uint256 value, uint256 width) internal pure returns (bytes memory data) {
        data = new bytes(width);
        for (uint256 i; i < width; ++i) data[width - 1 - i] = bytes1(uint8(value >> (8 * i)));
    }

    // --------------------------------------------------------------- branches

    function _offer(Deal memory deal, Knot memory knot, Dice memory dice, uint256 depth) private pure returns (bytes memory) {
        uint256 p = dice.below(deal.masks.length);
        while ((knot.alive >> p) & 1 == 0) p = (p + 1) % deal.masks.length;
        bytes memory chosen = _child(deal, knot, p, dice, depth);
        Knot memory rest = Knot(knot.left, knot.alive & ~(1 << p), knot.budget, knot.chosen, knot.slacks);
        return bytes.concat(hex"fe", bytes1(uint8(p)), chosen, node(deal, rest, dice, depth));
    }

    function _child(Deal memory deal, Knot memory knot, uint256 p, Dice memory dice, uint256 depth) private pure returns (bytes memory) {
        Knot memory below =
            Knot(knot.left & ~deal.masks[p], 0, knot.budget - knot.slacks[p], knot.chosen + deal.values[p], knot.slacks);
        if (below.left == 0) return "";
        for (uint256 q; q < deal.masks.length; ++q) {
            if ((knot.alive >> q) & 1 == 1 && !_meet(deal, p, q) && knot.slacks[q] <= below.budget) below.alive |= 1 << q;
        }
        return node(deal, below, dice, depth == 0 ? 0 : depth - 1);
    }

    function _meet(Deal memory deal, uint256 p, uint256 q) private pure returns (bool) {
        return deal.masks[p] & deal.masks[q] != 0 || (deal.tags[p] != 0 && deal.tags[p] == deal.tags[q]);
    }

    // ----------------------------------------------------------------- prices

    /// @dev Draws prices that leave no slack negative, a group's price, a row and perhaps a clique; gives the state its slacks and budget, and drops what exceeds it.
    /// @return prices of the rollups; below the root they may be negative
    /// @return cuts the bytes from the group prices on
    function _priced(Deal memory deal, Knot memory knot, Dice memory dice, bool isNode)
        private
        pure
        returns (int256[] memory prices, bytes memory cuts)
    {
        uint256 unit = 1 << deal.scale;
        prices = new int256[](deal.rollups);
        knot.budget = (int256(knot.chosen) - int256(deal.threshold)) * int256(unit);
        for (uint256 p; p < deal.masks.length; ++p) knot.slacks[p] = -int256(deal.values[p] * unit);
        cuts = bytes.concat(_group(deal, knot, dice, unit), _row(deal, knot, dice, unit));
        if (isNode) cuts = bytes.concat(cuts, _clique(deal, knot, dice, unit));

        for (uint256 p; p < deal.masks.length; ++p) {
            if ((knot.alive >> p) & 1 == 0 || knot.slacks[p] >= 0) continue;
            uint256 i = dice.below(deal.rollups);
            while ((deal.masks[p] >> i) & 1 == 0) i = (i + 1) % deal.rollups;
            _raise(deal, knot, prices, i, -knot.slacks[p]);
        }
        for (uint256 i; i < deal.rollups; ++i) {
            if ((knot.left >> i) & 1 == 0 || dice.oneIn(2)) continue;
            int256 room = isNode ? int256(unit) : prices[i];
            for (uint256 p; p < deal.masks.length; ++p) {
                if ((knot.alive >> p) & 1 == 1 && (deal.masks[p] >> i) & 1 == 1 && knot.slacks[p] < room) room = knot.slacks[p];
            }
            _raise(deal, knot, prices, i, -room);
        }
        for (uint256 p; p < deal.masks.length; ++p) if (knot.slacks[p] > knot.budget) knot.alive &= ~(1 << p);
    }

    function _raise(Deal memory deal, Knot memory knot, int256[] memory prices, uint256 i, int256 by) private pure {
        prices[i] += by;
        knot.budget += by;
        for (uint256 p; p < deal.masks.length; ++p) if ((deal.masks[p] >> i) & 1 == 1) knot.slacks[p] += by;
    }

    function _group(Deal memory deal, Knot memory knot, Dice memory dice, uint256 unit) private pure returns (bytes memory) {
        uint256 tag = deal.tags.length == 0 ? 0 : deal.tags[dice.below(deal.tags.length)];
        if (tag == 0) return hex"0000";
        uint256 weight = dice.below(4) * unit;
        knot.budget += int256(weight);
        for (uint256 p; p < deal.masks.length; ++p) if (deal.tags[p] == tag) knot.slacks[p] += int256(weight);
        return bytes.concat(hex"0001", field(tag - 1, 2), field(weight, FIELD));
    }

    function _row(Deal memory deal, Knot memory knot, Dice memory dice, uint256 unit) private pure returns (bytes memory) {
        if (dice.oneIn(2)) return hex"00";
        uint256 rows = dice.next() & ((1 << deal.rollups) - 1);
        (uint256 divisor, uint256 weight) = (1 + dice.below(3), dice.below(4) * unit);
        knot.budget += int256(_count(rows & knot.left) / divisor * weight);
        for (uint256 p; p < deal.masks.length; ++p) knot.slacks[p] += int256(_count(rows & deal.masks[p]) / divisor * weight);
        return bytes.concat(hex"01", field(rows, maskBytes(deal)), field(divisor, 1), field(weight, FIELD));
    }

    function _clique(Deal memory deal, Knot memory knot, Dice memory dice, uint256 unit) private pure returns (bytes memory) {
        if (dice.oneIn(2)) return hex"00";
        uint256 weight = dice.below(5) * unit;
        uint256 found;
        bytes memory positions;
        for (uint256 p; p < deal.masks.length; ++p) {
            bool meets = (knot.alive >> p) & 1 == 1 && !dice.oneIn(4);
            for (uint256 q; q < p && meets; ++q) meets = (found >> q) & 1 == 0 || _meet(deal, p, q);
            if (!meets) continue;
            found |= 1 << p;
            positions = bytes.concat(positions, bytes1(uint8(p)));
            knot.slacks[p] += int256(weight);
        }
        knot.budget += int256(weight);
        return bytes.concat(hex"01", field(positions.length, 2), positions, field(weight, FIELD));
    }

    function _count(uint256 mask) private pure returns (uint256 bits) {
        for (; mask != 0; mask &= mask - 1) ++bits;
    }
}
