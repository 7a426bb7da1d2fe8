// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRandomness} from "./IRandomness.sol";

/// @title Seeds from a drand network: a point is a beacon's round, its seed that beacon's randomness
/// @notice For networks of the scheme `bls-unchained-g1-rfc9380` (quicknet): the beacon of round r is the BLS signature, in G1 of BLS12-381, of
/// sha256(r as 8 bytes) by the network's key, and its randomness the sha256 of that signature, compressed. A round has exactly one valid
/// signature, so nobody can choose among seeds; it takes a threshold of the network's nodes to know one early. A proof is the signature
/// uncompressed: x ‖ y, 48 bytes each. Twin: `seqmarket/model/drand.py`.
///
/// Assumptions
/// - Fewer of the network's nodes than its threshold collude, and as many as its threshold go on signing.
/// - The chain's clock isn't behind the network's by more than the margin that a market leaves between its last sale and the time it asks for.
/// - The precompiles of EIP-2537 keep their gas cost. Each is forwarded exactly that, as a malformed point burns all that it is given; on a
///   chain that makes them dearer nothing can be proved any more, and what isn't captured by then stays missing.
interface IDrandRandomness is IRandomness {
    error ZeroPeriod();
    error PointOutOfRange(uint256 point, uint256 last);
    error WrongProofLength(uint256 length, uint256 expected);
    error WrongSignature(uint256 point);

    /// @notice When round 1 is published, in seconds.
    function genesis() external view returns (uint64);

    /// @notice The time between two rounds, in seconds.
    function periodSeconds() external view returns (uint32);

    /// @notice The network's key as EIP-2537 has points of G2: x₀ ‖ x₁ ‖ y₀ ‖ y₁, 64 bytes each.
    function groupKey() external view returns (bytes memory);

    /// @notice The seed that a proof gives; nothing is stored. Raises PointOutOfRange, WrongProofLength, CoordinateOutOfField, IdentityPoint,
    /// NotInGroup, WrongSignature, TooLittleGas.
    function verify(uint256 point, bytes calldata proof) external view returns (bytes32 seed);
}
