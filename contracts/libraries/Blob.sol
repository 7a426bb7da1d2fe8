// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Blob: read-only bytes kept as the code of an account
/// @notice Reading n bytes costs 2,600 gas and 3 a word, where storage costs 2,100 a word. The first byte of the
/// code is STOP, so that calling the account does nothing.
library Blob {
    error BlobNotCreated(uint256 size);

    function write(bytes memory data) internal returns (address blob) {
        // PUSH2 size, DUP1, PUSH1 10, 0, CODECOPY, 0, RETURN: returns what follows these ten bytes.
        bytes memory initCode = abi.encodePacked(hex"61", uint16(data.length + 1), hex"80600a3d393df300", data);
        assembly ("memory-safe") {
            blob := create(0, add(initCode, 32), mload(initCode))
        }
        require(blob != address(0), BlobNotCreated(data.length));
    }

    function read(address blob) internal view returns (bytes memory data) {
        uint256 size = blob.code.length - 1; // a blob that `write` made has at least its STOP
        data = new bytes(size);
        assembly ("memory-safe") {
            extcodecopy(blob, add(data, 32), 1, size)
        }
    }
}
