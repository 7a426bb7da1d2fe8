// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketBase} from "./MarketBase.sol";
import {Appraisal, WinningOffer} from "./interfaces/ICertificateChecker.sol";
import {Bundle} from "./libraries/Bundle.sol";
import {Lineup} from "./libraries/Lineup.sol";
import {RevenueSplit} from "./libraries/RevenueSplit.sol";
import {AssignmentBook} from "./storage/AssignmentBook.sol";

/// @title Settlement: where the money of a round goes
/// @notice What rollups are due is added up first, in a word of memory for each; then `_pay` credits all at once, so that four lanes that share a word of storage cost one write.
abstract contract Settlement is MarketBase, AssignmentBook {
    /// @dev Nothing yet, for every rollup of a lineup.
    function _nothingDue(Lineup memory lineup) internal pure returns (uint256[] memory due) {
        return new uint256[](lineup.size);
    }

    /// @dev Shares what a bundle was sold for among its rollups, who are due it then.
    function _sellBundle(uint256 round, uint256 winner, WinningOffer memory won, Lineup memory lineup, uint64[] memory singleTicks, uint256[] memory due)
        internal
    {
        assert(won.bundle != 0 && won.bundle >> (lineup.size - 1) <= 1 && singleTicks.length == lineup.size); // by reveal, and as the appraisal is of these reserves
        uint256 told;
        assembly ("memory-safe") {
            told := mload(0x40)
            mstore(0x40, add(told, 128))
        }
        RevenueSplit.split(won.valueTicks, Bundle.wrap(won.bundle), lineup.reserves, singleTicks, due); // right behind, in whole words

        // emit BundleSold(round, winner, won.bidder, won.offer, won.bundle, won.valueTicks, shares): by hand, as the shares stand where they are told from. 100 gas, and 800 as the compiler encodes it.
        bytes32 topic = BundleSold.selector;
        assembly ("memory-safe") {
            mstore(told, mload(add(won, 32))) // fields of `WinningOffer`, as wide as they were read
            mstore(add(told, 32), mload(add(won, 96)))
            mstore(add(told, 64), mload(add(won, 64)))
            mstore(add(told, 96), 128)
            log4(told, sub(mload(0x40), told), topic, round, winner, mload(won))
            mstore(0x40, told)
        }
    }

    /// @dev Credits what rollups are due. Each is a part of 64 bits, and they add up to what was taken in for them.
    function _pay(Lineup memory lineup, uint256 rollups, uint256[] memory due) internal {
        _fillAll(rollups, lineup.lanes, due);
    }

    /// @dev Equal parts for the active rollups of the round, the remainder to the lowest index.
    function _shareOut(uint256 round, uint64 ticks) internal {
        if (ticks == 0) return;
        Lineup memory lineup = _lineupAt(round);
        uint256[] memory due = _nothingDue(lineup);
        bytes memory shares =
            RevenueSplit.split(ticks, lineup.active, new bytes(lineup.reserves.length), new uint64[](lineup.size), due); // nobody is worth more than another

        _pay(lineup, Bundle.unwrap(lineup.active), due);

        emit ForfeitShared(round, Bundle.unwrap(lineup.active), shares);
    }

    function _payReward(uint256 round, address account, uint64 ticks) internal {
        if (ticks == 0) return;
        _credit(account, ticks);
        emit RewardPaid(round, account, ticks);
    }
}
