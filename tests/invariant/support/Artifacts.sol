// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @title The project's contracts, deployed as they were compiled
/// @notice `new` would compile each of them again within every test that makes one: that took most of the time.
library Artifacts {
    /// @param arguments the constructor's, encoded
    function deploy(string memory name, bytes memory arguments) internal returns (address payable) {
        return payable(vm.deployCode(string.concat(name, ".sol:", name), arguments));
    }

    function checker() internal returns (address) {
        return deploy("CertificateChecker", "");
    }
}
