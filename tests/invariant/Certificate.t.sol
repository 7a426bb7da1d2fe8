// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal, ICertificateChecker, ICertificateErrors} from "../../contracts/interfaces/ICertificateChecker.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {Assertions} from "./support/Assertions.sol";
import {BruteForce, Instance} from "./support/BruteForce.sol";
import {CertificateBuilder, Claim} from "./support/CertificateBuilder.sol";
import {Chance, Dice} from "./support/Chance.sol";
import {ListWriter} from "./support/ListWriter.sol";
import {TinyInstances} from "./support/TinyInstances.sol";

/// @title certificate_is_honest, on tiny instances: whatever the checker accepts, brute force agrees with
contract CertificateTest is Assertions {
    using Chance for Dice;

    bytes4 private constant PANIC = 0x4e487b71;
    uint256 private constant MUTANTS = 12; // a run

    ICertificateChecker private immutable checker = ICertificateChecker(Artifacts.checker());

    /// @dev What is handed to the checker.
    struct Case {
        bytes reserves;
        bytes book;
        bytes certificate;
    }

    // ---------------------------------------------------------------- honest

    function testFuzz_check__honest_certificate__is_accepted(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (Case memory the, Instance memory instance, Claim memory claim) = _draw(dice);

        Appraisal memory found = checker.check(the.reserves, the.book, the.certificate);

        _requireHonest(instance, found);
        assertEq(found.valueTicks, claim.valueTicks, "value");
        assertEq(found.offers, instance.offers.length, "offers");
        for (uint256 i; i < instance.rollups; ++i) assertEq(found.singleTicks[i], _bestSingle(instance, i), "best single offer");
    }

    function testFuzz_check__suboptimal_claim__is_refused(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (Case memory the, Instance memory instance, Claim memory claim) = _draw(dice);
        uint256 optimum = claim.valueTicks;
        claim.chosen = BruteForce.randomPacking(instance, dice.next());
        (, claim.valueTicks) = BruteForce.valueOf(instance, claim.chosen);
        if (claim.valueTicks == optimum) return;

        the.certificate = CertificateBuilder.build(instance, claim, dice);

        (bool accepted,,) = _check(the);
        assertTrue(!accepted, "a suboptimal claim is refused");
    }

    function testFuzz_check__value_too_high__is_refused(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (Case memory the, Instance memory instance, Claim memory claim) = _draw(dice);
        claim.valueTicks += 1 + dice.below(3) * claim.granularity;

        the.certificate = CertificateBuilder.build(instance, claim, dice);

        (bool accepted,, bytes4 why) = _check(the);
        assertTrue(!accepted && why == ICertificateErrors.WrongValue.selector, "a value too high raises WrongValue");
    }

    // --------------------------------------------------------------- mutants

    function testFuzz_check__any_mutant__never_lies(uint256 seed) external view {
        _breed(Dice(seed), MUTANTS);
    }

    /// @dev A test of the test: some mutants live, so the comparison with brute force is really made.
    function test_check__mutants_of_fixed_seeds__some_are_accepted() external view {
        uint256 survivors;
        uint256 altered;
        for (uint256 seed; seed < 60; ++seed) {
            (uint256 lived, uint256 livedAltered) = _breed(Dice(seed), 20);
            survivors += lived;
            altered += livedAltered;
        }
        assertTrue(survivors > 20, "some mutants are accepted");
        assertTrue(altered > 5, "some mutants over an altered book are accepted");
    }

    function testFuzz_check__truncated_certificate__is_refused(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (Case memory the,,) = _draw(dice);

        the.certificate = _slice(the.certificate, 0, dice.below(the.certificate.length));

        (bool accepted,,) = _check(the);
        assertTrue(!accepted, "a truncated certificate is refused, by whatever it reads past its end");
    }

    function testFuzz_check__extended_certificate__reverts_TrailingData(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (Case memory the,,) = _draw(dice);

        the.certificate = bytes.concat(the.certificate, ListWriter.fieldOf(dice.next(), 1 + dice.below(32)));

        (bool accepted,, bytes4 why) = _check(the);
        assertTrue(!accepted && why == ICertificateErrors.TrailingData.selector, "TrailingData");
    }

    function testFuzz_check__swapped_winners__reverts_WinnersNotAscending(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (Case memory the,, Claim memory claim) = _draw(dice);
        uint256 winners = BruteForce.toList(claim.chosen).length;
        if (winners < 2) return;

        uint256 first = 30 + 2 * dice.below(winners - 1);
        for (uint256 i = first; i < first + 2; ++i) {
            (the.certificate[i], the.certificate[i + 2]) = (the.certificate[i + 2], the.certificate[i]);
        }

        (bool accepted,, bytes4 why) = _check(the);
        assertTrue(!accepted && why == ICertificateErrors.WinnersNotAscending.selector, "WinnersNotAscending");
    }

    function testFuzz_check__truncated_book__reverts_TruncatedBook(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (Case memory the,,) = _draw(dice);
        if (the.book.length == 0) return;

        the.book = _slice(the.book, 0, the.book.length - 1);

        (bool accepted,, bytes4 why) = _check(the);
        assertTrue(!accepted && why == ICertificateErrors.TruncatedBook.selector, "TruncatedBook");
    }

    // -------------------------------------------------------------- appraise

    function testFuzz_appraise__any_winners__agrees_with_naive_valuation(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (Case memory the, Instance memory instance,) = _draw(dice);
        uint256 chosen = dice.oneIn(2) ? BruteForce.randomPacking(instance, dice.next()) : dice.below(1 << instance.offers.length);
        (bool feasible, uint256 valueTicks) = BruteForce.valueOf(instance, chosen);

        try checker.appraise(the.reserves, the.book, BruteForce.toList(chosen)) returns (Appraisal memory found) {
            assertTrue(feasible, "only what is feasible is valued");
            assertEq(found.valueTicks, valueTicks, "value");
        } catch (bytes memory why) {
            assertTrue(!feasible, "what is feasible is valued");
            bytes4 named = selectorOf(why);
            assertTrue(
                named == ICertificateErrors.WinnersOverlap.selector || named == ICertificateErrors.GroupWinsTwice.selector,
                "WinnersOverlap or GroupWinsTwice"
            );
        }
    }

    // --------------------------------------------------------------- helpers

    /// @dev An instance, its optimum, and a random certificate of it.
    function _draw(Dice memory dice) private pure returns (Case memory the, Instance memory instance, Claim memory claim) {
        (the.reserves, the.book, claim.granularity) = TinyInstances.draw(dice);
        instance = BruteForce.read(the.reserves, the.book);
        BruteForce.Best memory best = BruteForce.solve(instance);
        claim.valueTicks = best.valueTicks;
        claim.chosen = best.chosen;
        claim.scale = dice.oneIn(2) ? 0 : dice.below(5); // the prices' bound: 2^58 in sum
        claim.excessTicks = claim.granularity;
        the.certificate = CertificateBuilder.build(instance, claim, dice);
    }

    /// @dev Makes mutants of one case, true or suboptimal, and holds every accepted one to brute force over what it was checked with.
    function _breed(Dice memory dice, uint256 mutants) private view returns (uint256 survivors, uint256 altered) {
        (Case memory the, Instance memory instance, Claim memory claim) = _draw(dice);
        if (dice.oneIn(2)) {
            claim.chosen = BruteForce.randomPacking(instance, dice.next());
            (, claim.valueTicks) = BruteForce.valueOf(instance, claim.chosen);
            the.certificate = CertificateBuilder.build(instance, claim, dice);
        }
        for (uint256 i; i < mutants; ++i) {
            Case memory mutant = Case(the.reserves, the.book, the.certificate);
            uint256 kind = dice.below(6);
            if (kind == 0) mutant.book = _mutate(dice, the.book);
            else if (kind == 1) mutant.reserves = _mutate(dice, the.reserves);
            else if (kind == 2) mutant.certificate = _splice(dice, the.certificate);
            else mutant.certificate = _mutate(dice, the.certificate);
            if (dice.oneIn(8)) mutant.certificate = _mutate(dice, mutant.certificate);

            (bool accepted, Appraisal memory found,) = _check(mutant);
            if (!accepted) continue;
            Instance memory its = BruteForce.read(mutant.reserves, mutant.book);
            if (!its.audited) continue; // no market has such a book, and the checker leaves it to `reveal`: [K1] of `BookPass`
            ++survivors;
            if (kind < 2) ++altered;
            _requireHonest(its, found);
        }
    }

    /// @dev Accepted or not; a refusal has a name, it is never a panic and never silent.
    function _check(Case memory the) private view returns (bool accepted, Appraisal memory found, bytes4 named) {
        try checker.check(the.reserves, the.book, the.certificate) returns (Appraisal memory appraisal) {
            return (true, appraisal, named);
        } catch (bytes memory why) {
            named = selectorOf(why);
            assertTrue(named != bytes4(0) && named != PANIC, "a refusal has a name");
        }
    }

    /// @dev The value is the optimum, or short of it by less than the excess that a certificate of another sort admits; and it is what the named winners are worth.
    function _requireHonest(Instance memory instance, Appraisal memory found) private pure {
        uint256 optimum = BruteForce.solve(instance).valueTicks;
        if (found.exact) assertEq(found.valueTicks, optimum, "the value is the optimum");
        else assertTrue(found.valueTicks <= optimum && optimum < found.valueTicks + found.excessTicks, "the optimum is below the value and its excess");
        uint256 chosen;
        uint256 sold;
        for (uint256 i; i < found.winners.length; ++i) {
            uint256 j = found.winners[i].offer;
            assertEq(found.winners[i].bundle, instance.offers[j].mask, "a winner's bundle");
            assertEq(found.winners[i].valueTicks, instance.offers[j].valueTicks, "a winner's value");
            assertTrue(found.winners[i].bidder == instance.offers[j].bidder, "a winner's bidder");
            chosen |= 1 << j;
            sold |= found.winners[i].bundle;
        }
        (bool feasible, uint256 valueTicks) = BruteForce.valueOf(instance, chosen);
        assertTrue(feasible, "the winners are disjoint, one a group");
        assertEq(found.valueTicks, valueTicks, "the winners are worth the value");
        assertEq(found.sold, sold, "sold is the union of their bundles");
    }

    function _bestSingle(Instance memory instance, uint256 rollup) private pure returns (uint256 best) {
        for (uint256 j; j < instance.offers.length; ++j) {
            if (instance.offers[j].mask == 1 << rollup && instance.offers[j].valueTicks > best) best = instance.offers[j].valueTicks;
        }
    }

    /// @dev One to three bytes changed: a bit flipped, a step up or down, or anything.
    function _mutate(Dice memory dice, bytes memory data) private pure returns (bytes memory mutant) {
        mutant = bytes.concat(data);
        if (mutant.length == 0) return mutant;
        for (uint256 times = 1 + dice.below(3); times > 0; --times) {
            uint256 i = dice.below(mutant.length);
            uint256 before = uint8(mutant[i]);
            uint256 how = dice.below(4);
            if (how == 0) before ^= 1 << dice.below(8);
            else if (how == 1) before += 1;
            else if (how == 2) before += 255;
            else before = dice.next();
            mutant[i] = bytes1(uint8(before));
        }
    }

    /// @dev A byte put in, taken out, or a stretch of it said twice.
    function _splice(Dice memory dice, bytes memory data) private pure returns (bytes memory) {
        uint256 cut = dice.below(data.length + 1);
        bytes memory tail = _slice(data, cut, data.length - cut);
        bytes memory head = _slice(data, 0, cut);
        uint256 how = dice.below(3);
        if (how == 0) return bytes.concat(head, bytes1(uint8(dice.below(4))), tail);
        if (how == 1 && cut > 0) return bytes.concat(_slice(data, 0, cut - 1), tail);
        return bytes.concat(head, _slice(data, cut / 2, cut - cut / 2), tail);
    }

    function _slice(bytes memory data, uint256 offset, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i; i < length; ++i) part[i] = data[offset + i];
    }
}
