// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssignment} from "../interfaces/IAssignment.sol";
import {MarketParameters} from "../interfaces/ISealedBidMarket.sol";
import {Schedule, Schedules} from "./Schedule.sol";

/// @notice What a market's parameters say of the assignment of its rounds; see `MarketParameters`.
struct AssignmentTerms {
    uint16 proposerShareBps;
    uint32 proofDelaySeconds;
    uint16 epsilonBps;
    uint32 epsilonSeconds;
}

/// @title Terms: what the parameters of a market must keep; those of its schedule are in `Schedules`
library Terms {
    uint256 internal constant BPS = 10_000;
    uint256 private constant MIN_TICK_WEI = 1 gwei;
    uint256 private constant MAX_TICK_WEI = 1 ether;
    uint256 private constant OFFERS_PER_BIDDER_LIMIT = 128;
    uint256 private constant OFFERS_PER_ROUND_LIMIT = 16_384;

    /// @notice Raises BadParameter, EmptyPhase.
    function requireValid(MarketParameters memory p) internal pure {
        require(p.schedule.revealSeconds > 0, Schedules.EmptyPhase("reveal"));
        requireMoney(p.tickWei);
        requireMost("forfeitBps", p.forfeitBps, BPS);
        requireAssignable(ofAssignment(p), p.schedule);
        requireLeast("maxOffersPerBidder", p.maxOffersPerBidder, 1);
        requireMost("maxOffersPerBidder", p.maxOffersPerBidder, OFFERS_PER_BIDDER_LIMIT);
        requireLeast("maxOffersPerRound", p.maxOffersPerRound, p.maxOffersPerBidder);
        requireMost("maxOffersPerRound", p.maxOffersPerRound, OFFERS_PER_ROUND_LIMIT);
    }

    function ofAssignment(MarketParameters memory p) internal pure returns (AssignmentTerms memory) {
        return AssignmentTerms(p.proposerShareBps, p.proofDelaySeconds, p.epsilonBps, p.epsilonSeconds);
    }

    function requireMoney(uint256 tickWei) internal pure {
        requireLeast("tickWei", tickWei, MIN_TICK_WEI);
        requireMost("tickWei", tickWei, MAX_TICK_WEI);
    }

    function requireAssignable(AssignmentTerms memory its, Schedule memory schedule) internal pure {
        requireMost("proposerShareBps", its.proposerShareBps, BPS);
        requireLeast("proofDelaySeconds", its.proofDelaySeconds, 1);
        requireBelow("proofDelaySeconds", its.proofDelaySeconds, schedule.assignSeconds);
        requireMost("epsilonBps", its.epsilonBps, BPS);
        requireBelow("epsilonSeconds", its.epsilonSeconds, schedule.assignSeconds);
    }

    function requireLeast(string memory parameter, uint256 value, uint256 bound) internal pure {
        require(value >= bound, IAssignment.BadParameter(parameter, value, bound));
    }

    function requireMost(string memory parameter, uint256 value, uint256 bound) internal pure {
        require(value <= bound, IAssignment.BadParameter(parameter, value, bound));
    }

    function requireBelow(string memory parameter, uint256 value, uint256 bound) internal pure {
        require(value < bound, IAssignment.BadParameter(parameter, value, bound));
    }
}
