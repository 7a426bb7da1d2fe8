// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Book, ISealedBidMarket} from "../interfaces/ISealedBidMarket.sol";
import {BidListTotals} from "../libraries/BidList.sol";
import {Chunk} from "../libraries/Chunk.sol";
import {Sealed, SealedLib} from "../libraries/Sealed.sol";

/// @title OfferBook: each round's sealed entries, and the digest of what was opened
abstract contract OfferBook is ISealedBidMarket {
    mapping(uint256 round => Book) private books;
    mapping(uint256 round => mapping(address bidder => Sealed)) private entries;

    /// @dev Keeps a bidder's seal and the places it may fill.
    function _seal(uint256 round, address bidder, Sealed entry, uint256 slots, uint256 bookBytes) internal {
        Book storage book = books[round];
        book.slots = uint16(slots); // fits: the caller holds them to caps of these fields
        book.bookBytes = uint32(bookBytes);
        entries[round][bidder] = entry;
    }

    /// @dev Folds a reveal into the book.
    function _append(uint256 round, address bidder, bytes calldata records, BidListTotals memory totals) internal {
        Book storage book = books[round];
        book.digest = Chunk.extend(book.digest, bidder, uint16(totals.offers), records); // fits: at most the bidder's slots
        entries[round][bidder] = SealedLib.revealed(uint64(totals.exposureTicks), uint16(totals.offers)); // fits: at most the collateral
    }

    /// @dev Lowers what the round locks of a winner.
    function _spend(uint256 round, address bidder, uint64 ticks) internal {
        mapping(address => Sealed) storage ofRound = entries[round];
        Sealed entry = ofRound[bidder];
        ofRound[bidder] = SealedLib.revealed(entry.exposureTicks() - ticks, entry.offers());
    }

    function _close(uint256 round, address bidder) internal {
        entries[round][bidder] = SealedLib.CLOSED;
    }

    function _bookOf(uint256 round) internal view returns (Book memory) {
        return books[round];
    }

    function _digestOf(uint256 round) internal view returns (bytes32) {
        return books[round].digest;
    }

    /// @dev The places that commitments have reserved.
    function _reservedOf(uint256 round) internal view returns (uint256 slots, uint256 bookBytes) {
        Book storage book = books[round];
        return (book.slots, book.bookBytes);
    }

    function _entryOf(uint256 round, address bidder) internal view returns (Sealed) {
        return entries[round][bidder];
    }
}
