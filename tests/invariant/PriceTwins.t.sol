// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Boards} from "../../contracts/libraries/Board.sol";
import {Frames, Proof} from "../../contracts/libraries/Frame.sol";
import {PriceNode} from "../../contracts/libraries/PriceNode.sol";
import {ICertificateErrors} from "../../contracts/interfaces/ICertificateChecker.sol";
import {Assertions} from "./support/Assertions.sol";
import {Chance, Dice} from "./support/Chance.sol";

/// @title Price nodes against plain loops: slacks, rows, groups, cliques of any size, boards that shrink
contract PriceTwinsTest is Assertions {
    using Chance for Dice;

    struct Offer {
        uint256 mask;
        uint256 value;
        uint256 groupTag;
        uint256 slack;
        bool inSet;
    }

    struct Clique {
        uint256[] positions;
        uint256 weight;
    }

    /// @dev A state and a price node for it; `above` are the prices in force, `prices` those that the node leaves in force.
    struct Deal {
        uint256 rollups;
        Offer[] offers;
        uint256 uncovered;
        uint256 budget;
        uint256 chosen;
        uint256 threshold;
        uint256 scale;
        uint256[] above;
        bool kept;
        uint256 named;
        int256[] prices;
        uint256[] groupPrices;
        uint256 row;
        uint256 divisor;
        uint256 rowWeight;
        Clique[] cliques;
    }

    /// @dev What a node leaves: nothing, or a budget and the slacks of those that it affords.
    struct Left {
        bool closed;
        uint256 budget;
        uint256[] positions;
        uint256[] slacks;
    }

    uint256 private constant WIDTH = 5;
    uint256 private constant GROUPS = 3;

    function testFuzz_price_node__any_state__leaves_what_plain_loops_leave(uint256 seed) external view {
        Deal memory deal = _draw(Dice(seed));
        bytes memory expected = _plain(deal);
        (bool ran, bytes memory found) = address(this).staticcall(abi.encodeCall(this.enter, (seed, _pack(deal))));
        if (!ran) (found, expected) = (_selector(found), _selector(expected));
        assertEq(found, expected, "what the node leaves, or its error");
    }

    /// @dev Reads the node for the state of the seed, and takes it back.
    function enter(uint256 seed, bytes calldata node) external pure returns (Left memory left) {
        Deal memory deal = _draw(Dice(seed));
        Proof memory proof = _proofOf(deal);
        Board memory board = proof.board;
        uint256 frame = _frameOf(deal, board);
        uint256 prices = proof.prices;

        (uint256 below, PriceNode.Before memory before) = PriceNode.enter(proof, node, frame);
        require(proof.cursor == node.length, "not all was read");
        if (below == 0) left.closed = true;
        else _look(proof, below, left);

        PriceNode.leave(proof, before);
        require(proof.board.entries == board.entries && proof.prices == prices, "not put back");
        for (uint256 j; j < deal.offers.length; ++j) require(Boards.word(board.entries + j * Boards.ENTRY_BYTES, 2) == deal.offers[j].slack, "slack not put back");
    }

    function _look(Proof memory proof, uint256 frame, Left memory left) private pure {
        Board memory board = proof.board;
        left.budget = Boards.word(frame + Frames.BUDGET, 0);
        left.positions = new uint256[](board.count);
        left.slacks = new uint256[](board.count);
        uint256 count;
        for (uint256 place; place < board.count; ++place) {
            if (Boards.word(frame + Frames.ALIVE, place / 256) >> (place % 256) & 1 == 0) continue;
            require(Frames.isAlive(proof, frame, place), "one that the budget doesn't afford");
            uint256 entry = board.entries + place * Boards.ENTRY_BYTES;
            left.positions[count] = Boards.offerOf(entry);
            require(Boards.placeOf(board, left.positions[count]) == place, "its place");
            left.slacks[count++] = Boards.word(entry, 2);
        }
        (left.positions, left.slacks) = (_first(left.positions, count), _first(left.slacks, count));
    }

    // ------------------------------------------------------------------- twin

    function _plain(Deal memory deal) private pure returns (bytes memory) {
        int256 budget = (int256(deal.chosen) - int256(deal.threshold)) << deal.scale;
        for (uint256 i; i < deal.rollups; ++i) if (deal.uncovered >> i & 1 == 1) budget += deal.prices[i];
        for (uint256 g; g < GROUPS; ++g) budget += int256(deal.groupPrices[g]);
        budget += int256(_count(deal.uncovered & deal.row) / deal.divisor * deal.rowWeight);
        for (uint256 c; c < deal.cliques.length; ++c) budget += int256(deal.cliques[c].weight);
        for (uint256 c; c < deal.cliques.length; ++c) {
            if (!_isClique(deal, deal.cliques[c].positions, budget)) return abi.encodeWithSelector(ICertificateErrors.NotAClique.selector);
        }

        Left memory left;
        left.positions = new uint256[](deal.offers.length);
        left.slacks = new uint256[](deal.offers.length);
        uint256 count;
        for (uint256 j; j < deal.offers.length; ++j) {
            if (!_isAlive(deal, j)) continue;
            int256 slack = _slackOf(deal, j);
            if (slack < 0) return abi.encodeWithSelector(ICertificateErrors.NegativeSlack.selector);
            if (slack > budget) continue;
            left.positions[count] = j;
            left.slacks[count++] = uint256(slack);
        }
        (left.positions, left.slacks) = (_first(left.positions, count), _first(left.slacks, count));
        left.closed = budget < 0;
        if (!left.closed) left.budget = uint256(budget);
        return abi.encode(left);
    }

    function _isAlive(Deal memory deal, uint256 j) private pure returns (bool) {
        Offer memory offer = deal.offers[j];
        return offer.inSet && offer.mask & ~deal.uncovered == 0 && offer.slack <= deal.budget;
    }

    function _slackOf(Deal memory deal, uint256 j) private pure returns (int256 slack) {
        Offer memory offer = deal.offers[j];
        slack = _priceOf(deal, offer) - int256(offer.value << deal.scale);
        for (uint256 c; c < deal.cliques.length; ++c) {
            uint256[] memory positions = deal.cliques[c].positions;
            for (uint256 k; k < positions.length; ++k) if (positions[k] == j) slack += int256(deal.cliques[c].weight);
        }
    }

    /// @dev Of rollups, group and row.
    function _priceOf(Deal memory deal, Offer memory offer) private pure returns (int256 price) {
        price = _rollupPriceOf(deal, offer);
        if (offer.groupTag != 0) price += int256(deal.groupPrices[offer.groupTag - 1]);
        price += int256(_count(offer.mask & deal.row) / deal.divisor * deal.rowWeight);
    }

    function _rollupPriceOf(Deal memory deal, Offer memory offer) private pure returns (int256 price) {
        for (uint256 i; i < deal.rollups; ++i) if (offer.mask >> i & 1 == 1) price += deal.prices[i];
    }

    /// @dev Of the members that are alive and that prices alone leave within the budget, or negative: whether any two meet.
    function _isClique(Deal memory deal, uint256[] memory positions, int256 budget) private pure returns (bool) {
        uint256[] memory left = new uint256[](positions.length);
        uint256 count;
        for (uint256 k; k < positions.length; ++k) {
            Offer memory offer = deal.offers[positions[k]];
            int256 slack = _rollupPriceOf(deal, offer) - int256(offer.value << deal.scale);
            if (_isAlive(deal, positions[k]) && (slack < 0 || slack <= budget)) left[count++] = positions[k];
        }
        for (uint256 a; a < count; ++a) {
            for (uint256 b; b < a; ++b) if (!_meet(deal.offers[left[a]], deal.offers[left[b]])) return false;
        }
        return true;
    }

    function _meet(Offer memory one, Offer memory other) private pure returns (bool) {
        return one.mask & other.mask != 0 || (one.groupTag != 0 && one.groupTag == other.groupTag);
    }

    // ------------------------------------------------------------ the contract's

    function _proofOf(Deal memory deal) private pure returns (Proof memory proof) {
        proof.rollups = deal.rollups;
        proof.maskBytes = (deal.rollups + 7) / 8;
        proof.positionBytes = deal.offers.length > 256 ? 2 : 1;
        (proof.scale, proof.threshold) = (deal.scale, deal.threshold);
        uint256[] memory above = deal.above;
        uint256 first;
        assembly ("memory-safe") {
            first := add(above, 32)
        }
        proof.prices = first;
        uint256 from = Boards.base();
        uint256 end = from;
        for (uint256 j; j < deal.offers.length; ++j) {
            Boards.put(end, deal.offers[j].mask, deal.offers[j].value, deal.offers[j].groupTag, j, deal.offers[j].slack);
            end += Boards.ENTRY_BYTES;
        }
        Boards.index(proof.board, from, end, type(uint256).max, deal.rollups, true);
    }

    function _frameOf(Deal memory deal, Board memory board) private pure returns (uint256 frame) {
        frame = Frames.push(board, 0, deal.uncovered, deal.budget, deal.chosen);
        uint256 set = frame + Frames.ALIVE;
        Boards.clear(set, board.words);
        for (uint256 j; j < deal.offers.length; ++j) {
            if (deal.offers[j].inSet) Boards.setWord(set, j / 256, Boards.word(set, j / 256) | 1 << (j % 256));
        }
    }

    function _pack(Deal memory deal) private pure returns (bytes memory node) {
        node = abi.encodePacked(uint8(deal.kept ? 1 : 0), uint8(WIDTH), _low(deal.named, (deal.rollups + 7) / 8));
        for (uint256 i; i < deal.rollups; ++i) if (deal.named >> i & 1 == 1) node = abi.encodePacked(node, _low(uint256(deal.prices[i]), WIDTH));
        node = abi.encodePacked(node, uint16(GROUPS));
        for (uint256 g; g < GROUPS; ++g) node = abi.encodePacked(node, uint16(g), _low(deal.groupPrices[g], WIDTH));
        node = abi.encodePacked(node, uint8(1), _low(deal.row, (deal.rollups + 7) / 8), uint8(deal.divisor), _low(deal.rowWeight, WIDTH));
        node = abi.encodePacked(node, uint8(deal.cliques.length));
        for (uint256 c; c < deal.cliques.length; ++c) {
            uint256[] memory positions = deal.cliques[c].positions;
            node = abi.encodePacked(node, uint16(positions.length));
            for (uint256 k; k < positions.length; ++k) node = abi.encodePacked(node, _low(positions[k], deal.offers.length > 256 ? 2 : 1));
            node = abi.encodePacked(node, _low(deal.cliques[c].weight, WIDTH));
        }
    }

    // ---------------------------------------------------------------- drawing

    /// @dev Prices first, then offers worth at most theirs: but one in many is dearer.
    function _draw(Dice memory dice) private pure returns (Deal memory deal) {
        deal.rollups = 1 + dice.below(dice.oneIn(4) ? 200 : 12);
        uint256 all = (1 << deal.rollups) - 1;
        deal.uncovered = dice.oneIn(2) ? all : dice.next() & all;
        (deal.budget, deal.chosen, deal.scale) = (dice.below(1000), dice.below(50), dice.below(3));
        (deal.row, deal.divisor, deal.rowWeight) = (dice.next() & all, 1 + dice.below(3), dice.below(40));
        deal.groupPrices = new uint256[](GROUPS);
        for (uint256 g; g < GROUPS; ++g) deal.groupPrices[g] = dice.below(30);
        _drawPrices(dice, deal);
        bool isCrowd = dice.oneIn(10);
        deal.offers = new Offer[](isCrowd ? 40 + dice.below(dice.oneIn(3) ? 560 : 260) : 1 + dice.below(24));
        for (uint256 j; j < deal.offers.length; ++j) deal.offers[j] = _drawOffer(dice, deal, isCrowd);
        deal.cliques = new Clique[](dice.below(isCrowd ? 3 : 4));
        for (uint256 c; c < deal.cliques.length; ++c) deal.cliques[c] = Clique(_drawClique(dice, deal), dice.below(60));
        for (uint256 j; j < deal.offers.length; ++j) _appraise(dice, deal, j);
        deal.threshold = _thresholdFor(dice, deal);
    }

    function _drawPrices(Dice memory dice, Deal memory deal) private pure {
        deal.kept = dice.oneIn(2);
        deal.above = new uint256[](deal.rollups);
        deal.prices = new int256[](deal.rollups);
        for (uint256 i; i < deal.rollups; ++i) {
            deal.above[i] = dice.below(100);
            deal.prices[i] = deal.kept ? int256(deal.above[i]) : int256(0);
            if (dice.oneIn(3)) continue;
            deal.named |= 1 << i;
            deal.prices[i] = int256(dice.below(200)) - int256(dice.oneIn(3) ? uint256(100) : 0);
        }
    }

    /// @dev Of a crowd nearly all hold the first rollup: large cliques.
    function _drawOffer(Dice memory dice, Deal memory deal, bool isCrowd) private pure returns (Offer memory offer) {
        for (uint256 left = 1 + dice.below(4); left != 0; --left) offer.mask |= 1 << dice.below(deal.rollups);
        if (isCrowd && !dice.oneIn(60)) offer.mask |= 1;
        if (dice.oneIn(3)) offer.groupTag = 1 + dice.below(GROUPS);
        offer.slack = dice.below(1100);
        offer.inSet = !dice.oneIn(8);
    }

    function _drawClique(Dice memory dice, Deal memory deal) private pure returns (uint256[] memory positions) {
        positions = new uint256[](deal.offers.length);
        uint256 count;
        bool any = dice.oneIn(60);
        uint256 skipped = dice.below(4);
        for (uint256 j; j < positions.length; ++j) {
            bool meets = !dice.oneIn(1 + skipped) || skipped == 0;
            for (uint256 k; k < count && meets && !any; ++k) meets = _meet(deal.offers[positions[k]], deal.offers[j]);
            if (meets) positions[count++] = j;
        }
        return _first(positions, count);
    }

    function _appraise(Dice memory dice, Deal memory deal, uint256 j) private pure {
        int256 price = _slackOf(deal, j) >> deal.scale;
        if (price <= 0) {
            deal.offers[j].value = dice.oneIn(400) ? 1 : 0;
            if (price < 0 && !dice.oneIn(400)) deal.offers[j].inSet = false;
            return;
        }
        deal.offers[j].value = uint256(price) - dice.below(1 + uint256(price) / (dice.oneIn(2) ? 1 : 20));
        if (dice.oneIn(1000)) deal.offers[j].value = uint256(price) + 1;
    }

    /// @dev So that the budget is a small number, below 0, or just what some offer's slack is.
    function _thresholdFor(Dice memory dice, Deal memory deal) private pure returns (uint256) {
        int256 sum;
        for (uint256 i; i < deal.rollups; ++i) if (deal.uncovered >> i & 1 == 1) sum += deal.prices[i];
        for (uint256 g; g < GROUPS; ++g) sum += int256(deal.groupPrices[g]);
        for (uint256 c; c < deal.cliques.length; ++c) sum += int256(deal.cliques[c].weight);
        sum += int256(_count(deal.uncovered & deal.row) / deal.divisor * deal.rowWeight);
        if (dice.oneIn(2)) sum -= _slackOf(deal, dice.below(deal.offers.length));
        else sum += int256(dice.oneIn(4) ? uint256(60) : 0) - int256(dice.below(120));
        int256 threshold = (sum >> deal.scale) + int256(deal.chosen);
        return threshold < 0 ? 0 : uint256(threshold);
    }

    function _first(uint256[] memory list, uint256 count) private pure returns (uint256[] memory) {
        assembly ("memory-safe") {
            mstore(list, count) // only ever shortens
        }
        return list;
    }

    function _low(uint256 number, uint256 width) private pure returns (bytes memory out) {
        out = new bytes(width);
        for (uint256 k; k < width; ++k) out[k] = bytes1(uint8(number >> (8 * (width - 1 - k))));
    }

    function _selector(bytes memory data) private pure returns (bytes memory) {
        return data.length < 4 ? data : abi.encodePacked(bytes4(data));
    }

    function _count(uint256 mask) private pure returns (uint256 count) {
        for (; mask != 0; mask &= mask - 1) ++count;
    }
}
