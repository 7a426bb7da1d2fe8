// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Assignment, IAssignment, Winner} from "../interfaces/IAssignment.sol";
import {Appraisal, WinningOffer} from "../interfaces/ICertificateChecker.sol";
import {Bundle} from "../libraries/Bundle.sol";

/// @title AssignmentBook: the best partition of each round, and the claims on proofs
/// @notice For every rollup the number of its winner is kept in one byte (32 rollups a word), meaningful where `sold` has its bit.
abstract contract AssignmentBook is IAssignment {
    mapping(uint256 round => Assignment) private assignments;
    mapping(uint256 round => mapping(uint256 winner => Winner)) private winnersOfRound;
    mapping(uint256 round => mapping(uint256 page => uint256)) private winnerPages;
    mapping(bytes32 claim => uint256) private claimTimes;

    /// @dev Puts a partition in place of the one before; `its` says the rest that is known of the assignment.
    function _post(uint256 round, Appraisal memory best, Assignment memory its) internal {
        its.valueTicks = uint80(best.valueTicks); // fits: at most 256 values and reserves below 2^64
        its.winners = uint16(best.winners.length); // fits: disjoint bundles, at most 256
        its.posted = true;
        its.sold = best.sold;
        assignments[round] = its;

        uint256[8] memory pages;
        for (uint256 i; i < best.winners.length; ++i) {
            WinningOffer memory won = best.winners[i];
            winnersOfRound[round][i] = Winner(won.bidder, won.valueTicks, won.offer);
            for (Bundle rest = Bundle.wrap(won.bundle); !rest.isEmpty();) {
                uint256 rollup = rest.lowest();
                pages[rollup / 32] |= i << (8 * (rollup % 32)); // at most 256 winners, so i fits in a byte
                rest = rest.without(Bundle.wrap(1 << rollup));
            }
        }
        for (uint256 page; page < 8; ++page) {
            if ((best.sold >> (32 * page)) & type(uint32).max != 0) winnerPages[round][page] = pages[page];
        }
    }

    function _endAt(uint256 round, uint64 timestamp) internal {
        assignments[round].endsAt = timestamp;
    }

    function _markSettled(uint256 round) internal {
        assignments[round].settled = true;
    }

    /// @dev Forgets what an assignment is settled by, once nothing more needs it.
    function _clearAppraisal(uint256 round) internal {
        assignments[round].appraisalHash = 0;
    }

    /// @dev Puts who a lottery named in a winner's place.
    function _nameWinner(uint256 round, uint256 winner, address bidder) internal {
        winnersOfRound[round][winner].bidder = bidder;
    }

    function _claim(bytes32 claim, uint256 timestamp) internal {
        require(claimTimes[claim] == 0, AlreadyClaimed(claim));
        claimTimes[claim] = timestamp;
    }

    function _claimedAt(bytes32 claim) internal view returns (uint256) {
        return claimTimes[claim];
    }

    function _assignmentOf(uint256 round) internal view returns (Assignment memory) {
        return assignments[round];
    }

    function _winnerOf(uint256 round, uint256 winner) internal view returns (Winner memory) {
        return winnersOfRound[round][winner];
    }

    /// @dev The winner that holds a rollup; meaningful where the assignment's `sold` has its bit.
    function _winnerIndexOf(uint256 round, uint256 rollup) internal view returns (uint256) {
        return (winnerPages[round][rollup / 32] >> (8 * (rollup % 32))) & 0xff;
    }

    /// @dev The bundle of a winner, given the rollups that all winners hold.
    function _bundleOf(uint256 round, uint256 sold, uint256 winner) internal view returns (uint256 bundle) {
        for (Bundle rest = Bundle.wrap(sold); !rest.isEmpty();) {
            uint256 rollup = rest.lowest();
            if (_winnerIndexOf(round, rollup) == winner) bundle |= 1 << rollup;
            rest = rest.without(Bundle.wrap(1 << rollup));
        }
    }
}
