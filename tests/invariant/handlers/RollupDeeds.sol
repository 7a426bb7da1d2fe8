// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IRollupRegistry} from "../../../contracts/interfaces/IRollupRegistry.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {DeedBase} from "./DeedBase.sol";
import {Deed, GhostRollup} from "./GhostBook.sol";

/// @title RollupDeeds: rollups come, change their terms and owners, and go
abstract contract RollupDeeds is DeedBase {
    using Chance for Dice;

    function _register(Dice memory dice, address caller, address payout) internal {
        uint64 reserveTicks = uint64(dice.below(10));
        address sequencer = _anyone(dice);
        if (dice.oneIn(12)) payout = address(0);
        if (dice.oneIn(12)) sequencer = address(0);
        bytes4 foreseen = payout == address(0) || sequencer == address(0) ? IEscrow.ZeroAddress.selector : _lockable(caller, _terms().registrationDepositTicks);
        bytes memory data = abi.encodeCall(IRollupRegistry.register, (reserveTicks, payout, sequencer));
        if (!_do(Deed.Register, caller, foreseen, data)) return;
        uint256 rollup;
        while (rollups[rollup].owner != address(0)) ++rollup;
        rollups[rollup] = GhostRollup(caller, address(0), true, reserveTicks, _newLane(payout), sequencer);
        _lock(caller, _terms().registrationDepositTicks);
    }

    function _setReserve(address caller, uint256 rollup, uint64 reserveTicks) internal {
        bytes memory data = abi.encodeCall(IRollupRegistry.setReserve, (rollup, reserveTicks));
        if (_do(Deed.SetReserve, caller, _ownedBy(rollup, caller), data)) rollups[rollup].reserveTicks = reserveTicks;
    }

    function _setPayout(address caller, uint256 rollup, address payout) internal {
        bytes4 foreseen = _ownedBy(rollup, caller);
        if (foreseen == DONE && payout == address(0)) foreseen = IEscrow.ZeroAddress.selector;
        bytes memory data = abi.encodeCall(IRollupRegistry.setPayout, (rollup, payout));
        if (_do(Deed.SetPayout, caller, foreseen, data)) rollups[rollup].lane = _newLane(payout);
    }

    function _setDefaultSequencer(address caller, uint256 rollup, address sequencer) internal {
        bytes4 foreseen = _ownedBy(rollup, caller);
        if (foreseen == DONE && sequencer == address(0)) foreseen = IEscrow.ZeroAddress.selector;
        bytes memory data = abi.encodeCall(IRollupRegistry.setDefaultSequencer, (rollup, sequencer));
        if (_do(Deed.SetDefaultSequencer, caller, foreseen, data)) rollups[rollup].defaultSequencer = sequencer;
    }

    function _offerOwnership(address caller, uint256 rollup, address heir) internal {
        bytes memory data = abi.encodeCall(IRollupRegistry.offerOwnership, (rollup, heir));
        if (_do(Deed.OfferOwnership, caller, _ownedBy(rollup, caller), data)) rollups[rollup].heir = heir;
    }

    function _acceptOwnership(address caller, uint256 rollup) internal {
        GhostRollup storage its = rollups[rollup];
        uint256 depositTicks = _terms().registrationDepositTicks;
        bytes4 foreseen = its.owner == address(0)
            ? IRollupRegistry.NotRegistered.selector
            : its.heir != caller ? IRollupRegistry.NotRollupHeir.selector : _lockable(caller, depositTicks);
        if (!_do(Deed.AcceptOwnership, caller, foreseen, abi.encodeCall(IRollupRegistry.acceptOwnership, (rollup)))) return;
        _lock(caller, depositTicks);
        _unlock(its.owner, depositTicks);
        (its.owner, its.heir) = (caller, address(0));
    }

    function _deregister(address caller, uint256 rollup) internal {
        if (!_do(Deed.Deregister, caller, _ownedBy(rollup, caller), abi.encodeCall(IRollupRegistry.deregister, (rollup)))) return;
        address sequencer = rollups[rollup].defaultSequencer;
        delete rollups[rollup];
        rollups[rollup].defaultSequencer = sequencer; // the last one stays until the index is used again
        _unlock(caller, _terms().registrationDepositTicks);
    }

    function _ownedBy(uint256 rollup, address caller) private view returns (bytes4) {
        if (rollups[rollup].owner == address(0)) return IRollupRegistry.NotRegistered.selector;
        return rollups[rollup].owner == caller ? DONE : IRollupRegistry.NotRollupOwner.selector;
    }

    function _registered() internal view returns (uint256 count) {
        for (uint256 i; i < MOST_ROLLUPS; ++i) count += rollups[i].owner == address(0) ? 0 : 1;
    }
}
