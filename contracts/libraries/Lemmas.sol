// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Boards} from "./Board.sol";
import {ByteReader} from "./ByteReader.sol";
import {Frames, Proof} from "./Frame.sol";
import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @title Lemmas: statements that a proof may leave to another transaction
/// @notice "No disjoint choice of these offers covers `uncovered` and is worth `target` ticks or more." Its key binds all that it says, so it is a fact, whoever proved it and for which round.
library Lemmas {
    using ByteReader for bytes;

    uint256 private constant VALUE_BYTES = 8;
    uint256 private constant GROUP_BYTES = 2;
    uint256 private constant MAX_MASK_BYTES = 32;

    function key(uint256 uncovered, uint256 target, bytes32 digest) internal pure returns (bytes32) {
        return keccak256(abi.encode(uncovered, target, digest));
    }

    /// @notice The digest once the entries from `from` to `end` are added, which may not be allocated memory yet.
    function foldAll(bytes32 digest, uint256 from, uint256 end) internal pure returns (bytes32) {
        unchecked {
            // memory addresses
            for (; from < end; from += Boards.ENTRY_BYTES) digest = _fold(digest, from, end);
        }
        return digest;
    }

    /// @dev The digest once an entry is added; three words from `scratch` on are written over.
    function _fold(bytes32 digest, uint256 entry, uint256 scratch) private pure returns (bytes32 next) {
        (uint256 mask, uint256 meta) = Boards.pairAt(entry);
        assembly ("memory-safe") {
            mstore(scratch, digest)
            mstore(add(scratch, 32), mask)
            mstore(add(scratch, 64), or(shl(32, shr(64, meta)), and(shr(32, meta), 0xffffffff)))
            next := keccak256(scratch, 96)
        }
    }

    /// @notice What the state of a frame comes to: its uncovered rollups, its alive offers, and what is missing to the threshold.
    function ofFrame(Proof memory proof, uint256 frame) internal pure returns (bytes32) {
        unchecked {
            // memory addresses, positions in calldata
            Board memory board = proof.board;
            (uint256 uncovered,, uint256 chosen) = Frames.read(frame);
            bytes32 digest;
            (uint256 set, uint256 words, uint256 entries) = (frame + Frames.ALIVE, board.words, board.entries);
            // In assembly because a proof in pieces pays for every offer alive at each lemma: 250 gas, and 500 in plain Solidity. Its twin is `lemma_key`.
            assembly ("memory-safe") {
                let scratch := mload(0x40)
                let covered := not(mload(add(frame, 32))) // Frames.UNCOVERED
                let budget := mload(add(frame, 64)) // Frames.BUDGET
                for { let end := add(set, shl(5, words)) } lt(set, end) { set := add(set, 32) } {
                    for { let rest := mload(set) } rest {} {
                        let bit_ := and(rest, sub(0, rest))
                        rest := xor(rest, bit_)
                        let entry := add(entries, shl(7, sub(255, clz(bit_)))) // ENTRY_BYTES
                        if or(and(mload(entry), covered), gt(mload(add(entry, 64)), budget)) { continue }
                        let meta := mload(add(entry, 32))
                        mstore(scratch, digest)
                        mstore(add(scratch, 32), mload(entry))
                        mstore(add(scratch, 64), or(shl(32, shr(64, meta)), and(shr(32, meta), 0xffffffff)))
                        digest := keccak256(scratch, 96)
                    }
                    entries := add(entries, 0x8000) // 256 of ENTRY_BYTES
                }
            }
            // a state may have chosen the threshold's worth already, where cuts leave it a budget: no target is below 0
            return key(uncovered, proof.threshold > chosen ? proof.threshold - chosen : 0, digest);
        }
    }

    /// @notice Lays out the offers of a lemma, `W (1) ‖ each mask (W) ‖ value (8) ‖ group + 1 (2)`, as entries of slack 0 from `Boards.base()` on.
    /// Raises TruncatedCertificate for a broken length, UnknownItem for a mask wider than 32 bytes, EmptyOffer.
    /// @return maskBytes W
    /// @return end where the entries end
    /// @return grouped whether an offer has a group
    function layOut(bytes calldata offers) internal pure returns (uint256 maskBytes, uint256 end, bool grouped) {
        unchecked {
            // memory addresses, positions in calldata
            if (offers.length == 0) revert ICertificateErrors.TruncatedCertificate(1, 0);
            maskBytes = offers.uintAt(0, 1);
            if (maskBytes == 0 || maskBytes > MAX_MASK_BYTES) revert ICertificateErrors.UnknownItem(8 * maskBytes, 8 * MAX_MASK_BYTES);
            uint256 step = maskBytes + VALUE_BYTES + GROUP_BYTES;
            uint256 rest = (offers.length - 1) % step;
            if (rest != 0) revert ICertificateErrors.TruncatedCertificate(offers.length - rest + step, offers.length);

            end = Boards.base();
            for (uint256 at = 1; at < offers.length; at += step) {
                uint256 mask = offers.uintAt(at, maskBytes);
                if (mask == 0) revert ICertificateErrors.EmptyOffer(at / step);
                uint256 value = offers.uintAt(at + maskBytes, VALUE_BYTES);
                uint256 tag = offers.uintAt(at + maskBytes + VALUE_BYTES, GROUP_BYTES);
                if (tag != 0) grouped = true;
                Boards.put(end, mask, value, tag, at / step, 0);
                end += Boards.ENTRY_BYTES;
            }
        }
    }
}
