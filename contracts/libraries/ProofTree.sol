// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AliveList} from "./AliveList.sol";
import {Bundle} from "./Bundle.sol";
import {ByteReader} from "./ByteReader.sol";
import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @notice What stays the same over a whole proof, and how far it has been read.
/// @param rollups, offers, groups, scale of the round and the certificate
/// @param threshold T in ticks: no partition may be worth as much
/// @param live the offers alive after the root, three words each, see `BookPass.walk`
/// @param cursor bytes of the certificate read so far
/// @param depth nodes above the present one
struct Proof {
    uint256 rollups;
    uint256 offers;
    uint256 groups;
    uint256 scale;
    uint256 threshold;
    uint256[] live;
    uint256 cursor;
    uint256 depth;
}

/// @notice A node: what isn't covered, what is alive, the slack budget, the value chosen so far.
/// @param alive see `AliveList`; each slack is at most the budget
/// @param uncovered rollups
/// @param groupsLeft how many groups aren't covered
/// @param groupSlacks slack of each group's stand-alone offer, or COVERED, or DROPPED
struct NodeState {
    uint256[] alive;
    uint256 uncovered;
    uint256 groupsLeft;
    int256[] groupSlacks;
    int256 budget;
    uint256 chosen;
}

/// @notice The prices of one price node; a rollup or group that it doesn't name has price 0.
struct PriceVector {
    uint256 priced;
    int256[] rollupPrices;
    bool pricesGroups;
    int256[] groupPrices;
}

