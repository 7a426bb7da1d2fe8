// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICertificateErrors} from "../../../contracts/interfaces/ICertificateChecker.sol";
import {ISealedBidMarket} from "../../../contracts/interfaces/ISealedBidMarket.sol";
import {Phase} from "../../../contracts/libraries/Schedule.sol";
import {BruteForce, Instance} from "../support/BruteForce.sol";
import {CertificateBuilder, Claim} from "../support/CertificateBuilder.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {DeedBase} from "./DeedBase.sol";
import {Deed, GhostClaim, GhostRound} from "./GhostBook.sol";

/// @title AssignmentDeeds: assignments proposed, claimed and proved, honestly or not
abstract contract AssignmentDeeds is DeedBase {
    using Chance for Dice;

    mapping(bytes32 claim => uint256) private claimedAt;
    GhostClaim[] internal claims;

    function _propose(Dice memory dice, uint256 round, address caller) internal {
        GhostRound storage its = rounds[round];
        Instance memory instance = instanceOf(round);
        uint256 chosen = BruteForce.randomPacking(instance, dice.next());
        if (dice.oneIn(4)) chosen = BruteForce.solve(instance).chosen;
        if (dice.oneIn(6)) chosen = dice.below(1 << instance.offers.length);
        bytes memory book = its.book;
        bool wrongBook = dice.oneIn(12) && its.active != 0;
        // An offer more, on top of the book, worth nothing.
        if (wrongBook) book = abi.encodePacked(book, caller, uint16(1), uint72(0), CertificateBuilder.fieldOf(its.active, (instance.rollups + 7) / 8));

        (, uint256 valueTicks) = BruteForce.valueOf(instance, chosen);
        bytes4 foreseen;
        if (_phase(round) != Phase.Assign) foreseen = ISealedBidMarket.WrongPhase.selector;
        else if (its.proved) foreseen = ISealedBidMarket.AlreadyFinal.selector;
        else foreseen = _packingError(instance, chosen);
        if (foreseen == DONE && wrongBook) foreseen = ISealedBidMarket.WrongBook.selector;
        if (foreseen == DONE && its.posted && valueTicks <= its.valueTicks) foreseen = ISealedBidMarket.NotBetter.selector;

        bytes memory data = abi.encodeCall(ISealedBidMarket.propose, (round, book, BruteForce.toList(chosen)));
        if (!_do(Deed.Propose, caller, foreseen, data)) return;
        (its.posted, its.proposer, its.proposedAt, its.valueTicks, its.chosen) = (true, caller, clock, valueTicks, chosen);
    }

    function _packingError(Instance memory instance, uint256 chosen) private pure returns (bytes4) {
        uint256 sold;
        uint256 groups;
        for (uint256 j; j < instance.offers.length; ++j) {
            if ((chosen >> j) & 1 == 0) continue;
            if (sold & instance.offers[j].mask != 0) return ICertificateErrors.WinnersOverlap.selector;
            if (groups & instance.offers[j].groupBit != 0) return ICertificateErrors.GroupWinsTwice.selector;
            sold |= instance.offers[j].mask;
            groups |= instance.offers[j].groupBit;
        }
        return DONE;
    }

    function _claimProof(Dice memory dice, uint256 round, address prover) internal {
        Instance memory instance = instanceOf(round);
        BruteForce.Best memory best = BruteForce.solve(instance);
        Claim memory made = Claim(best.valueTicks, best.chosen, 1, dice.oneIn(2) ? 0 : dice.below(20), dice.below(3));
        bool honest = true;
        if (dice.oneIn(4)) {
            made.chosen = BruteForce.randomPacking(instance, dice.next());
            (, made.valueTicks) = BruteForce.valueOf(instance, made.chosen);
            if (dice.oneIn(3)) made.valueTicks += 1;
            honest = made.valueTicks == best.valueTicks && made.chosen == best.chosen;
            if (!honest && made.valueTicks == best.valueTicks) return; // another optimum: true, though not by design
        }
        bytes memory certificate = CertificateBuilder.build(instance, made, dice);
        if (dice.oneIn(6) && claims.length > 0) {
            // A thief who saw a certificate.
            (certificate, honest) = (claims[claims.length - 1].certificate, claims[claims.length - 1].honest);
            round = claims[claims.length - 1].round;
        }

        bytes32 claim = market.claimOf(round, prover, keccak256(certificate));
        bytes4 foreseen = _phase(round) != Phase.Assign
            ? ISealedBidMarket.WrongPhase.selector
            : claimedAt[claim] != 0 ? ISealedBidMarket.AlreadyClaimed.selector : DONE;
        if (!_do(Deed.ClaimProof, prover, foreseen, abi.encodeCall(ISealedBidMarket.claimProof, (round, claim)))) return;
        claimedAt[claim] = clock;
        claims.push(GhostClaim(round, prover, certificate, clock, honest));
    }

    function _prove(Dice memory dice, GhostClaim memory shown, address caller) internal {
        GhostRound storage its = rounds[shown.round];
        address prover = dice.oneIn(8) ? caller : shown.prover; // a thief without a claim
        uint256 since = claimedAt[market.claimOf(shown.round, prover, keccak256(shown.certificate))];
        bytes4 foreseen;
        if (_phase(shown.round) != Phase.Assign) foreseen = ISealedBidMarket.WrongPhase.selector;
        else if (its.proved) foreseen = ISealedBidMarket.AlreadyFinal.selector;
        else if (since == 0) foreseen = ISealedBidMarket.UnknownClaim.selector;
        else if (clock < since + _terms().proofDelaySeconds) foreseen = ISealedBidMarket.ClaimTooYoung.selector;
        else if (!shown.honest) foreseen = ANY_CHECKER_ERROR;

        bytes memory book = its.book;
        if (foreseen == DONE && its.active != 0 && dice.oneIn(12)) {
            // An offer too many at the end of the book: worth nothing, so the certificate holds of it, but it isn't the round's book.
            uint256 maskBytes = (its.reserves.length / 8 + 7) / 8;
            book = abi.encodePacked(book, caller, uint16(1), uint72(0), CertificateBuilder.fieldOf(its.active, maskBytes));
            foreseen = ANY_CHECKER_ERROR; // WrongBook, unless the tree has nodes that count offers
        }
        uint256 before = _lanesSum();
        bytes memory data = abi.encodeCall(ISealedBidMarket.prove, (shown.round, prover, book, shown.certificate));
        if (!_do(foreseen == ANY_CHECKER_ERROR ? Deed.ProveFalse : Deed.Prove, caller, foreseen, data)) return;

        Instance memory instance = instanceOf(shown.round);
        BruteForce.Best memory best = BruteForce.solve(instance);
        (its.posted, its.proved, its.valueTicks, its.optimum) = (true, true, market.assignmentOf(shown.round).valueTicks, best.valueTicks);
        its.chosen = _postedChoice(shown.round);
        _sold(shown.round, instance, before);
        uint256 proposerTicks = its.proposer == address(0) || its.proposedAt > since ? 0 : its.potTicks * _terms().proposerShareBps / 10_000;
        freeTicks[its.proposer] += proposerTicks;
        freeTicks[prover] += its.potTicks - proposerTicks;
        its.potTicks = 0;
    }

    /// @dev What the market says has won, as a set of offers.
    function _postedChoice(uint256 round) private view returns (uint256 chosen) {
        for (uint256 i; i < market.assignmentOf(round).winners; ++i) chosen |= 1 << market.winnerOf(round, i).offer;
    }
}
