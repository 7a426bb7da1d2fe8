// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssignment} from "../../../contracts/interfaces/IAssignment.sol";
import {Appraisal, ICertificateChecker, ICertificateErrors} from "../../../contracts/interfaces/ICertificateChecker.sol";
import {ISealedBidMarket} from "../../../contracts/interfaces/ISealedBidMarket.sol";
import {Phase} from "../../../contracts/libraries/Schedule.sol";
import {BruteForce, Instance} from "../support/BruteForce.sol";
import {CertificateBuilder, Claim} from "../support/CertificateBuilder.sol";
import {Chance, Dice} from "../support/Chance.sol";
import {ListWriter} from "../support/ListWriter.sol";
import {Log, vm} from "../support/Vm.sol";
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
        if (wrongBook) book = _withOneMore(its, caller);

        (, uint256 valueTicks) = BruteForce.valueOf(instance, chosen);
        bytes4 foreseen;
        if (_phase(round) != Phase.Assign) foreseen = IAssignment.WrongPhase.selector;
        else if (its.proved || _ended(round)) foreseen = IAssignment.AlreadyFinal.selector;
        else foreseen = _packingError(instance, chosen);
        if (foreseen == DONE && wrongBook) foreseen = ISealedBidMarket.WrongBook.selector;
        if (foreseen == DONE && its.posted && valueTicks <= its.valueTicks) foreseen = IAssignment.NotBetter.selector;

        bytes memory data = abi.encodeCall(ISealedBidMarket.propose, (round, book, BruteForce.toList(chosen)));
        Deed deed = Deed.Propose;
        if (dice.oneIn(3) && _packingError(instance, chosen) == DONE) {
            (bool concluded, bytes32 head, Appraisal memory appraisal) = _readAll(its.reserves, _bareHead(chosen), book);
            if (concluded) (deed, data) = (Deed.ProposeRead, abi.encodeCall(ISealedBidMarket.proposeRead, (round, head, appraisal)));
        }
        if (!_do(deed, caller, foreseen, data)) return;
        (its.posted, its.proposer, its.proposedAt, its.valueTicks, its.chosen) = (true, caller, clock, valueTicks, chosen);
    }

    /// @dev The book and an offer more, worth nothing.
    function _withOneMore(GhostRound storage its, address bidder) private view returns (bytes memory) {
        bytes memory list = abi.encodePacked(hex"010000", ListWriter.fieldOf(its.active, (its.reserves.length / 8 + 7) / 8));
        return abi.encodePacked(its.book, bidder, uint16(1), list);
    }

    /// @dev Has the checker read a book in one part and conclude; false where it refuses.
    function _readAll(bytes memory reserves, bytes memory head, bytes memory book)
        private
        returns (bool concluded, bytes32 headHash, Appraisal memory appraisal)
    {
        headHash = keccak256(head);
        ICertificateChecker checker = market.checker();
        bytes memory soFar;
        if (book.length != 0) {
            vm.recordLogs();
            (bool read,) = address(checker).call(abi.encodeCall(ICertificateChecker.read, (reserves, head, soFar, book)));
            Log[] memory logs = vm.getRecordedLogs();
            if (!read) return (false, headHash, appraisal);
            soFar = abi.decode(logs[logs.length - 1].data, (bytes));
        }
        bytes memory answer;
        (concluded, answer) = address(checker).call(abi.encodeCall(ICertificateChecker.conclude, (reserves, head, soFar)));
        if (concluded) appraisal = abi.decode(answer, (Appraisal));
    }

    function _bareHead(uint256 chosen) private pure returns (bytes memory head) {
        uint16[] memory winners = BruteForce.toList(chosen);
        head = abi.encodePacked(uint8(0), uint16(winners.length));
        for (uint256 i; i < winners.length; ++i) head = abi.encodePacked(head, winners[i]);
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
        if (instance.rollups == 0) return;
        BruteForce.Best memory best = BruteForce.solve(instance);
        Claim memory made = Claim(best.valueTicks, best.chosen, 1, dice.oneIn(2) ? 0 : dice.below(20), 1);
        bool tampered;
        if (dice.oneIn(3)) {
            made.chosen = BruteForce.randomPacking(instance, dice.next());
            (, made.valueTicks) = BruteForce.valueOf(instance, made.chosen);
            tampered = dice.oneIn(4);
            if (tampered) made.valueTicks += 1;
        }
        if (dice.oneIn(2)) made.excessTicks += dice.below(made.valueTicks / 3 + 2);
        bytes memory certificate = CertificateBuilder.build(instance, made, dice);
        GhostClaim memory its = GhostClaim({
            round: round,
            prover: prover,
            certificate: certificate,
            claimedAt: clock,
            honest: !tampered && best.valueTicks < made.valueTicks + made.excessTicks,
            valueTicks: made.valueTicks,
            excessTicks: made.excessTicks,
            chosen: made.chosen
        });
        if (dice.oneIn(6) && claims.length > 0) {
            // A thief who saw a certificate.
            its = claims[claims.length - 1];
            (its.prover, its.claimedAt) = (prover, clock);
        }

        bytes32 claim = market.claimOf(its.round, prover, keccak256(its.certificate));
        bytes4 foreseen = _phase(its.round) != Phase.Assign
            ? IAssignment.WrongPhase.selector
            : claimedAt[claim] != 0 ? IAssignment.AlreadyClaimed.selector : DONE;
        if (!_do(Deed.ClaimProof, prover, foreseen, abi.encodeCall(IAssignment.claimProof, (its.round, claim)))) return;
        claimedAt[claim] = clock;
        claims.push(its);
    }

    function _prove(Dice memory dice, GhostClaim memory shown, address caller) internal {
        GhostRound storage its = rounds[shown.round];
        address prover = dice.oneIn(8) ? caller : shown.prover; // a thief without a claim
        uint256 since = claimedAt[market.claimOf(shown.round, prover, keccak256(shown.certificate))];
        bytes4 foreseen;
        if (_phase(shown.round) != Phase.Assign) foreseen = IAssignment.WrongPhase.selector;
        else if (its.proved || _ended(shown.round)) foreseen = IAssignment.AlreadyFinal.selector;
        else if (since == 0) foreseen = IAssignment.UnknownClaim.selector;
        else if (clock < since + _terms().proofDelaySeconds) foreseen = IAssignment.ClaimTooYoung.selector;
        else if (!shown.honest) foreseen = ANY_CHECKER_ERROR;
        else if (shown.excessTicks > 1) foreseen = _boundRefusal(its, shown);

        bytes memory book = its.book;
        if (foreseen == DONE && its.active != 0 && dice.oneIn(12)) {
            // An offer too many at the end of the book: worth nothing, so the certificate may hold of it, but it isn't the round's book.
            book = _withOneMore(its, caller);
            foreseen = ANY_CHECKER_ERROR; // WrongBook, unless the tree has nodes that count offers
        }
        _show(its, shown, prover, since, caller, foreseen, book, dice.oneIn(2));
    }

    /// @dev A proof that isn't exact: within ε, and of a partition worth as much as the best so far.
    function _boundRefusal(GhostRound storage its, GhostClaim memory shown) private view returns (bytes4) {
        if (shown.excessTicks * 10_000 > shown.valueTicks * _terms().epsilonBps) return IAssignment.ExcessTooLarge.selector;
        return its.posted && shown.valueTicks < its.valueTicks ? IAssignment.NotBetter.selector : DONE;
    }

    function _show(
        GhostRound storage its,
        GhostClaim memory shown,
        address prover,
        uint256 since,
        address caller,
        bytes4 foreseen,
        bytes memory book,
        bool inParts
    ) private {
        uint256 before = _lanesSum();
        bytes memory data = abi.encodeCall(ISealedBidMarket.prove, (shown.round, prover, book, shown.certificate));
        Deed deed = shown.excessTicks > 1 ? Deed.ProveWithin : Deed.Prove;
        if (inParts && shown.honest) {
            // Only a certificate without a tree is its own head; the reading begins now, when the claim is as old as it is.
            (bool concluded, bytes32 head, Appraisal memory appraisal) = _readAll(its.reserves, shown.certificate, book);
            // Unless the same head was read before, when the claim was too young: the first reading counts.
            uint256 startedAt = concluded ? market.checker().concludedSince(keccak256(its.reserves), head, keccak256(abi.encode(appraisal))) : 0;
            if (concluded && startedAt >= since + _terms().proofDelaySeconds) {
                (deed, data) = (Deed.ProveRead, abi.encodeCall(ISealedBidMarket.proveRead, (shown.round, prover, head, appraisal)));
            }
        }
        if (!_do(foreseen == ANY_CHECKER_ERROR ? Deed.ProveFalse : deed, caller, foreseen, data)) return;
        if (shown.excessTicks > 1) _bounded(its, shown, prover);
        else _proved(its, shown, prover, since, before);
    }

    function _bounded(GhostRound storage its, GhostClaim memory shown, address prover) private {
        if (!its.posted || shown.valueTicks > its.valueTicks) {
            (its.posted, its.proposer, its.proposedAt, its.valueTicks, its.chosen) = (true, prover, clock, shown.valueTicks, shown.chosen);
        }
        uint256 end = 1000 + 60 * shown.round + 130;
        if (its.endsAt != 0 && its.endsAt < end) end = its.endsAt;
        if (clock + _terms().epsilonSeconds < end) end = clock + _terms().epsilonSeconds;
        (its.endsAt, its.excessTicks) = (end, shown.excessTicks);
    }

    function _proved(GhostRound storage its, GhostClaim memory shown, address prover, uint256 since, uint256 lanesBefore) private {
        Instance memory instance = instanceOf(shown.round);
        BruteForce.Best memory best = BruteForce.solve(instance);
        (its.posted, its.proved, its.valueTicks, its.optimum) = (true, true, market.assignmentOf(shown.round).valueTicks, best.valueTicks);
        its.chosen = _postedChoice(shown.round);
        _sold(shown.round, instance, lanesBefore);
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
