// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An event as forge records it.
struct Log {
    bytes32[] topics;
    bytes data;
    address emitter;
}

/// @notice The few cheat codes of forge that these tests use.
interface Vm {
    function warp(uint256 timestamp) external;
    function getBlockTimestamp() external view returns (uint256);
    function roll(uint256 number) external;
    function setBlockhash(uint256 number, bytes32 blockHash) external;
    function deal(address account, uint256 amountWei) external;
    function prank(address caller) external;
    function chainId(uint256 id) external;
    function deployCode(string calldata artifact, bytes calldata arguments) external returns (address);
    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
}

Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
