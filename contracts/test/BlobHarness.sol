// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Blob} from "../libraries/Blob.sol";

/// @title BlobHarness: writes a blob of any size and reads it back
contract BlobHarness {
    function roundTrip(bytes calldata data) external returns (bytes memory) {
        return Blob.read(Blob.write(data));
    }
}
