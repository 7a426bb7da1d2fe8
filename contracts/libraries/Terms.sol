// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISealedBidMarket, MarketParameters} from "../interfaces/ISealedBidMarket.sol";

/// @title Terms: what the parameters of a market must keep; those of its schedule are in `Schedules`
library Terms {
    uint256 internal constant BPS = 10_000;
    uint256 private constant MIN_TICK_WEI = 1 gwei;
    uint256 private constant MAX_TICK_WEI = 1 ether;
    uint256 private constant OFFERS_PER_BIDDER_LIMIT = 128;
    uint256 private constant OFFERS_PER_ROUND_LIMIT = 16_384;

    /// @notice Raises BadParameter.
    function requireValid(MarketParameters memory p) internal pure {
        _requireLeast("tickWei", p.tickWei, MIN_TICK_WEI);
        _requireMost("tickWei", p.tickWei, MAX_TICK_WEI);
        _requireMost("forfeitBps", p.forfeitBps, BPS);
        _requireMost("proposerShareBps", p.proposerShareBps, BPS);
        _requireLeast("proofDelaySeconds", p.proofDelaySeconds, 1);
        _requireBelow("proofDelaySeconds", p.proofDelaySeconds, p.schedule.assignSeconds);
        _requireMost("epsilonBps", p.epsilonBps, BPS);
        _requireBelow("epsilonSeconds", p.epsilonSeconds, p.schedule.assignSeconds);
        _requireLeast("maxOffersPerBidder", p.maxOffersPerBidder, 1);
        _requireMost("maxOffersPerBidder", p.maxOffersPerBidder, OFFERS_PER_BIDDER_LIMIT);
        _requireLeast("maxOffersPerRound", p.maxOffersPerRound, p.maxOffersPerBidder);
        _requireMost("maxOffersPerRound", p.maxOffersPerRound, OFFERS_PER_ROUND_LIMIT);
    }

    function _requireLeast(string memory parameter, uint256 value, uint256 bound) private pure {
        require(value >= bound, ISealedBidMarket.BadParameter(parameter, value, bound));
    }

    function _requireMost(string memory parameter, uint256 value, uint256 bound) private pure {
        require(value <= bound, ISealedBidMarket.BadParameter(parameter, value, bound));
    }

    function _requireBelow(string memory parameter, uint256 value, uint256 bound) private pure {
        require(value < bound, ISealedBidMarket.BadParameter(parameter, value, bound));
    }
}
