// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDrandRandomness} from "../interfaces/IDrandRandomness.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {Bls, G1, G2} from "./Bls.sol";
import {SeedBook} from "./SeedBook.sol";

/// @title DrandRandomness
contract DrandRandomness is IDrandRandomness, SeedBook {
    uint256 private constant LAST_POINT = type(uint64).max; // a round has 8 bytes in what is signed

    /// @inheritdoc IDrandRandomness
    uint64 public immutable genesis;
    /// @inheritdoc IDrandRandomness
    uint32 public immutable periodSeconds;

    uint256 private immutable x0High;
    uint256 private immutable x0Low;
    uint256 private immutable x1High;
    uint256 private immutable x1Low;
    uint256 private immutable y0High;
    uint256 private immutable y0Low;
    uint256 private immutable y1High;
    uint256 private immutable y1Low;

    /// @param groupKey_ as `groupKey` gives it, 256 bytes
    constructor(bytes memory groupKey_, uint64 genesis_, uint32 periodSeconds_) {
        require(periodSeconds_ > 0, ZeroPeriod());
        G2 memory key = Bls.readKey(groupKey_);

        genesis = genesis_;
        periodSeconds = periodSeconds_;
        (x0High, x0Low, x1High, x1Low) = (key.x0High, key.x0Low, key.x1High, key.x1Low);
        (y0High, y0Low, y1High, y1Low) = (key.y0High, key.y0Low, key.y1High, key.y1Low);
    }

    /// @inheritdoc IRandomness
    /// @dev The first round that is published at that time or after it.
    function pointAt(uint256 timestamp) external view returns (uint256 point) {
        if (timestamp <= genesis) return 1;
        point = (timestamp - genesis - 1) / periodSeconds + 2;
        require(point <= LAST_POINT, PointOutOfRange(point, LAST_POINT));
    }

    /// @inheritdoc IDrandRandomness
    function groupKey() external view returns (bytes memory) {
        return abi.encode(_key());
    }

    /// @inheritdoc IDrandRandomness
    function verify(uint256 point, bytes calldata proof) external view returns (bytes32 seed) {
        return _prove(point, proof);
    }

    function _prove(uint256 point, bytes calldata proof) internal view override returns (bytes32 seed) {
        require(point > 0 && point <= LAST_POINT, PointOutOfRange(point, LAST_POINT));
        require(proof.length == Bls.SIGNATURE_BYTES, WrongProofLength(proof.length, Bls.SIGNATURE_BYTES));
        G1 memory signature = Bls.readSignature(proof);

        bytes32 message = Bls.messageOf(uint64(point)); // fits: at most LAST_POINT
        require(Bls.isSignature(signature, message, _key()), WrongSignature(point));

        return Bls.seedOf(signature);
    }

    /// @dev Nothing can be seen without a proof.
    function _seenNow(uint256) internal pure override returns (bytes32) {
        return 0;
    }

    function _key() private view returns (G2 memory) {
        return G2(x0High, x0Low, x1High, x1Low, y0High, y0Low, y1High, y1Low);
    }
}
