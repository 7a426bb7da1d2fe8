// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ITickets, PoolBook} from "../interfaces/ITickets.sol";
import {PoolList} from "../libraries/PoolList.sol";
import {Strip} from "../libraries/Strip.sol";

/// @title TicketBook: the pools of each round, their strips of tickets, and the prices that bundles were sold at
/// @notice A pool has no word of its own. Its strips follow each other, each found by where it starts: [0, a), [a, b), …; the one that no strip follows is the last,
/// and says how many tickets were sold and for how much. So a purchase reads one word and writes one.
///
/// [T1] An id is 208 bits of a hash, a round and a start: as good a place in storage as any that a mapping finds, and no other slot of the contract is one, but by a collision of the hash.
///      So the id is the slot, which saves three hashes a purchase.
abstract contract TicketBook is ITickets {
    /// @param fromRound the round of the bundle's last pool, + 1; 0 where it never had one
    struct Priced {
        uint64 fromRound;
        uint64 baseTicks;
    }

    mapping(uint256 round => PoolBook) private books;
    mapping(uint256 bundle => Priced) private prices;

    function _openPool(uint256 round, uint256 bundle, uint64 baseTicks, uint64 drawPoint) internal {
        PoolBook storage book = books[round];
        book.digest = PoolList.extend(book.digest, bundle, baseTicks);
        book.pools += 1;
        book.drawPoint = drawPoint;
        prices[bundle] = Priced(uint64(round) + 1, baseTicks); // fits: a round is below 2^32
    }

    /// @dev A strip's slot is its id [T1].
    function _setStrip(uint256 id, Strip strip) internal {
        assembly ("memory-safe") {
            sstore(id, strip)
        }
    }

    function _markFeesTaken(uint256 round) internal {
        books[round].feesTaken = true;
    }

    function _poolsOf(uint256 round) internal view returns (PoolBook memory) {
        return books[round];
    }

    /// @dev The last round in which a bundle had a pool, and its base price then.
    function _pricedOf(uint256 bundle) internal view returns (bool known, uint256 round, uint64 baseTicks) {
        Priced memory its = prices[bundle];
        return its.fromRound == 0 ? (false, 0, 0) : (true, its.fromRound - 1, its.baseTicks);
    }

    function _strip(uint256 id) internal view returns (Strip strip) {
        assembly ("memory-safe") {
            strip := sload(id)
        }
    }

    /// @dev The last strip of a pool, given where it starts. Raises NoSuchStrip, NotLastStrip.
    function _lastStrip(uint256 pool, uint256 start) internal view returns (Strip strip) {
        strip = _existing(pool | start);
        require(_strip(pool | strip.end()).isEmpty(), NotLastStrip(pool | start, strip.end()));
    }

    /// @dev Raises NoSuchStrip.
    function _existing(uint256 id) internal view returns (Strip strip) {
        strip = _strip(id);
        require(!strip.isEmpty(), NoSuchStrip(id));
    }

    /// @dev What the tickets before `start` paid, given where the strip before it starts. Raises NotBefore.
    function _revenueBefore(uint256 pool, uint256 start, uint256 before) internal view returns (uint256) {
        if (start == 0) return 0;
        Strip strip = _strip(pool | before);
        require(strip.end() == start, NotBefore(pool | before, strip.end(), start));
        return strip.revenueTicks();
    }
}
