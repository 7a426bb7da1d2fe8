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
    /// @dev An account in one word, free ticks in the low half and locked ones in the high: the compiler would read and write a struct of two field by field.
    mapping(address => uint256) private accounts;

    /// @dev Takes free ticks out of an account; the caller places them.
    function _take(address account, uint64 ticks) internal {
        Account memory owned = _accountOf(account);
        require(owned.freeTicks >= ticks, InsufficientFree(account, owned.freeTicks, ticks));
        _put(account, owned.freeTicks - ticks, owned.lockedTicks);
    }

    function _lock(address account, uint64 ticks) internal {
        Account memory owned = _accountOf(account);
        require(owned.freeTicks >= ticks, InsufficientFree(account, owned.freeTicks, ticks));
        _put(account, owned.freeTicks - ticks, owned.lockedTicks + ticks);
    }

    function _unlock(address account, uint64 ticks) internal {
        _unlockAndCharge(account, ticks, 0);
    }

    /// @dev Takes locked ticks out of an account; the caller places them.
    function _charge(address account, uint64 ticks) internal {
        accounts[account] -= uint256(ticks) << 128; // of the whole word: it underflows exactly where so much isn't locked, as what is free is below 2^64
    }

    /// @dev Both at once, as an account is one word.
    function _unlockAndCharge(address account, uint64 freedTicks, uint64 chargedTicks) internal {
        Account memory owned = _accountOf(account);
        _put(account, owned.freeTicks + freedTicks, owned.lockedTicks - freedTicks - chargedTicks);
    }

    /// @dev Places ticks that the caller took out elsewhere.
    function _credit(address account, uint64 ticks) internal {
        Account memory owned = _accountOf(account);
        _put(account, owned.freeTicks + ticks, owned.lockedTicks);
    }

    function _accountOf(address account) internal view returns (Account memory) {
        uint256 word = accounts[account];
        return Account(uint64(word), uint64(word >> 128)); // as `_put` placed them
    }

    function _put(address account, uint64 freeTicks, uint64 lockedTicks) private {
        accounts[account] = uint256(lockedTicks) << 128 | freeTicks;
    }
}
