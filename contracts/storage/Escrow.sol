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
        uint256 word = accounts[account];
        require(_freeIn(word) >= ticks, InsufficientFree(account, _freeIn(word), ticks));
        accounts[account] = _word(_freeIn(word) - ticks, _lockedIn(word));
    }

    function _lock(address account, uint64 ticks) internal {
        uint256 word = accounts[account];
        require(_freeIn(word) >= ticks, InsufficientFree(account, _freeIn(word), ticks));
        accounts[account] = _word(_freeIn(word) - ticks, _lockedIn(word) + ticks);
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
        uint256 word = accounts[account];
        accounts[account] = _word(_freeIn(word) + freedTicks, _lockedIn(word) - freedTicks - chargedTicks);
    }

    /// @dev Places ticks that the caller took out elsewhere.
    function _credit(address account, uint64 ticks) internal {
        uint256 word = accounts[account];
        accounts[account] = _word(_freeIn(word) + ticks, _lockedIn(word));
    }

    function _accountOf(address account) internal view returns (Account memory) {
        uint256 word = accounts[account];
        return Account(_freeIn(word), _lockedIn(word));
    }

    function _freeIn(uint256 word) private pure returns (uint64) {
        return uint64(word); // the low half, as `_word` places it
    }

    function _lockedIn(uint256 word) private pure returns (uint64) {
        return uint64(word >> 128); // the high half
    }

    function _word(uint64 freeTicks, uint64 lockedTicks) private pure returns (uint256) {
        return uint256(lockedTicks) << 128 | freeTicks;
    }
}
