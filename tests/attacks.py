"""Attacks on the checkers of certificates, in both forms: forged, mutated, truncated, repeated, spliced and overflowing proofs.

Each attempt is held to brute force: what a checker accepts must be true. Rounds are small, so that brute force is quick.
"""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from seqmarket.certificate import chain_check, chain_tree, check
from seqmarket.certificate.form import Certificate, Item, MalformedCertificate, Node, OfferBranch, Price, SubsetRow, from_json
from seqmarket.model.instance import Instance
from seqmarket.solver.brute_force import best_partition
from tests.forgery import CHEATS, Forger, LemmaAttempt, draw_round
from tests.unit.test_certificate_soundness import Prover, draw_certificate, draw_winners, granularity, mutated, worth

MUTANTS = 24  # of each certificate
CLAIM_BYTES = 30
POOL = 64  # bytes and lemmas of earlier rounds, to be spliced in


class FalseClaimAccepted(AssertionError):
    """A checker accepted what brute force refutes."""


@dataclass(frozen=True)
class Checkers:
    """The functions under attack, and what they raise."""

    check_bytes: Callable = chain_check.check_bytes
    refute_lemma: Callable = chain_check.refute_lemma
    refused_bytes: type[Exception] = chain_tree.Refused
    check_form: Callable = check.check
    refused_form: type[Exception] = check.Refused


