// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {WinningOffer} from "./interfaces/ICertificateChecker.sol";
import {Bundle} from "./libraries/Bundle.sol";
import {Lineup, Lineups} from "./libraries/Lineup.sol";
import {RevenueSplit} from "./libraries/RevenueSplit.sol";
import {AssignmentBook} from "./storage/AssignmentBook.sol";

/// @title Settlement: where the money of a round goes
abstract contract Settlement is MarketBase, AssignmentBook {
    using Lineups for Lineup;

    /// @dev Equal parts for the active rollups of the round, the remainder to the lowest index.
    function _shareOut(uint256 round, uint64 ticks) internal {
        if (ticks == 0) return;
        Lineup memory lineup = _lineupAt(round);
        uint256[] memory members = _membersOf(lineup.active);
        uint256 part = ticks / members.length; // not empty: `commit` refuses an empty lineup
        uint256 rest = ticks % members.length;
        for (uint256 i; i < members.length; ++i) {
            _payRollup(round, lineup, members[i], uint64(i == 0 ? part + rest : part)); // fits: a part of 64 bits
        }
    }

    function _payReward(uint256 round, address account, uint64 ticks) internal {
        if (ticks == 0) return;
        _credit(account, ticks);
        emit RewardPaid(round, account, ticks);
    }

    /// @dev Shares what a bundle was sold for among its rollups.
    function _payRollups(uint256 round, Lineup memory lineup, WinningOffer memory won, uint64[] memory singleTicks) internal {
        uint256[] memory members = _membersOf(Bundle.wrap(won.bundle));
        uint256[] memory reserves = new uint256[](members.length);
        uint256[] memory singles = new uint256[](members.length);
        for (uint256 i; i < members.length; ++i) {
            reserves[i] = lineup.reserveTicks(members[i]);
            singles[i] = singleTicks[members[i]];
        }
        uint256[] memory shares = RevenueSplit.split(won.valueTicks, reserves, singles);
        for (uint256 i; i < members.length; ++i) _payRollup(round, lineup, members[i], uint64(shares[i])); // fits: a part of 64 bits
    }

    function _payRollup(uint256 round, Lineup memory lineup, uint256 rollup, uint64 ticks) private {
        if (ticks == 0) return;
        uint32 lane = lineup.lane(rollup);
        _fill(lane, ticks);
        emit RevenueCredited(round, rollup, lane, ticks);
    }

    /// @dev Sized exactly: memory isn't given back within a transaction, and a round may have 256 winners.
    function _membersOf(Bundle bundle) private pure returns (uint256[] memory members) {
        members = new uint256[](bundle.count());
        for (uint256 i; i < members.length; ++i) {
            members[i] = bundle.lowest();
            bundle = bundle.without(Bundle.wrap(1 << members[i]));
        }
    }
}
