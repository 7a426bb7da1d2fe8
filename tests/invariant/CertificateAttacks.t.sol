// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Appraisal, ICertificateChecker, ICertificateErrors} from "../../contracts/interfaces/ICertificateChecker.sol";
import {Artifacts} from "./support/Artifacts.sol";
import {Assertions} from "./support/Assertions.sol";
import {BruteForce, Instance} from "./support/BruteForce.sol";
import {Chance, Dice} from "./support/Chance.sol";
import {TinyInstances} from "./support/TinyInstances.sol";
import {Deal, Knot, TreeForger} from "./support/TreeForger.sol";

/// @title certificate_is_honest, under attack: proofs with every kind of node, of true and of false claims, whole and mutated, against brute force
/// @notice Each run makes ATTEMPTS of them. Twin: `tests/attacks.py`.
contract CertificateAttacksTest is Assertions {
    using Chance for Dice;

    bytes4 private constant PANIC = 0x4e487b71;
    uint256 private constant ATTEMPTS = 12;

    ICertificateChecker private immutable checker = ICertificateChecker(Artifacts.checker());

    function testFuzz_check__proof_of_any_kind__is_accepted_exactly_where_the_claim_is_true(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (bytes memory reserves, bytes memory book, Instance memory instance, uint256 best) = _draw(dice);
        (bytes memory certificate, uint256 valueTicks, uint256 excess) = _forge(instance, dice);

        (bool accepted, Appraisal memory found, bytes4 why) = _check(reserves, book, certificate);

        assertTrue(accepted == (best < valueTicks + excess), "accepted exactly where nothing is worth the threshold");
        if (accepted) assertEq(found.valueTicks, valueTicks, "value");
        else assertTrue(why == ICertificateErrors.BetterPartition.selector, "BetterPartition");
    }

    function testFuzz_check__mutant_of_a_proof_of_any_kind__never_lies(uint256 seed) external view {
        Dice memory dice = Dice(seed);
        (bytes memory reserves, bytes memory book, Instance memory instance, uint256 best) = _draw(dice);
        (bytes memory certificate,,) = _forge(instance, dice);
        for (uint256 i; i < ATTEMPTS; ++i) {
            (bool accepted, Appraisal memory found,) = _check(reserves, book, _mutant(dice, certificate));
            if (!accepted) continue;
            assertLe(found.valueTicks, best, "a partition is worth the value");
            assertLe(best + 1, found.valueTicks + found.excessTicks, "none is worth the threshold");
            if (found.exact) assertEq(found.valueTicks, best, "exact");
        }
    }

    function testFuzz_refute__lemma_or_its_mutant__is_proved_only_where_it_is_true(uint256 seed) external {
        Dice memory dice = Dice(seed);
        (,, Instance memory instance,) = _draw(dice);
        if (instance.rollups == 0) return;
        Deal memory deal = _subset(TreeForger.dealOf(instance, dice.below(4), 0), dice);
        uint256 left = 1 + dice.below((1 << instance.rollups) - 1);
        (bool covered, uint256 most) = _bestCover(deal, left, 0, 0);
        deal.threshold = covered ? most + dice.below(3) : dice.below(4);
        bytes memory proof = bytes.concat(bytes1(uint8(deal.scale)), TreeForger.price(deal, TreeForger.start(deal, left), dice, dice.below(4)));

        bool isTrue = !covered || most < deal.threshold;
        assertTrue(_refutes(deal, left, proof) == isTrue, "a sound proof is accepted exactly where the lemma is true");
        for (uint256 i; i < ATTEMPTS; ++i) {
            bytes memory mutant = _mutant(dice, proof);
            assertTrue(isTrue || !_refutes(deal, left, mutant), "a false lemma is never proved");
        }
    }

    // ----------------------------------------------------------------- drawing

    function _draw(Dice memory dice) private pure returns (bytes memory reserves, bytes memory book, Instance memory instance, uint256 best) {
        do {
            (reserves, book,) = TinyInstances.draw(dice);
            instance = BruteForce.read(reserves, book);
        } while (!_isModest(instance));
        best = BruteForce.solve(instance).valueTicks;
    }

    /// @dev Values that fit the contract's fields with room for raised prices; the largest are tested by name elsewhere.
    function _isModest(Instance memory instance) private pure returns (bool) {
        for (uint256 j; j < instance.offers.length; ++j) if (instance.offers[j].valueTicks >= 1 << 48) return false;
        for (uint256 i; i < instance.rollups; ++i) if (instance.reserves[i] >= 1 << 48) return false;
        return instance.rollups != 0;
    }

    /// @dev A certificate of the best partition, or of any.
    function _forge(Instance memory instance, Dice memory dice)
        private
        pure
        returns (bytes memory certificate, uint256 valueTicks, uint256 excess)
    {
        uint256 chosen = dice.oneIn(2) ? BruteForce.solve(instance).chosen : BruteForce.randomPacking(instance, dice.next());
        (, valueTicks) = BruteForce.valueOf(instance, chosen);
        excess = 1 + (dice.oneIn(3) ? dice.below(4) : 0);
        Deal memory deal = TreeForger.dealOf(instance, dice.below(4), valueTicks + excess);
        (bytes memory head, Deal memory live, Knot memory knot) = TreeForger.root(deal, dice, _claim(deal.scale, valueTicks, excess, chosen));
        certificate = live.masks.length == 0 && knot.slacks.length == deal.masks.length && knot.budget < 0
            ? head
            : bytes.concat(head, knot.budget < 0 ? bytes("") : TreeForger.node(live, knot, dice, dice.below(5)));
    }

    function _claim(uint256 scale, uint256 valueTicks, uint256 excess, uint256 chosen) private pure returns (bytes memory data) {
        uint16[] memory winners = BruteForce.toList(chosen);
        data = abi.encodePacked(uint8(2), uint8(scale), uint64(1), uint80(valueTicks), uint64(excess), uint16(winners.length));
        for (uint256 i; i < winners.length; ++i) data = abi.encodePacked(data, winners[i]);
    }

    /// @dev Some of the offers, so that often not all rollups can be covered.
    function _subset(Deal memory all, Dice memory dice) private pure returns (Deal memory some) {
        uint256 kept;
        for (uint256 p; p < all.masks.length; ++p) if (all.masks[p] != 0 && !dice.oneIn(4)) kept |= 1 << p;
        uint256 count;
        for (uint256 rest = kept; rest != 0; rest &= rest - 1) ++count;
        some = TreeForger.empty(count, all.rollups, all.scale, 0);
        count = 0;
        for (uint256 p; p < all.masks.length; ++p) {
            if ((kept >> p) & 1 == 0) continue;
            (some.masks[count], some.values[count], some.tags[count]) = (all.masks[p], all.values[p], all.tags[p]);
            ++count;
        }
    }

    /// @dev The most that disjoint offers which cover exactly `left` are worth.
    function _bestCover(Deal memory deal, uint256 left, uint256 usedTags, uint256 sum) private pure returns (bool covered, uint256 most) {
        if (left == 0) return (true, sum);
        uint256 lowest = left & (~left + 1);
        for (uint256 p; p < deal.masks.length; ++p) {
            uint256 mask = deal.masks[p];
            if (mask & lowest == 0 || mask & ~left != 0) continue;
            uint256 tag = deal.tags[p] == 0 ? 0 : 1 << deal.tags[p];
            if (usedTags & tag != 0) continue;
            (bool found, uint256 value) = _bestCover(deal, left & ~mask, usedTags | tag, sum + deal.values[p]);
            if (found && (!covered || value > most)) (covered, most) = (true, value);
        }
    }

    // -------------------------------------------------------------- attempting

    /// @dev Accepted or not; a refusal has a name, it is never a panic and never silent.
    function _check(bytes memory reserves, bytes memory book, bytes memory certificate)
        private
        view
        returns (bool accepted, Appraisal memory found, bytes4 named)
    {
        try checker.check(reserves, book, certificate) returns (Appraisal memory appraisal) {
            return (true, appraisal, named);
        } catch (bytes memory why) {
            named = _nameOf(why);
        }
    }

    function _refutes(Deal memory deal, uint256 left, bytes memory proof) private returns (bool) {
        uint256 width = TreeForger.maskBytes(deal);
        bytes memory offers = abi.encodePacked(uint8(width));
        for (uint256 p; p < deal.masks.length; ++p) {
            offers = abi.encodePacked(offers, TreeForger.field(deal.masks[p], width), uint64(deal.values[p]), uint16(deal.tags[p]));
        }
        try checker.refute(left, deal.threshold, offers, proof) returns (bytes32 lemma) {
            assertTrue(checker.isRefuted(lemma), "what is proved is remembered");
            return true;
        } catch (bytes memory why) {
            _nameOf(why);
            return false;
        }
    }

    function _nameOf(bytes memory why) private pure returns (bytes4 named) {
        named = selectorOf(why);
        assertTrue(named != bytes4(0) && named != PANIC, "a refusal has a name");
    }

    /// @dev One to three changes: a byte, a byte more or less, a stretch said twice or overflowing.
    function _mutant(Dice memory dice, bytes memory data) private pure returns (bytes memory mutant) {
        mutant = bytes.concat(data);
        for (uint256 times = 1 + dice.below(3); times > 0; --times) {
            uint256 at = dice.below(mutant.length + 1);
            uint256 to = at + dice.below(9);
            if (to > mutant.length) to = mutant.length;
            uint256 how = dice.below(8);
            if (how < 4 && at < mutant.length) {
                mutant[at] = how < 2 ? bytes1(uint8(mutant[at]) ^ uint8(1 << dice.below(8))) : bytes1(uint8(dice.next()));
            } else if (how == 4) {
                mutant = bytes.concat(_slice(mutant, 0, at), bytes1(uint8(dice.next())), _slice(mutant, at, mutant.length));
            } else if (how == 5) {
                mutant = bytes.concat(_slice(mutant, 0, at), _slice(mutant, to, mutant.length));
            } else if (how == 6) {
                mutant = bytes.concat(_slice(mutant, 0, to), _slice(mutant, at, mutant.length));
            } else {
                for (uint256 i = at; i < to; ++i) mutant[i] = 0xff;
            }
        }
    }

    function _slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) part[i - from] = data[i];
    }
}
