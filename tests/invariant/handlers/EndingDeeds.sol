// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssignment} from "../../../contracts/interfaces/IAssignment.sol";
import {Appraisal} from "../../../contracts/interfaces/ICertificateChecker.sol";
import {ISealedBidMarket} from "../../../contracts/interfaces/ISealedBidMarket.sol";
import {Phase} from "../../../contracts/libraries/Schedule.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {DeedBase} from "./DeedBase.sol";
import {Deed, GhostEntry, GhostRound} from "./GhostBook.sol";

/// @title EndingDeeds: rounds settled, entries released or forfeited
abstract contract EndingDeeds is DeedBase {
    using Chance for Dice;

    function _settle(Dice memory dice, uint256 round, address caller) internal {
        GhostRound storage its = rounds[round];
        Appraisal memory appraisal = _appraisalOf(round);
        bool forged = dice.oneIn(12);
        if (forged) appraisal.offers += 1;
        bytes4 foreseen;
        if (!_ended(round)) foreseen = IAssignment.NotEnded.selector;
        else if (!its.posted) foreseen = IAssignment.NothingProposed.selector;
        else if (its.settled) foreseen = IAssignment.AlreadySettled.selector;
        else if (forged) foreseen = IAssignment.WrongAppraisal.selector;

        uint256 before = _lanesSum();
        if (!_do(Deed.Settle, caller, foreseen, abi.encodeCall(IAssignment.settle, (round, appraisal)))) return;
        _sold(round, instanceOf(round), before);
        freeTicks[its.proposer] += its.potTicks;
        its.potTicks = 0;
    }

    function _release(uint256 round, address bidder, address caller) internal {
        GhostRound storage its = rounds[round];
        GhostEntry storage entry = entries[round][bidder];
        bool void = _ended(round) && !its.posted;
        bytes4 foreseen;
        if (!void && !its.settled) foreseen = _ended(round) ? ISealedBidMarket.NotSettled.selector : IAssignment.NotEnded.selector;
        else if (entry.stage != 2) foreseen = ISealedBidMarket.NotRevealed.selector;

        bytes memory data = abi.encodeCall(ISealedBidMarket.release, (round, bidder));
        if (!_do(void ? Deed.ReleaseVoid : Deed.Release, caller, foreseen, data)) return;
        _close(round, entry);
        _unlock(bidder, entry.exposureTicks - entry.paidTicks);
        if (!void) return;
        uint256 feeTicks = entry.offers * _terms().feePerOfferTicks;
        freeTicks[bidder] += feeTicks;
        its.potTicks -= feeTicks;
    }

    function _forfeit(Dice memory dice, uint256 round, address bidder, address caller) internal {
        GhostRound storage its = rounds[round];
        GhostEntry memory shown = entries[round][bidder];
        bool altered = dice.oneIn(10);
        if (altered) shown.collateralTicks += 1;
        bool void = _ended(round) && !its.posted;
        bytes4 foreseen;
        if (_phase(round) < Phase.Assign) foreseen = IAssignment.WrongPhase.selector;
        else if (shown.stage != 1) foreseen = ISealedBidMarket.NotCommitted.selector;
        else if (altered) foreseen = ISealedBidMarket.WrongOpening.selector;
        else if (!its.proved && !_ended(round)) foreseen = IAssignment.NotEnded.selector;

        uint256 before = _lanesSum();
        bytes memory data = abi.encodeCall(ISealedBidMarket.forfeit, (round, bidder, shown.commitment, shown.collateralTicks, shown.slots));
        if (!_do(void ? Deed.ForfeitVoid : Deed.Forfeit, caller, foreseen, data)) return;
        _close(round, entries[round][bidder]);
        uint256 forfeitTicks = void ? 0 : (shown.collateralTicks * uint256(_terms().forfeitBps) + 9_999) / 10_000;
        if (!void && forfeitTicks < _terms().bondTicks) forfeitTicks = _terms().bondTicks;
        lockedTicks[bidder] -= forfeitTicks;
        _unlock(bidder, shown.collateralTicks - forfeitTicks);
        _readLanes();
        assertEq(_lanesSum() - before, forfeitTicks, "what is forfeited goes to the rollups");
    }

    function _close(uint256 round, GhostEntry storage entry) private {
        entry.stage = 3;
        --rounds[round].openEntries;
    }
}