/// @title ProofTree: the nodes of a certificate below its root
/// @notice Why each rule is sound: `docs/certificate.md`. Bytes: `docs/encoding.md`.
///
/// [T1] A price is below 2^127 in size, at most 2^16 + 2^8 items take one in a node and at most 48 nodes lie on a path, so slacks and
///      budgets stay below 2^151 in size: signed sums can't overflow.
/// [T2] Slacks and budget hold no cut, so the slacks of a full cover add up to at most the budget exactly when it is worth T or more. Hence an item
///      node can't reach a harmless full cover; and the search, which branches on rollups only and leaves out the stand-alone offers of
///      groups, prunes less than it might but accepts the same nodes.
/// [T3] Memory that a child used is given back: its lists are no longer referred to, and `new` zeroes what it hands out.
library ProofTree {
    using AliveList for uint256;
    using AliveList for uint256[];
    using ByteReader for bytes;

    uint256 internal constant NODE_CLOSED = 0;
    uint256 internal constant NODE_PRICE = 1;
    uint256 internal constant NODE_ITEM = 2;
    uint256 internal constant NODE_SEARCH = 3;
    uint256 internal constant MAX_DEPTH = 48;
    uint256 internal constant MAX_PRICE_BYTES = 16;

    int256 internal constant COVERED = type(int256).min;
    int256 internal constant DROPPED = type(int256).max;

    // ---------------------------------------------------------------- reading

    /// @notice Moves the cursor past `width` bytes and returns where they begin. Raises TruncatedCertificate.
    function take(Proof memory proof, bytes calldata data, uint256 width) internal pure returns (uint256 offset) {
        offset = proof.cursor;
        proof.cursor = offset + width;
        require(proof.cursor <= data.length, ICertificateErrors.TruncatedCertificate(proof.cursor, data.length));
    }

    function takeUint(Proof memory proof, bytes calldata data, uint256 width) internal pure returns (uint256) {
        return data.uintAt(take(proof, data, width), width);
    }

    /// @notice Reads a price node's vector; its kind has been read. Raises UnsupportedNode, PriceWidthOutOfRange, UnknownItem, ItemsNotAscending.
    function takePrices(Proof memory proof, bytes calldata data) internal pure returns (PriceVector memory prices) {
        uint256 flags = takeUint(proof, data, 1);
        require(flags == 0, ICertificateErrors.UnsupportedNode(flags)); // cuts and reset: their place, not yet their rules
        uint256 width = takeUint(proof, data, 1);
        require(width > 0 && width <= MAX_PRICE_BYTES, ICertificateErrors.PriceWidthOutOfRange(width, MAX_PRICE_BYTES));

        uint256 maskBytes = (proof.rollups + 7) / 8;
        if (maskBytes != 0) prices.priced = takeUint(proof, data, maskBytes);
        prices.rollupPrices = new int256[](proof.rollups);
        for (uint256 rest = prices.priced; rest != 0; rest &= rest - 1) {
            uint256 rollup = Bundle.wrap(rest).lowest();
            require(rollup < proof.rollups, ICertificateErrors.UnknownItem(rollup, proof.rollups));
            prices.rollupPrices[rollup] = data.intAt(take(proof, data, width), width);
        }

        uint256 count = takeUint(proof, data, 2);
        prices.pricesGroups = count != 0;
        prices.groupPrices = new int256[](count == 0 ? 0 : proof.groups);
        uint256 next;
        for (; count != 0; --count) {
            uint256 group = takeUint(proof, data, 2);
            require(group < proof.groups, ICertificateErrors.UnknownItem(proof.rollups + group, proof.rollups + proof.groups));
            require(group >= next, ICertificateErrors.ItemsNotAscending(next, group));
            prices.groupPrices[group] = data.intAt(take(proof, data, width), width);
            next = group + 1;
        }
    }

    // ------------------------------------------------------------------ nodes

    /// @notice Reads the node at the cursor and everything below it, and returns where the state is refuted. Raises otherwise.
    function refute(Proof memory proof, bytes calldata data, NodeState memory state) internal pure {
        uint256 kind = takeUint(proof, data, 1);
        require(++proof.depth <= MAX_DEPTH, ICertificateErrors.TreeTooDeep(MAX_DEPTH));
        if (kind == NODE_SEARCH) _search(proof, state);
        else if (kind == NODE_ITEM) _branch(proof, data, state);
        else if (kind == NODE_PRICE) _reprice(proof, data, state);
        else if (kind == NODE_CLOSED) revert ICertificateErrors.OpenLeaf(state.budget);
        else revert ICertificateErrors.UnknownNode(kind);
        --proof.depth;
    }

    /// @notice What follows a price node: nothing where its budget is spent, else a node.
    function refutePriced(Proof memory proof, bytes calldata data, NodeState memory state) internal pure {
        if (state.budget >= 0) return refute(proof, data, state);
        uint256 kind = takeUint(proof, data, 1);
        require(kind == NODE_CLOSED, ICertificateErrors.NodeBelowClosed(state.budget));
    }

    function _reprice(Proof memory proof, bytes calldata data, NodeState memory state) private pure {
        PriceVector memory prices = takePrices(proof, data);
        NodeState memory next = NodeState({
            alive: new uint256[](state.alive.length),
            uncovered: state.uncovered,
            groupsLeft: state.groupsLeft,
            groupSlacks: state.groupSlacks,
            budget: state.budget + _sumOver(prices.rollupPrices, prices.priced & state.uncovered),
            chosen: state.chosen
        });
        if (prices.pricesGroups) _repriceGroups(proof, state, next, prices.groupPrices);

        uint256 kept;
        for (uint256 i; i < state.alive.length; ++i) {
            uint256 word = state.alive[i];
            (uint256 mask, uint256 meta) = word.offerOf();
            int256 slack = int256(word.slackOf()) + _sumOver(prices.rollupPrices, prices.priced & mask);
            uint256 groupTag = uint32(meta >> 32); // a field of 32 bits
            if (prices.pricesGroups && groupTag != 0) slack += prices.groupPrices[groupTag - 1];
            require(slack >= 0, ICertificateErrors.NegativeSlack(uint32(meta), slack));
            if (slack <= next.budget) next.alive[kept++] = AliveList.word(uint256(slack), uint32(word)); // the low 32 bits: its address
        }
        _truncate(next.alive, kept);
        refutePriced(proof, data, next);
    }

    function _repriceGroups(Proof memory proof, NodeState memory state, NodeState memory next, int256[] memory groupPrices) private pure {
        next.groupSlacks = new int256[](proof.groups);
        for (uint256 group; group < proof.groups; ++group) {
            int256 slack = state.groupSlacks[group];
            if (slack != COVERED) {
                next.budget += groupPrices[group];
                if (slack > state.budget) slack = DROPPED;
                if (slack != DROPPED) {
                    slack += groupPrices[group];
                    require(slack >= 0, ICertificateErrors.NegativeSlack(proof.offers + proof.rollups + group, slack));
                }
            }
            next.groupSlacks[group] = slack;
        }
        // A stand-alone offer is dropped where its slack exceeds the new budget; until the next prices `_groupAlive` compares it so.
    }

    /// @dev Branches on an item: one child for each alive offer that holds it, in index order.
    function _branch(Proof memory proof, bytes calldata data, NodeState memory state) private pure {
        uint256 item = takeUint(proof, data, 2);
        uint256 given = takeUint(proof, data, 2);
        require(item < proof.rollups + proof.groups, ICertificateErrors.UnknownItem(item, proof.rollups + proof.groups));
        bool isGroup = item >= proof.rollups;
        uint256 group = isGroup ? item - proof.rollups : 0;
        bool isLeft = isGroup ? state.groupSlacks[group] != COVERED : (state.uncovered >> item) & 1 == 1;
        require(isLeft, ICertificateErrors.ItemCovered(item));

        uint256 needed;
        for (uint256 i; i < state.alive.length; ++i) {
            (uint256 mask, uint256 meta) = state.alive[i].offerOf();
            if (isGroup ? uint32(meta >> 32) != group + 1 : (mask >> item) & 1 == 0) continue;
            if (++needed <= given) _child(proof, data, state, i);
        }
        if (isGroup && _groupAlive(state, group)) {
            if (++needed <= given) _childOfGroup(proof, data, state, group);
        }
        require(needed == given, ICertificateErrors.WrongChildren(item, given, needed));
    }

    function _child(Proof memory proof, bytes calldata data, NodeState memory state, uint256 i) private pure {
        uint256 mark = _freeMemory();
        uint256 slack = state.alive[i].slackOf();
        (uint256 mask, uint256 meta) = state.alive[i].offerOf();
        uint256 groupTag = uint32(meta >> 32);
        NodeState memory next;
        next.uncovered = state.uncovered & ~mask;
        next.budget = state.budget - int256(slack);
        next.chosen = state.chosen + (meta >> 64);
        next.groupsLeft = groupTag == 0 ? state.groupsLeft : state.groupsLeft - 1;
        next.groupSlacks = groupTag == 0 ? state.groupSlacks : _cover(state.groupSlacks, groupTag - 1);
        next.alive = state.alive.survivors(mask, groupTag, uint256(next.budget)); // slack ≤ budget: not negative
        _enter(proof, data, next);
        _release(mark);
    }

    function _childOfGroup(Proof memory proof, bytes calldata data, NodeState memory state, uint256 group) private pure {
        uint256 mark = _freeMemory();
        NodeState memory next;
        next.uncovered = state.uncovered;
        next.budget = state.budget - state.groupSlacks[group];
        next.chosen = state.chosen;
        next.groupsLeft = state.groupsLeft - 1;
        next.groupSlacks = _cover(state.groupSlacks, group);
        next.alive = state.alive.survivors(0, group + 1, uint256(next.budget)); // alive: its slack ≤ budget
        _enter(proof, data, next);
        _release(mark);
    }

    /// @dev A child that covers everything within its budget is worth T or more [T2]; all others are nodes of the certificate.
    function _enter(Proof memory proof, bytes calldata data, NodeState memory next) private pure {
        bool isFullCover = next.uncovered == 0 && next.groupsLeft == 0;
        require(!isFullCover, ICertificateErrors.BetterPartition(next.chosen, proof.threshold));
        refute(proof, data, next);
    }

    // ----------------------------------------------------------------- search

    struct Frame {
        uint256[] alive;
        uint256 uncovered;
        uint256 budget;
        uint256 chosen;
        uint256 branch; // the rollup branched on, as a bit; 0 closes the frame
        uint256 next; // index into `alive`
        uint256 mark; // free memory before the frame
    }

    /// @dev Walks all covers of the uncovered rollups by alive offers within the budget, depth first, on a stack of its own.
    function _search(Proof memory proof, NodeState memory state) private pure {
        uint256 mark = _freeMemory();
        Frame[] memory frames = _stack(proof.rollups + 1); // each frame covers a rollup more
        uint256 depth;
        // fits: a node is searched only where its budget is at least 0
        _open(proof, frames, 0, state.alive, state.uncovered, uint256(state.budget), state.chosen, mark);
        while (true) {
            Frame memory frame = frames[depth];
            uint256 picked = frame.alive.nextHolding(frame.next, frame.branch);
            if (picked >= frame.alive.length) {
                if (depth == 0) break;
                _release(frame.mark);
                --depth;
                continue;
            }
            frame.next = picked + 1;
            uint256 before = _freeMemory();
            uint256 word = frame.alive[picked];
            (uint256 mask, uint256 meta) = word.offerOf();
            uint256 budget = frame.budget - word.slackOf(); // slack ≤ budget by `survivors`
            uint256[] memory alive = frame.alive.survivors(mask, uint32(meta >> 32), budget);
            _open(proof, frames, ++depth, alive, frame.uncovered & ~mask, budget, frame.chosen + (meta >> 64), before);
        }
        _release(mark);
    }

    function _open(
        Proof memory proof,
        Frame[] memory frames,
        uint256 depth,
        uint256[] memory alive,
        uint256 uncovered,
        uint256 budget,
        uint256 chosen,
        uint256 mark
    ) private pure {
        if (uncovered == 0 && chosen >= proof.threshold) revert ICertificateErrors.BetterPartition(chosen, proof.threshold);
        uint256 branch = uncovered == 0 ? 0 : alive.scarcest(uncovered);
        frames[depth] = Frame(alive, uncovered, budget, chosen, branch, 0, mark);
    }

    /// @dev Places for `length` frames. `new` would make and clear each of them; here a frame is written before it is read.
    function _stack(uint256 length) private pure returns (Frame[] memory frames) {
        assembly ("memory-safe") {
            frames := mload(0x40)
            mstore(frames, length)
            mstore(0x40, add(frames, shl(5, add(length, 1))))
        }
    }

    // ---------------------------------------------------------------- helpers

    function _groupAlive(NodeState memory state, uint256 group) private pure returns (bool) {
        return state.groupSlacks[group] != COVERED && state.groupSlacks[group] <= state.budget; // DROPPED exceeds any budget
    }

    function _cover(int256[] memory groupSlacks, uint256 group) private pure returns (int256[] memory next) {
        next = new int256[](groupSlacks.length);
        for (uint256 i; i < next.length; ++i) next[i] = groupSlacks[i];
        next[group] = COVERED;
    }

    function _sumOver(int256[] memory prices, uint256 mask) private pure returns (int256 sum) {
        for (; mask != 0; mask &= mask - 1) sum += prices[Bundle.wrap(mask).lowest()];
    }

    /// @dev Shortens a list that was just allocated; what it gives up stays unused.
    function _truncate(uint256[] memory list, uint256 length) private pure {
        assembly ("memory-safe") {
            mstore(list, length)
        }
    }

    function _freeMemory() private pure returns (uint256 mark) {
        assembly ("memory-safe") {
            mark := mload(0x40)
        }
    }

    /// @dev [T3]
    function _release(uint256 mark) private pure {
        assembly ("memory-safe") {
            mstore(0x40, mark)
        }
    }
}