class Attack:
    """A run of attempts. `answers` counts accepted ones as "true, …", the others by the name of the refusal."""

    def __init__(self, seed: int, checkers: Checkers = Checkers(), cheats: tuple[str | None, ...] = (None, None, *CHEATS)) -> None:
        self.chance = random.Random(seed)
        self.checkers, self.cheats = checkers, cheats
        self.answers: Counter[str] = Counter()
        self.blobs: deque[bytes] = deque(maxlen=POOL)
        self.lemmas: deque[LemmaAttempt] = deque(maxlen=POOL)
        self.proved: set[bytes] = set()

    @property
    def attempts(self) -> int:
        return self.answers.total()

    def on_bytes(self, attempts: int) -> None:
        """Attacks the contract's form until there were so many attempts."""
        until = self.attempts + attempts
        while self.attempts < until:
            instance = draw_round(self.chance)
            best = best_partition(instance)
            for _ in range(3):
                self._bytes_of(instance, best)

    def on_form(self, attempts: int) -> None:
        """Attacks the file form until there were so many attempts."""
        until = self.attempts + attempts
        while self.attempts < until:
            instance = draw_round(self.chance)
            best = best_partition(instance)
            certificate = self._drawn(instance, best)
            self._try_form(instance, lambda: certificate)
            for _ in range(MUTANTS // 2):
                self._try_form(instance, lambda: from_json(mutated(self.chance, certificate)))
                self._try_form(instance, lambda: bent(self.chance, certificate, instance))
            self._try_form(_altered(self.chance, instance), lambda: certificate)

    # ------------------------------------------------------------------------------------------------------------ claims

    def _drawn(self, instance: Instance, best: tuple[int, tuple[int, ...]]) -> Certificate:
        """A certificate of the file form, its proof honest or not, its claim true or not."""
        chance = self.chance
        if chance.random() < 0.5:
            return draw_certificate(chance, instance, best, honest=chance.random() < 0.5)
        value, winners, unit, _ = self.claim(instance, best)
        scale = chance.randint(0, 3)
        return Certificate(value, scale, unit, winners, Prover(chance, instance, value + unit, scale, honest=True).proof())

    def _bytes_of(self, instance: Instance, best: tuple[int, tuple[int, ...]]) -> None:
        chance = self.chance
        value, winners, unit, excess = self.claim(instance, best)
        forged = Forger(chance, instance, chance.choice(self.cheats)).forge(value, winners, unit, excess)
        for lemma in forged.lemmas:
            self._try_lemma(lemma)
            for _ in range(2):
                self._try_lemma(mutated_lemma(chance, lemma, self.lemmas))
        self.lemmas.extend(forged.lemmas)
        self._try_bytes(instance, forged.blob)
        for blob in self._mutants(forged.blob):
            self._try_bytes(instance, blob)
        self._try_bytes(_altered(chance, instance), forged.blob)
        self.blobs.append(forged.blob)

    def claim(self, instance: Instance, best: tuple[int, tuple[int, ...]]) -> tuple[int, tuple[int, ...], int, int]:
        """A claim: true, of a worse partition, of winners that exclude each other, or with a granularity that divides nothing."""
        chance = self.chance
        value, winners, unit = best[0], best[1], granularity(instance)
        kind = chance.choice(("true", "worse", "worse", "overlap", "group", "granularity"))
        if kind == "true" and chance.random() < 0.5:
            return value, winners, unit, unit * chance.randint(1, 3)
        pairs = _pairs_of_a_group(instance) if kind == "group" else []
        if kind == "overlap" and instance.offers or pairs:
            count = chance.randint(1, min(3, len(instance.offers)))
            winners = chance.choice(pairs) if pairs else tuple(sorted(chance.sample(range(len(instance.offers)), count)))
            sold = {i for j in winners for i in range(instance.rollups) if instance.offers[j].bundle >> i & 1}
            unsold = sum(r for i, r in enumerate(instance.reserves) if i not in sold)
            value = sum(instance.offers[j].value for j in winners) + unsold
        if kind in ("worse", "granularity"):
            winners = tuple(sorted(draw_winners(chance, instance)))
            value = worth(instance, winners)
        if kind == "granularity":
            unit = best[0] - value + 1
        return value, winners, unit, unit

    # ---------------------------------------------------------------------------------------------------------- attempts

    def _try_bytes(self, instance: Instance, blob: bytes) -> None:
        try:
            verdict = self.checkers.check_bytes(instance, blob, self.proved)
        except self.checkers.refused_bytes as refused:
            self.answers[refused.name] += 1
            return
        best = best_partition(instance)[0]
        winners = [int.from_bytes(blob[at : at + 2]) for at in range(30, 30 + 2 * int.from_bytes(blob[28:30]), 2)]
        right = verdict.value <= best < verdict.value + verdict.excess and (not verdict.exact or verdict.value == best)
        if not right or worth(instance, tuple(winners)) != verdict.value:
            raise FalseClaimAccepted(f"{verdict} for {instance}, whose best is {best}: {blob.hex()}")
        self.answers["true, certificate"] += 1

    def _try_lemma(self, its: LemmaAttempt) -> None:
        try:
            key = self.checkers.refute_lemma(its.uncovered, its.target, its.offers, its.proof, self.proved)
        except self.checkers.refused_bytes as refused:
            self.answers[refused.name] += 1
            return
        best = best_cover(its.uncovered, its.offers)
        if best is not None and best >= its.target:
            raise FalseClaimAccepted(f"a lemma, and {best} ticks can be reached: {its}")
        self.proved.add(key)
        self.answers["true, lemma"] += 1

    def _try_form(self, instance: Instance, read: Callable) -> None:
        try:
            verdict = self.checkers.check_form(instance, read())
        except self.checkers.refused_form as refused:
            self.answers[refused.rule] += 1
            return
        except MalformedCertificate:
            self.answers["malformed"] += 1
            return
        best = best_partition(instance)[0]
        if not verdict.value <= best < verdict.threshold or verdict.exact and verdict.value != best:
            raise FalseClaimAccepted(f"{verdict} for {instance}, whose best is {best}")
        self.answers["true, certificate"] += 1

    def _mutants(self, blob: bytes) -> Iterator[bytes]:
        other = self.chance.choice(self.blobs) if self.blobs else blob
        for _ in range(MUTANTS):
            mutant = mutated_bytes(self.chance, blob, other)
            while self.chance.random() < 0.25:
                mutant = mutated_bytes(self.chance, mutant, other)
            yield mutant


def _pairs_of_a_group(instance: Instance) -> list[tuple[int, int]]:
    """Offers that only their group keeps apart."""
    numbered = list(enumerate(instance.offers))
    return [(j, k) for j, one in numbered for k, other in numbered[j + 1 :] if one.groups == other.groups != () and not one.bundle & other.bundle]


@lru_cache(maxsize=256)
def _offers_of(data: bytes) -> tuple[tuple[int, int, int], ...]:
    return tuple((o.mask, o.value, o.tag) for o in chain_check.unpack_offers(data)[1])


def best_cover(uncovered: int, offers: bytes) -> int | None:
    """The most that disjoint offers of a lemma which cover exactly `uncovered` are worth; None where none do."""
    listed = _offers_of(offers)

    def best(left: int, groups: frozenset[int]) -> int | None:
        if left == 0:
            return 0
        found = [
            value + rest
            for mask, value, tag in listed
            if mask & left & -left and not mask & ~left and tag not in groups
            if (rest := best(left & ~mask, groups | {tag} - {0})) is not None
        ]
        return max(found, default=None)

    return best(uncovered, frozenset())


# ------------------------------------------------------------------------------------------------------------------- mutants


def mutated_bytes(chance: random.Random, blob: bytes, other: bytes) -> bytes:
    """One change: of a byte, a run of bytes, the length, or a splice with the bytes of another round."""
    least = CLAIM_BYTES if len(blob) > CLAIM_BYTES and chance.random() < 0.7 else 0  # most changes are below the claim
    at, to = sorted((chance.randint(least, len(blob)), chance.randint(least, len(blob))))
    near = min(len(blob), at + chance.randint(1, 8))
    kind = chance.randrange(12)
    if kind < 4 and at < len(blob):
        byte = chance.choice((blob[at] ^ 1 << chance.randrange(8), blob[at] + 1 & 255, blob[at] - 1 & 255, chance.randrange(256)))
        return blob[:at] + bytes([byte]) + blob[at + 1 :]
    if kind == 4:
        return blob[:at] + chance.choice((b"\xff", b"\x7f", b"\x80", b"\x00")) * (near - at) + blob[near:]  # overflow
    if kind == 5:
        return blob[:at]
    if kind == 6:
        return blob[:near] + blob[at:near] + blob[near:]  # repeated
    if kind == 7:
        return blob[:at] + blob[near:]
    if kind == 8:
        return blob[:at] + chance.randbytes(chance.randint(1, 3)) + blob[at:]
    if kind == 9:
        return blob[:at] + blob[near:to] + blob[at:near] + blob[max(near, to) :]  # reordered
    cut = chance.randint(0, len(other))
    return blob[:at] + other[cut:] if kind == 10 else blob[:at] + other[cut : cut + chance.randint(1, 12)] + blob[near:]


def bent(chance: random.Random, certificate: Certificate, instance: Instance) -> Certificate:
    """One change that would close a node, or lower a budget, if the checker let it."""
    path, node = [], certificate.proof
    while chance.random() < 0.7:  # down to some node
        below = [child for child in _children(node) if child is not None]
        if not below:
            break
        child = chance.choice(below)
        path.append((node, child))
        node = child
    item = chance.randrange(instance.items)
    changed = Item(item, ())
    if isinstance(node, Price):
        pair = (item, -chance.randint(1, 20))
        changed = chance.choice(
            (
                replace(node, prices=(*node.prices, *node.prices)),
                replace(node, prices=(*node.prices, pair, pair)),
                replace(node, cuts=(*node.cuts, SubsetRow((item,), 1, (), pair[1]))),
                replace(node, then=None),
                replace(node, reset=not node.reset),
                replace(node, then=Item(item, ())),
            )
        )
    for above, child in reversed(path):
        changed = _with_child(above, child, changed)
    return replace(certificate, proof=changed)


def _children(node: Node) -> tuple[Node | None, ...]:
    match node:
        case Price():
            return (node.then,)
        case Item():
            return node.children
        case OfferBranch():
            return (node.chosen, node.dropped)
    return ()


def _with_child(node: Node, old: Node, new: Node) -> Node:
    match node:
        case Price():
            return replace(node, then=new)
        case Item():
            return replace(node, children=tuple(new if child is old else child for child in node.children))
    return replace(node, chosen=new) if node.chosen is old else replace(node, dropped=new)


def mutated_lemma(chance: random.Random, its: LemmaAttempt, others: Sequence[LemmaAttempt]) -> LemmaAttempt:
    other = chance.choice(others) if others else its
    kind = chance.randrange(5)
    if kind == 0:
        return replace(its, target=max(0, its.target - chance.choice((1, 1, 2, 5, its.target))))
    if kind == 1:
        return replace(its, uncovered=max(0, its.uncovered ^ 1 << chance.randrange(7)))
    if kind == 2:
        return replace(its, offers=mutated_bytes(chance, its.offers, other.offers))
    return replace(its, proof=mutated_bytes(chance, its.proof, other.proof))


def _altered(chance: random.Random, instance: Instance) -> Instance:
    """The round with an offer added, left out, changed or repeated."""
    offers = list(instance.offers)
    at = chance.randint(0, len(offers))
    kind = chance.choice(("add", "drop", "alter", "repeat"))
    other = draw_round(chance)
    if kind == "add" or not offers:
        offers[at:at] = [replace(o, groups=()) for o in other.offers[:1] if not o.bundle >> instance.rollups]
    elif kind == "drop":
        offers.pop(at - 1)
    elif kind == "alter":
        offers[at - 1] = replace(offers[at - 1], value=offers[at - 1].value + granularity(instance) * chance.randint(0, 3), groups=())
    else:
        offers.insert(at, offers[at - 1])
    return replace(instance, offers=tuple(offers))
