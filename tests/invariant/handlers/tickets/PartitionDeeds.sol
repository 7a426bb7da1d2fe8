// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssignment} from "../../../../contracts/interfaces/IAssignment.sol";
import {ICertificateErrors} from "../../../../contracts/interfaces/ICertificateChecker.sol";
import {IPoolErrors} from "../../../../contracts/interfaces/IPoolErrors.sol";
import {ITicketMarket, TicketParameters} from "../../../../contracts/interfaces/ITicketMarket.sol";
import {Phase} from "../../../../contracts/libraries/Schedule.sol";
import {BruteForce, Instance} from "../../support/BruteForce.sol";
import {CertificateBuilder, Claim} from "../../support/CertificateBuilder.sol";
import {Chance, Dice} from "../../support/Chance.sol";
import {TicketDeedBase} from "./TicketDeedBase.sol";
import {GhostPool, GhostProof, GhostTicketRound, TicketDeed} from "./TicketGhosts.sol";

/// @title PartitionDeeds: partitions proposed, claimed and proved, honestly or not, of pools shown whole or tampered with
abstract contract PartitionDeeds is TicketDeedBase {
    using Chance for Dice;

    mapping(bytes32 claim => uint256) private claimedAt;
    GhostProof[] internal proofs;

    function _propose(Dice memory dice, uint256 round, address caller) internal {
        GhostTicketRound storage its = rounds[round];
        Instance memory instance = instanceOf(round);
        uint256 chosen = BruteForce.randomPacking(instance, dice.next());
        if (dice.oneIn(4)) chosen = BruteForce.solve(instance).chosen;
        if (dice.oneIn(6)) chosen = dice.below(1 << instance.offers.length);
        bytes memory shown = shownPools(round);
        bytes4 tampered;
        if (dice.oneIn(4)) (shown, tampered) = _tampered(dice, round);
        (bool feasible, uint256 valueTicks) = BruteForce.valueOf(instance, chosen);

        bytes4 foreseen;
        if (_phase(round) != Phase.Assign) foreseen = IAssignment.WrongPhase.selector;
        else if (its.proved || _ended(round)) foreseen = IAssignment.AlreadyFinal.selector;
        else if (tampered != DONE) foreseen = tampered;
        else if (!feasible) foreseen = ICertificateErrors.WinnersOverlap.selector;
        else if (its.posted && valueTicks <= its.valueTicks) foreseen = IAssignment.NotBetter.selector;

        bytes memory data = abi.encodeCall(ITicketMarket.propose, (round, shown, BruteForce.toList(chosen)));
        if (!_doAtMarket(TicketDeed.Propose, caller, foreseen, data)) return;
        (its.posted, its.proposer, its.proposedAt, its.valueTicks, its.chosen) = (true, caller, clock, valueTicks, chosen);
    }

    /// @dev The pools of a round with one fault, and what is raised of it; whole where no fault can be made.
    function _tampered(Dice memory dice, uint256 round) private view returns (bytes memory shown, bytes4 why) {
        uint256[] storage numbers = rounds[round].pools;
        uint256 count = numbers.length;
        uint256 fault = dice.below(5);
        if (fault == 0) return (bytes.concat(shownPools(round), hex"00"), IPoolErrors.RaggedPoolList.selector);
        if (count == 0) return ("", DONE);
        uint256 at = dice.below(count);
        for (uint256 i; i < count; ++i) {
            GhostPool storage pool = pools[numbers[i]];
            bytes memory record = _shown(round, numbers[i]);
            if (i != at) shown = bytes.concat(shown, record);
            else if (fault == 1) why = IPoolErrors.WrongPools.selector; // left out
            else if (fault == 2) (shown, why) = (bytes.concat(shown, record, record), IPoolErrors.WrongPools.selector);
            else {
                uint256 strips = pool.strips.length;
                bool early = fault == 3 && strips > 1;
                uint256 last = early ? pool.strips[dice.below(strips - 1)].start : soldOf(numbers[i]);
                for (uint256 b; b < 2; ++b) record[record.length - 1 - b] = bytes1(uint8(last >> (8 * b)));
                (shown, why) = (bytes.concat(shown, record), early ? IPoolErrors.NotLastStrip.selector : IPoolErrors.NoSuchStrip.selector);
            }
        }
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
        GhostProof memory its = GhostProof({
            round: round,
            prover: prover,
            certificate: CertificateBuilder.build(instance, made, dice),
            honest: !tampered && best.valueTicks < made.valueTicks + made.excessTicks,
            valueTicks: made.valueTicks,
            excessTicks: made.excessTicks,
            chosen: made.chosen
        });

        bytes32 claim = market.claimOf(round, prover, keccak256(its.certificate));
        bytes4 foreseen;
        if (_phase(round) != Phase.Assign) foreseen = IAssignment.WrongPhase.selector;
        else if (claimedAt[claim] != 0) foreseen = IAssignment.AlreadyClaimed.selector;
        if (!_doAtMarket(TicketDeed.ClaimProof, prover, foreseen, abi.encodeCall(IAssignment.claimProof, (round, claim)))) return;
        claimedAt[claim] = clock;
        proofs.push(its);
    }

    function _prove(Dice memory dice, GhostProof memory shown, address caller) internal {
        GhostTicketRound storage its = rounds[shown.round];
        address prover = dice.oneIn(8) ? caller : shown.prover; // a thief without a claim
        uint256 since = claimedAt[market.claimOf(shown.round, prover, keccak256(shown.certificate))];
        bytes memory list = shownPools(shown.round);
        bytes4 tampered;
        if (dice.oneIn(8)) (list, tampered) = _tampered(dice, shown.round);

        bytes4 foreseen;
        if (_phase(shown.round) != Phase.Assign) foreseen = IAssignment.WrongPhase.selector;
        else if (its.proved || _ended(shown.round)) foreseen = IAssignment.AlreadyFinal.selector;
        else if (since == 0) foreseen = IAssignment.UnknownClaim.selector;
        else if (clock < since + _terms().proofDelaySeconds) foreseen = IAssignment.ClaimTooYoung.selector;
        else if (tampered != DONE) foreseen = tampered;
        else if (!shown.honest) foreseen = ANY_CHECKER_ERROR;
        else if (shown.excessTicks > 1) foreseen = _boundRefusal(its, shown);

        TicketDeed deed = shown.excessTicks > 1 ? TicketDeed.ProveWithin : TicketDeed.Prove;
        if (foreseen == ANY_CHECKER_ERROR) deed = TicketDeed.ProveFalse;
        bytes memory data = abi.encodeCall(ITicketMarket.prove, (shown.round, prover, list, shown.certificate));
        if (!_doAtMarket(deed, caller, foreseen, data)) return;
        if (shown.excessTicks > 1) _bounded(its, shown, prover);
        else _proved(its, shown, prover, since);
    }

    /// @dev A proof that isn't exact: within ε, and of a partition worth as much as the best so far.
    function _boundRefusal(GhostTicketRound storage its, GhostProof memory shown) private view returns (bytes4) {
        if (shown.excessTicks * 10_000 > shown.valueTicks * _terms().epsilonBps) return IAssignment.ExcessTooLarge.selector;
        return its.posted && shown.valueTicks < its.valueTicks ? IAssignment.NotBetter.selector : DONE;
    }

    function _bounded(GhostTicketRound storage its, GhostProof memory shown, address prover) private {
        if (!its.posted || shown.valueTicks > its.valueTicks) {
            (its.posted, its.proposer, its.proposedAt, its.valueTicks, its.chosen) = (true, prover, clock, shown.valueTicks, shown.chosen);
        }
        uint256 end = _start(shown.round) + 90;
        if (its.endsAt != 0 && its.endsAt < end) end = its.endsAt;
        if (clock + _terms().epsilonSeconds < end) end = clock + _terms().epsilonSeconds;
        (its.endsAt, its.excessTicks) = (end, shown.excessTicks);
    }

    function _proved(GhostTicketRound storage its, GhostProof memory shown, address prover, uint256 since) private {
        (its.posted, its.proved, its.settled, its.valueTicks, its.chosen) = (true, true, true, shown.valueTicks, shown.chosen);
        uint256 proposerTicks = its.proposer == address(0) || its.proposedAt > since ? 0 : its.feesTicks * _terms().proposerShareBps / 10_000;
        freeTicks[its.proposer] += proposerTicks;
        freeTicks[prover] += its.feesTicks - proposerTicks;
        its.feesTicks = 0;
    }

    function _terms() internal view returns (TicketParameters memory) {
        return market.parameters();
    }
}
