// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Account, IEscrow} from "../interfaces/IEscrow.sol";

/// @title Escrow: the accounts of one market
/// @notice Only the verbs below change a balance. Ticks that `take` and `charge` bring in must be placed by the caller (a pot, a lane, an account, or sent away),
/// ticks that `credit` places must have been taken out there, or have come with the call.
///
/// [E1] All ticks together stay below 2^64: the market's ether covers them, what takes ether in refuses to hold 2^64 ticks' worth, and every verb here only
///      moves ticks. So no sum of ticks that the market holds can overflow 64 bits.
abstract contract Escrow is IEscrow {
    mapping(address => Account) private accounts;

    /// @dev Takes free ticks out of an account; the caller places them.
    function _take(address account, uint64 ticks) internal {
        uint64 freeTicks = accounts[account].freeTicks;
        require(freeTicks >= ticks, InsufficientFree(account, freeTicks, ticks));
        accounts[account].freeTicks = freeTicks - ticks;
    }

    function _lock(address account, uint64 ticks) internal {
        Account memory owned = accounts[account];
        require(owned.freeTicks >= ticks, InsufficientFree(account, owned.freeTicks, ticks));
        accounts[account] = Account(owned.freeTicks - ticks, owned.lockedTicks + ticks);
    }

    function _unlock(address account, uint64 ticks) internal {
        _unlockAndCharge(account, ticks, 0);
    }

    /// @dev Takes locked ticks out of an account; the caller places them.
    function _charge(address account, uint64 ticks) internal {
        _unlockAndCharge(account, 0, ticks);
    }

    /// @dev Both at once, as an account is one word.
    function _unlockAndCharge(address account, uint64 freedTicks, uint64 chargedTicks) internal {
        Account memory owned = accounts[account];
        accounts[account] = Account(owned.freeTicks + freedTicks, owned.lockedTicks - freedTicks - chargedTicks);
    }

    /// @dev Places ticks that the caller took out elsewhere.
    function _credit(address account, uint64 ticks) internal {
        accounts[account].freeTicks += ticks;
    }

    function _accountOf(address account) internal view returns (Account memory) {
        return accounts[account];
    }
}
