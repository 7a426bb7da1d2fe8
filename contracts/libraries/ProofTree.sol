// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Boards} from "./Board.sol";
import {ByteReader} from "./ByteReader.sol";
import {Frames, Proof} from "./Frame.sol";
import {ItemBranch} from "./ItemBranch.sol";
import {Lemmas} from "./Lemmas.sol";
import {PriceNode} from "./PriceNode.sol";
import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @notice What is left to do once the present node is refuted.
/// @param above where the `Pending` stands that was there before; 0 for none
/// @param kind of the node that waits
/// @param frame of the child (items), or of the node (offers)
/// @param top frame of the node (items)
/// @param mark memory from there on is given back
/// @param before where it stands in memory what to put back (prices)
struct Pending {
    uint256 above;
    uint256 kind;
    uint256 frame;
    uint256 top;
    uint256 mark;
    uint256 before;
}

/// @title ProofTree: the nodes of a certificate below its root
/// @notice Why each rule is sound: `docs/certificate.md`. Bytes: `docs/encoding.md`. Twin: `seqmarket/certificate/chain_check.py`.
///
/// [T1] The tree is walked with a stack of its own in memory; at most MAX_DEPTH price nodes and chosen offers lie on a path, and at most an item for each rollup.
/// [T2] Memory that a node used is given back when it is refuted: nothing refers to it any more, and what is allocated anew is written before it is read.
library ProofTree {
    using ByteReader for bytes;

    uint256 internal constant MAX_DEPTH = 24;
    uint256 private constant ITEM = 0;
    uint256 private constant PRICE = 1;
    uint256 private constant OFFER = 2;
    uint256 private constant LEMMA = 3;

    /// @notice Raises UnknownItem where the first number at the cursor isn't a price node's.
    function requirePrice(Proof memory proof, bytes calldata data, uint256 cursor) internal pure {
        if (!isPrice(proof, data, cursor)) revert ICertificateErrors.UnknownItem(data.uintAt(cursor, proof.codeBytes), proof.rollups);
    }

    function isPrice(Proof memory proof, bytes calldata data, uint256 cursor) internal pure returns (bool) {
        unchecked {
            // one byte or two
            return data.uintAt(cursor, proof.codeBytes) == (1 << (8 * proof.codeBytes)) - PRICE;
        }
    }

    /// @notice Reads the node at the cursor for the state of `frame`, and all below it, and returns where they refute it. Raises otherwise.
    /// @param isRefuted whether a lemma was proved
    function refute(Proof memory proof, bytes calldata data, uint256 frame, function(bytes32) view returns (bool) isRefuted) internal view {
        uint256 pending; // where the innermost `Pending` stands
        do {
            (frame, pending) = _node(proof, data, frame, pending, isRefuted);
            while (frame == 0 && pending != 0) (frame, pending) = _goOn(proof, data, pending);
        } while (frame != 0);
    }

    /// @dev Reads one node for the state of `frame`. Returns the state that the next node is for, or 0 where the node is refuted.
    function _node(Proof memory proof, bytes calldata data, uint256 frame, uint256 pending, function(bytes32) view returns (bool) isRefuted)
        private
        view
        returns (uint256, uint256)
    {
        unchecked {
            // memory addresses, a cursor, a depth of at most 24
            uint256 code = data.uintAt(proof.cursor, proof.codeBytes); // [F1]
            proof.cursor += proof.codeBytes;
            if (code < proof.rollups) {
                Boards.hold(proof.board); // before the node's mark [S6]
                ItemBranch.open(proof, frame, code);
                return _branch(proof, data, frame, frame, Boards.base(), pending);
            }
            uint256 kind = (1 << (8 * proof.codeBytes)) - code;
            if (kind > LEMMA) revert ICertificateErrors.UnknownItem(code, proof.rollups);
            if (!proof.allHinted) revert ICertificateErrors.NotHinted(code);
            if (kind == LEMMA) {
                bytes32 lemma = Lemmas.ofFrame(proof, frame);
                if (!isRefuted(lemma)) revert ICertificateErrors.UnprovedLemma(lemma);
                return (0, pending);
            }
            if (kind == PRICE) return _price(proof, data, frame, Boards.base(), pending);
            Boards.hold(proof.board); // before the node's mark [S6]
            return _offer(proof, data, frame, Boards.base(), pending);
        }
    }

    /// @dev Goes on with what waits for a node that was refuted.
    function _goOn(Proof memory proof, bytes calldata data, uint256 pending) private pure returns (uint256, uint256) {
        unchecked {
            // a depth that was counted up
            Pending memory its = _at(pending);
            uint256 above = its.above;
            if (its.kind == ITEM) return _branch(proof, data, ItemBranch.up(its.frame), its.top, its.mark, above);
            --proof.depth;
            uint256 next;
            if (its.kind == PRICE) PriceNode.leave(proof, _beforeAt(its.before));
            else next = its.frame; // the state without the offer
            ItemBranch.release(its.mark); // [T2]
            return (next, above);
        }
    }

    function _branch(Proof memory proof, bytes calldata data, uint256 at, uint256 top, uint256 mark, uint256 pending)
        private
        pure
        returns (uint256, uint256)
    {
        uint256 child = ItemBranch.run(proof, data, at, top);
        if (child != 0) return (child, _wait(pending, ITEM, child, top, mark));
        ItemBranch.release(mark); // [T2]
        return (0, pending);
    }

    function _price(Proof memory proof, bytes calldata data, uint256 frame, uint256 mark, uint256 pending)
        private
        pure
        returns (uint256, uint256)
    {
        (uint256 below, PriceNode.Before memory before) = PriceNode.enter(proof, data, frame);
        if (below == 0) {
            PriceNode.leave(proof, before);
            ItemBranch.release(mark); // [T2]
            return (0, pending);
        }
        _deeper(proof);
        pending = _wait(pending, PRICE, frame, 0, mark);
        uint256 at;
        assembly ("memory-safe") {
            at := before
        }
        _at(pending).before = at;
        return (below, pending);
    }

    /// @dev The state with the offer first; it leaves the state of `frame` without it.
    function _offer(Proof memory proof, bytes calldata data, uint256 frame, uint256 mark, uint256 pending)
        private
        pure
        returns (uint256, uint256)
    {
        unchecked {
            // memory addresses, a cursor, a depth of at most 24
            uint256 position = data.uintAt(proof.cursor, proof.positionBytes); // [F1]
            proof.cursor += proof.positionBytes;
            uint256 place = Boards.placeOf(proof.board, position);
            if (place == Boards.NOWHERE) revert ICertificateErrors.NotAlive(position);
            uint256 set = frame + Frames.ALIVE + (place >> 8 << 5);
            uint256 bit = 1 << (place & 0xff);
            if (Boards.word(set, 0) & bit == 0 || !Frames.isAlive(proof, frame, place)) revert ICertificateErrors.NotAlive(position);
            Boards.setWord(set, 0, Boards.word(set, 0) & ~bit);
            uint256 child = ItemBranch.choose(proof, frame, place);
            if (child == 0) return (frame, pending);
            _deeper(proof);
            return (child, _wait(pending, OFFER, frame, 0, mark));
        }
    }

    function _deeper(Proof memory proof) private pure {
        if (++proof.depth > MAX_DEPTH) revert ICertificateErrors.TreeTooDeep(MAX_DEPTH);
    }

    function _wait(uint256 above, uint256 kind, uint256 frame, uint256 top, uint256 mark) private pure returns (uint256 pending) {
        Pending memory its;
        its.above = above;
        its.kind = kind;
        its.frame = frame;
        its.top = top;
        its.mark = mark;
        assembly ("memory-safe") {
            pending := its
        }
    }

    function _beforeAt(uint256 at) private pure returns (PriceNode.Before memory before) {
        assembly ("memory-safe") {
            before := at
        }
    }

    function _at(uint256 pending) private pure returns (Pending memory its) {
        assembly ("memory-safe") {
            its := pending
        }
    }
}
