// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What an account owns in the market, in ticks. `locked` backs its open rounds and its registered rollups.
struct Account {
    uint64 freeTicks;
    uint64 lockedTicks;
}

/// @title Escrow: the only door for money
/// @notice Rule escrow_is_solvent: the market's balance covers all accounts, reward pots and revenue lanes at any time. Rule exit_is_open: what isn't locked can be
/// withdrawn in every phase. Ether forced upon the contract belongs to nobody and changes nobody's balance.
interface IEscrow {
    event Deposited(address indexed account, address indexed from, uint64 ticks);
    event Withdrawn(address indexed account, address indexed to, uint64 ticks);

    error NotWholeTicks(uint256 amountWei, uint256 tickWei);
    error EscrowFull(uint256 totalTicks, uint256 limitTicks);
    error NothingToMove();
    error ZeroAddress(string field);
    error InsufficientFree(address account, uint256 freeTicks, uint256 neededTicks);
    error TransferFailed(address to, uint256 amountWei);

    /// @notice Adds the ether sent to the free balance of `account`. Raises ZeroAddress, NothingToMove, NotWholeTicks, EscrowFull.
    function deposit(address account) external payable;

    /// @notice Sends free ticks of the caller to `to`. Raises ZeroAddress, NothingToMove, InsufficientFree, TransferFailed.
    function withdraw(uint64 ticks, address to) external;

    function accountOf(address account) external view returns (Account memory);

    /// @notice The market's ether in ticks: what all own together, and what was forced upon it. Fewer than 2^64 are ever taken.
    function totalTicks() external view returns (uint256);

    function tickWei() external view returns (uint256);
}
