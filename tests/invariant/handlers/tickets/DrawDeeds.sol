// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAssignment} from "../../../../contracts/interfaces/IAssignment.sol";
import {IBlockHashRandomness} from "../../../../contracts/interfaces/IBlockHashRandomness.sol";
import {Appraisal} from "../../../../contracts/interfaces/ICertificateChecker.sol";
import {IPoolErrors} from "../../../../contracts/interfaces/IPoolErrors.sol";
import {IRandomness, IRandomnessErrors} from "../../../../contracts/interfaces/IRandomness.sol";
import {ISequencingRights} from "../../../../contracts/interfaces/ISequencingRights.sol";
import {ITicketMarket, Lot} from "../../../../contracts/interfaces/ITicketMarket.sol";
import {PlainSplit} from "../../support/PlainSplit.sol";
import {Phase} from "../../../../contracts/libraries/Schedule.sol";
import {BruteForce} from "../../support/BruteForce.sol";
import {Chance, Dice} from "../../support/Chance.sol";
import {TicketDeedBase} from "./TicketDeedBase.sol";
import {GhostPool, GhostTicketRound, TicketDeed} from "./TicketGhosts.sol";

/// @title DrawDeeds: rounds settled by time, seeds captured, tickets drawn, rights minted
abstract contract DrawDeeds is TicketDeedBase {
    using Chance for Dice;

    mapping(uint256 tokenId => bool) private minted;

    function _settle(Dice memory dice, uint256 round, address caller) internal {
        GhostTicketRound storage its = rounds[round];
        Appraisal memory appraisal = _appraisalOf(round);
        bool forged = dice.oneIn(12);
        if (forged) appraisal.offers += 1;
        bytes4 foreseen;
        if (!_ended(round)) foreseen = IAssignment.NotEnded.selector;
        else if (!its.posted) foreseen = IAssignment.NothingProposed.selector;
        else if (its.settled) foreseen = IAssignment.AlreadySettled.selector;
        else if (forged) foreseen = IAssignment.WrongAppraisal.selector;

        if (_doAtMarket(TicketDeed.Settle, caller, foreseen, abi.encodeCall(IAssignment.settle, (round, appraisal)))) _settled(its);
    }

    function _capture(uint256 round, address caller) internal {
        GhostTicketRound storage its = rounds[round];
        IRandomness source = tickets.randomness();
        uint256 point = its.pools.length == 0 ? height + 5 : its.drawPoint;
        bytes4 foreseen;
        if (its.captured) foreseen = DONE;
        else if (point >= height) foreseen = IBlockHashRandomness.BlockNotMined.selector;
        else if (!_visible(point)) foreseen = IRandomnessErrors.SeedMissing.selector;
        bytes memory data = abi.encodeCall(IRandomness.capture, (point, ""));
        (bool ok, bytes memory returned) = _do(address(source), TicketDeed.Capture, caller, 0, foreseen, data);
        if (!ok) return;
        assertEq(uint256(abi.decode(returned, (bytes32))), uint256(its.seed), "the block's hash");
        its.captured = true;
    }

    /// @dev With the right lots, as a rule; else with one that names another strip, or with one too many.
    function _draw(Dice memory dice, uint256 round, address caller) internal {
        GhostTicketRound storage its = rounds[round];
        Appraisal memory appraisal = _appraisalOf(round);
        bool known = its.seed != 0 && (its.captured || _visible(its.drawPoint));
        (Lot[] memory lots, address[] memory holders) = _lotsOf(round);
        uint256 fault = dice.oneIn(3) ? 1 + dice.below(4) : 0;
        bytes4 tampered;
        if (fault == 1) (appraisal.valueTicks, tampered) = (appraisal.valueTicks + 1, IAssignment.WrongAppraisal.selector);
        if (fault == 2) (lots, tampered) = (new Lot[](lots.length + 1), ITicketMarket.WrongLots.selector);
        if (fault > 2 && lots.length > 0) tampered = _misplace(dice, round, lots, fault == 3);

        bytes4 foreseen;
        if (_phase(round) != Phase.Draw) foreseen = IAssignment.WrongPhase.selector;
        else if (!its.posted) foreseen = IAssignment.NothingProposed.selector;
        else if (its.drawn) foreseen = ITicketMarket.AlreadyDrawn.selector;
        else if (fault == 1 || fault == 2) foreseen = tampered;
        else if (lots.length > 0 && !known) foreseen = IRandomnessErrors.SeedMissing.selector;
        else foreseen = tampered;

        TicketDeed deed = its.drawn ? TicketDeed.DrawAgain : TicketDeed.Draw;
        if (!_doAtMarket(deed, caller, foreseen, abi.encodeCall(ITicketMarket.draw, (round, appraisal, lots)))) return;
        (its.drawn, its.winners) = (true, holders);
        _release(round);
        if (!its.settled) _settled(its);
    }

    function _mint(uint256 round, uint256 winner, address caller) internal {
        GhostTicketRound storage its = rounds[round];
        uint256 winners = BruteForce.toList(its.chosen).length;
        uint256 token = round << 16 | winner;
        bytes4 foreseen;
        if (!its.proved && !(its.posted && _ended(round))) foreseen = ISequencingRights.NotFinal.selector;
        else if (winner >= winners) foreseen = ISequencingRights.NoSuchWinner.selector;
        else if (!its.drawn) foreseen = ISequencingRights.NotDrawn.selector;
        else if (minted[token]) foreseen = _phase(round) >= Phase.Window ? ISequencingRights.WindowOpened.selector : IERC721Errors.ERC721InvalidSender.selector;

        (bool ok,) = _do(address(rights), TicketDeed.Mint, caller, 0, foreseen, abi.encodeCall(ISequencingRights.mint, (round, winner)));
        if (!ok) return;
        minted[token] = true;
        assertTrue(rights.ownerOf(token) == its.winners[winner], "the right goes to the drawn ticket's holder");
    }

    /// @dev The fees go to the last proposer.
    function _settled(GhostTicketRound storage its) internal {
        freeTicks[its.proposer] += its.feesTicks;
        (its.feesTicks, its.settled) = (0, true);
    }

    /// @dev Where the winning tickets lie, and in whose hands.
    function _lotsOf(uint256 round) internal view returns (Lot[] memory lots, address[] memory holders) {
        uint16[] memory winners = BruteForce.toList(rounds[round].chosen);
        uint256[] memory offering = offeringOf(round);
        (lots, holders) = (new Lot[](winners.length), new address[](winners.length));
        for (uint256 i; i < winners.length; ++i) {
            GhostPool storage pool = pools[offering[winners[i]]];
            uint256 ticket = winningTicketOf(offering[winners[i]]);
            uint256 k;
            while (pool.strips[k].end <= ticket) ++k;
            lots[i] = Lot(uint64(pool.baseTicks), uint16(pool.strips[k].start));
            holders[i] = pool.strips[k].holder;
        }
    }

    /// @dev Points the first lot at another strip of its pool, or at none; returns what is raised of it.
    function _misplace(Dice memory dice, uint256 round, Lot[] memory lots, bool toStrip) private view returns (bytes4) {
        uint256 number = offeringOf(round)[BruteForce.toList(rounds[round].chosen)[0]];
        GhostPool storage pool = pools[number];
        if (!toStrip) {
            lots[0].start = uint16(soldOf(number));
            return IPoolErrors.NoSuchStrip.selector;
        }
        uint256 other = pool.strips[dice.below(pool.strips.length)].start;
        if (other == lots[0].start) return DONE;
        lots[0].start = uint16(other);
        return IPoolErrors.WrongStrip.selector;
    }

    /// @dev What sold pools took in fills the lanes that the round froze, shared by the rule of `RevenueSplit`.
    function _release(uint256 round) private {
        GhostTicketRound storage its = rounds[round];
        uint256[] memory offering = offeringOf(round);
        uint256[] memory singles = new uint256[](MOST_ROLLUPS);
        for (uint256 j; j < offering.length; ++j) {
            uint256 bundle = pools[offering[j]].bundle;
            if (bundle & (bundle - 1) == 0) singles[_lowest(bundle)] = revenueOf(offering[j]);
        }
        for (uint256 j; j < offering.length; ++j) {
            if ((its.chosen >> j) & 1 == 0) continue;
            GhostPool storage pool = pools[offering[j]];
            pool.released = true;
            uint256 members;
            for (uint256 rest = pool.bundle; rest != 0; rest &= rest - 1) ++members;
            (uint256[] memory reserves, uint256[] memory strengths) = (new uint256[](members), new uint256[](members));
            uint256 m;
            for (uint256 i; i < MOST_ROLLUPS; ++i) {
                if ((pool.bundle >> i) & 1 == 0) continue;
                (reserves[m], strengths[m]) = (_reservesOf(round, 1 << i), singles[i]);
                ++m;
            }
            uint256[] memory shares = PlainSplit.split(revenueOf(offering[j]), reserves, strengths);
            m = 0;
            for (uint256 i; i < MOST_ROLLUPS; ++i) {
                if ((pool.bundle >> i) & 1 == 1) laneTicks[its.lanes[i]] += shares[m++];
            }
        }
    }
}
