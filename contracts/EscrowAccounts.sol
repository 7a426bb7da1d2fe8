// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Account, IEscrow} from "./interfaces/IEscrow.sol";
import {Escrow} from "./storage/Escrow.sol";

/// @title EscrowAccounts: the door of a contract that holds money
abstract contract EscrowAccounts is Escrow, ReentrancyGuardTransient {
    /// @inheritdoc IEscrow
    uint256 public immutable tickWei;

    constructor(uint256 tickWei_) {
        tickWei = tickWei_;
    }

    /// @inheritdoc IEscrow
    function deposit(address account) external payable {
        require(account != address(0), ZeroAddress("account"));
        require(msg.value > 0, NothingToMove());
        uint64 ticks = uint64(_receivedTicks()); // fits: below 2^64

        _credit(account, ticks);

        emit Deposited(account, msg.sender, ticks);
    }

    /// @inheritdoc IEscrow
    function withdraw(uint64 ticks, address to) external nonReentrant {
        require(to != address(0), ZeroAddress("to"));
        require(ticks > 0, NothingToMove());

        _take(msg.sender, ticks);

        emit Withdrawn(msg.sender, to, ticks);

        _send(to, ticks);
    }

    /// @inheritdoc IEscrow
    function accountOf(address account) external view returns (Account memory) {
        return _accountOf(account);
    }

    /// @inheritdoc IEscrow
    function totalTicks() public view returns (uint256) {
        return address(this).balance / tickWei;
    }

    /// @dev What came with the call, below 2^64 ticks; whoever is called places it, once.
    function _receivedTicks() internal view returns (uint256 ticks) {
        ticks = msg.value / tickWei;
        // no overflow: a quotient times its divisor
        unchecked {
            require(ticks * tickWei == msg.value, NotWholeTicks(msg.value, tickWei));
        }
        uint256 held = totalTicks();
        require(held <= type(uint64).max, EscrowFull(held, type(uint64).max)); // and so is what came, as a part of it
    }

    /// @dev Ticks that were taken out of an account, a pot or a pool.
    function _send(address to, uint256 ticks) internal {
        uint256 amountWei = ticks * tickWei;
        (bool sent,) = to.call{value: amountWei}("");
        require(sent, TransferFailed(to, amountWei));
    }
}
