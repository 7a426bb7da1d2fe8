// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TicketParameters} from "../interfaces/ITicketMarket.sol";
import {BasePrice, BasePriceTerms} from "./BasePrice.sol";
import {Curve, CurveKind, PriceCurve} from "./PriceCurve.sol";
import {AssignmentTerms, Terms} from "./Terms.sol";

/// @title TicketTerms: what the parameters of a ticket market must keep
library TicketTerms {
    using BasePrice for BasePriceTerms;
    using PriceCurve for Curve;

    /// @dev A proposal reads 256 pools of 256 rollups with less than 60 % of a transaction's gas: no pools that anybody opens can keep a round from being assigned.
    uint256 private constant POOLS_LIMIT = 256;

    /// @notice Raises BadParameter, BadCurve, AlphaWithoutUse.
    function requireValid(TicketParameters memory p) internal pure {
        Terms.requireMost("revealSeconds", p.schedule.revealSeconds, 0);
        Terms.requireLeast("drawSeconds", p.schedule.drawSeconds, 1);
        // A round's sales set the price of the next: they must be over when it opens.
        Terms.requireMost("commitSeconds", p.schedule.commitSeconds, p.schedule.periodSeconds);
        Terms.requireMoney(p.tickWei);
        Terms.requireAssignable(ofAssignment(p), p.schedule);
        Terms.requireLeast("maxPoolsPerRound", p.maxPoolsPerRound, 1);
        Terms.requireMost("maxPoolsPerRound", p.maxPoolsPerRound, POOLS_LIMIT);
        p.curve.requireValid();
        if (p.curve.kind == CurveKind.TimePhased) Terms.requireMost("saleSeconds", p.curve.saleSeconds, p.schedule.commitSeconds);
        p.basePrice.requireValid();
        Terms.requireLeast("startTicks", p.basePrice.startTicks, 1);
        Terms.requireMost("startTicks", p.basePrice.startTicks, p.curve.highestBase());
    }

    function ofAssignment(TicketParameters memory p) internal pure returns (AssignmentTerms memory) {
        return AssignmentTerms(p.proposerShareBps, p.proofDelaySeconds, p.epsilonBps, p.epsilonSeconds);
    }
}
