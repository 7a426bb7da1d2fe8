// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Sealed: one bidder's entry in one round, in one storage word
/// @notice The word is empty; or a *seal* (tag 1 and 248 bits of a hash over what was committed); or *revealed* (tag 2, what the
/// round still locks of the bidder, how many offers it made); or *closed* (tag 3). Twin: `seqmarket/sequencer/commitment.py`.
type Sealed is bytes32;

using {SealedLib.isEmpty, SealedLib.isSeal, SealedLib.isRevealed, SealedLib.exposureTicks, SealedLib.offers, sameSealed as ==} for Sealed global;

function sameSealed(Sealed a, Sealed b) pure returns (bool) {
    return Sealed.unwrap(a) == Sealed.unwrap(b);
}

library SealedLib {
    Sealed internal constant CLOSED = Sealed.wrap(bytes32(uint256(3) << 248));

    /// @notice The commitment that a bidder sends: it binds chain, market, round, bidder, the whole bid list and a salt.
    /// @param records the packed bid list, see `BidList`
    function commitmentOf(uint256 chainId, address market, uint256 round, address bidder, bytes memory records, bytes32 salt)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(chainId, market, round, bidder, keccak256(records), salt));
    }

    /// @notice What the market stores of a commitment: one word that also binds the collateral and the offer slots.
    function seal(bytes32 commitment, uint64 collateralTicks, uint16 offerSlots) internal pure returns (Sealed) {
        bytes32 hash = keccak256(abi.encode(commitment, collateralTicks, offerSlots));
        return Sealed.wrap(bytes32(uint256(1) << 248 | uint256(hash) >> 8));
    }

    function revealed(uint64 exposure, uint16 offerCount) internal pure returns (Sealed) {
        return Sealed.wrap(bytes32(uint256(2) << 248 | uint256(offerCount) << 64 | exposure));
    }

    function isEmpty(Sealed self) internal pure returns (bool) {
        return Sealed.unwrap(self) == 0;
    }

    function isSeal(Sealed self) internal pure returns (bool) {
        return uint256(Sealed.unwrap(self)) >> 248 == 1;
    }

    function isRevealed(Sealed self) internal pure returns (bool) {
        return uint256(Sealed.unwrap(self)) >> 248 == 2;
    }

    /// @notice What the round still locks of a bidder who revealed, in ticks.
    function exposureTicks(Sealed self) internal pure returns (uint64) {
        return uint64(uint256(Sealed.unwrap(self))); // the low 64 bits by construction
    }

    function offers(Sealed self) internal pure returns (uint16) {
        return uint16(uint256(Sealed.unwrap(self)) >> 64); // bits 64 to 79 by construction
    }
}
