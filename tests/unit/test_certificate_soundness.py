"""certificate_is_honest: whatever the checker accepts is true, by exhaustion; and an honest proof is accepted.

Certificates are drawn by a small prover of the test's own (sets instead of bit masks) with all kinds of nodes and cuts; a
dishonest one cheats on the way. Then texts are mutated, proofs moved to other claims, and rounds changed under their proofs.
"""

import json
import random
from dataclasses import replace
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from seqmarket.certificate.check import Refused, Verdict, check
from seqmarket.certificate.form import (
    Certificate,
    Clique,
    Item,
    MalformedCertificate,
    OfferBranch,
    Price,
    Search,
    SubsetRow,
    from_json,
    to_json,
)
from seqmarket.model.instance import Instance, Offer
from seqmarket.solver.brute_force import best_partition
from tests.examples import many

SEEDS = st.integers(0, 2**48).map(random.Random)
MANY = many(600)


def draw_instance(chance: random.Random) -> Instance:
    rollups, groups, unit = chance.randint(1, 6), chance.choice((0, 0, 1, 2)), chance.choice((1, 1, 1, 2, 5))
    reserves = tuple(unit * chance.choice((0, 0, 1, 2)) for _ in range(rollups))
    return Instance(reserves, groups, tuple(draw_offer(chance, rollups, groups, unit) for _ in range(chance.randint(0, 9))))


def draw_offer(chance: random.Random, rollups: int, groups: int, unit: int = 1) -> Offer:
    bundle = sum(1 << i for i in chance.sample(range(rollups), min(rollups, chance.choice((1, 2, 2, 3)))))
    names = tuple(chance.sample(range(groups), chance.randint(0, groups)))
    return Offer(bundle, unit * chance.randint(1, 3 * bundle.bit_count()), names)


def every_partition(instance: Instance) -> int:
    """The best value by trying every set of offers."""
    best = 0
    for count in range(len(instance.offers) + 1):
        for winners in combinations(range(len(instance.offers)), count):
            best = max(best, worth(instance, winners) or 0)
    return best


def worth(instance: Instance, winners: tuple[int, ...]) -> int | None:
    """The value of the partition with these winners, None where they overlap."""
    offers = [instance.offers[j] for j in winners]
    rollups = [i for o in offers for i in range(instance.rollups) if o.bundle >> i & 1]
    groups = [g for o in offers for g in o.groups]
    if len(set(rollups)) < len(rollups) or len(set(groups)) < len(groups):
        return None
    return sum(o.value for o in offers) + sum(r for i, r in enumerate(instance.reserves) if i not in rollups)


def draw_winners(chance: random.Random, instance: Instance) -> tuple[int, ...]:
    winners: tuple[int, ...] = ()
    for j in chance.sample(range(len(instance.offers)), len(instance.offers)):
        if chance.random() < 0.8 and worth(instance, (*winners, j)) is not None:
            winners += (j,)
    return winners


class Prover:
    """Draws a proof tree that no partition is worth `threshold`.

    `honest` False leaves slacks negative, joins false cliques and weighs cuts below 0.
    """

    def __init__(self, chance: random.Random, instance: Instance, threshold: int, scale: int, honest: bool) -> None:
        self.chance, self.threshold, self.unit, self.honest = chance, threshold, 2**scale, honest
        m, rollups = len(instance.offers), instance.rollups
        self.holds = [{i for i in range(rollups) if o.bundle >> i & 1} | {rollups + g for g in o.groups} for o in instance.offers]
        self.holds += [{i} for i in range(instance.items)]
        self.values = [o.value for o in instance.offers] + list(instance.reserves) + [0] * instance.groups
        assert len(self.values) == m + instance.items

    def proof(self) -> Price:
        everything = set().union(*self.holds)
        alive = {j: -v * self.unit for j, v in enumerate(self.values)}
        return self.price(everything, alive, -self.threshold * self.unit, 0, 0)

    def node(self, left: set[int], alive: dict[int, int], budget: int, chosen: int, depth: int):
        kinds = ("price", "item", "item", "offer", "search") if depth < 4 else ("item", "search")
        kind = self.chance.choice(kinds)
        if kind == "price":
            return self.price(left, alive, budget, chosen, depth)
        if kind == "item":
            item = self.chance.choice(sorted(left))
            holders = sorted(j for j in alive if item in self.holds[j])
            return Item(item, tuple(self.choose(left, alive, budget, chosen, depth, j) for j in holders))
        if kind == "offer" and alive:
            j = self.chance.choice(sorted(alive))
            rest = {q: slack for q, slack in alive.items() if q != j}
            chosen_node = self.choose(left, alive, budget, chosen, depth, j)
            return OfferBranch(j, chosen_node, self.node(left, rest, budget, chosen, depth + 1))
        return Search()

    def choose(self, left, alive, budget, chosen, depth, j: int):
        left, budget = left - self.holds[j], budget - alive[j]
        if not left:
            return self.chance.choice((None, Search()))
        alive = {q: slack for q, slack in alive.items() if slack <= budget and self.holds[q].isdisjoint(self.holds[j])}
        return self.node(left, alive, budget, chosen + self.values[j], depth + 1)

    def price(self, left, alive, budget, chosen, depth) -> Price:
        chance, unit = self.chance, self.unit
        reset = chance.random() < 0.3
        if reset:
            alive, budget = {j: -self.values[j] * unit for j in alive}, -(self.threshold - chosen) * unit
        alive, cuts = dict(alive), []
        for _ in range(chance.choice((0, 0, 1, 2))):
            cut, coefficients, limit = self.cut(left)
            cuts.append(cut)
            budget += cut.weight * limit
            for j in alive:
                alive[j] += cut.weight * coefficients.get(j, 0)

        prices = dict.fromkeys(left, 0)
        for j in chance.sample(sorted(alive), len(alive)) if self.honest or chance.random() < 0.5 else ():
            lack = -alive[j] - sum(prices[i] for i in self.holds[j])
            prices[chance.choice(sorted(self.holds[j]))] += max(lack, 0)
        for i in chance.sample(sorted(left), chance.choice((0, len(left) // 2, len(left)))):  # lower what can be lowered
            room = [alive[j] + sum(prices[q] for q in self.holds[j]) for j in alive if i in self.holds[j]]
            prices[i] -= min(room, default=unit)
        alive = {j: slack + sum(prices[i] for i in self.holds[j]) for j, slack in alive.items()}
        budget += sum(prices.values())
        for i in sorted(set().union(*self.holds) - left):  # prices of covered items count for nothing
            if chance.random() < 0.1:
                prices[i] = chance.randint(-9, 9)

        alive = {j: slack for j, slack in alive.items() if slack <= budget}
        then = None if budget < 0 else self.node(left, alive, budget, chosen, depth + 1)
        pairs = [pair for pair in prices.items() if pair[1] or chance.random() < 0.5]
        return Price(tuple(pairs), then, tuple(cuts), reset)

    def cut(self, left: set[int]):
        chance, offers = self.chance, list(range(len(self.holds)))
        weight = chance.randint(0 if self.honest or chance.random() < 0.8 else -4 * self.unit, 4 * self.unit)
        if chance.random() < 0.5:
            clique: list[int] = []
            for j in chance.sample(offers, len(offers)):
                if all(self.holds[j] & self.holds[q] for q in clique) or not self.honest and chance.random() < 0.2:
                    clique.append(j)
            return Clique(tuple(clique), weight), dict.fromkeys(clique, 1), 1
        everything = sorted(set().union(*self.holds))
        rows, divisor = set(chance.sample(everything, chance.randint(1, len(everything)))), chance.choice((1, 2, 2, 3))
        listed = chance.sample(offers, chance.randint(0, len(offers))) if chance.random() < 0.5 else None
        coefficients = {j: len(self.holds[j] & rows) // divisor for j in (offers if listed is None else listed)}
        cut = SubsetRow(tuple(rows), divisor, None if listed is None else tuple(listed), weight)
        return cut, coefficients, len(rows & left) // divisor


def granularity(instance: Instance) -> int:
    return next(g for g in (5, 2, 1) if all(v % g == 0 for v in (*instance.reserves, *(o.value for o in instance.offers))))


def draw_certificate(chance: random.Random, instance: Instance, best: tuple[int, tuple[int, ...]], honest: bool) -> Certificate:
    winners = best[1] if chance.random() < 0.6 else draw_winners(chance, instance)
    value, unit, scale = worth(instance, winners), granularity(instance), chance.randint(0, 3)
    threshold = chance.choice((None, None, value + unit + chance.randint(0, 5)))
    aim = chance.choice((best[0] + 1, value + unit)) if threshold is None else threshold  # aimed at another claim at times
    return Certificate(value, scale, unit, winners, Prover(chance, instance, aim, scale, honest).proof(), threshold)


def mutated(chance: random.Random, certificate: Certificate) -> str:
    """The text of the certificate with one to three small changes anywhere in it."""
    top = json.loads(to_json(certificate))
    for _ in range(chance.choice((1, 1, 2, 3))):
        places = []
        todo = [top]
        while todo:
            holder = todo.pop()
            for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
                places.append((holder, key))
                if isinstance(value, (dict, list)):
                    todo.append(value)
        holder, key = chance.choice(places)
        value = holder[key]
        if isinstance(value, bool):
            holder[key] = not value
        elif isinstance(value, int):
            holder[key] = value + chance.choice((-8, -3, -2, -1, 1, 2, 3, 8)) if chance.random() < 0.8 else -value
        elif isinstance(holder, list) and chance.random() < 0.5:
            holder.insert(key, value) if chance.random() < 0.3 else holder.pop(key)
        elif isinstance(value, list) and value:
            chance.choice((value.pop, value.reverse, lambda: value.append(value[0])))()
        else:
            holder[key] = chance.choice((None, {"search": True}, [], {"price": [], "then": None}))
    return json.dumps(top)


def accepted(instance: Instance, certificate: Certificate) -> Verdict | None:
    try:
        return check(instance, certificate)
    except Refused:
        return None


def assert_honest(verdict: Verdict | None, best: int) -> None:
    if verdict is not None:
        assert verdict.value <= best < verdict.threshold
        assert not verdict.exact or verdict.value == best


@MANY
@given(SEEDS)
def test_best_partition__against_every_set_of_offers__is_the_best(chance: random.Random):
    instance = draw_instance(chance)
    value, winners = best_partition(instance)

    assert value == every_partition(instance) == worth(instance, winners)


@MANY
@given(SEEDS)
def test_check__honest_proof_of_a_true_claim__is_accepted(chance: random.Random):
    instance = draw_instance(chance)
    best = best_partition(instance)
    scale, threshold = chance.randint(0, 3), best[0] + granularity(instance)
    prover = Prover(chance, instance, threshold, scale, honest=True)

    assert check(instance, Certificate(best[0], scale, granularity(instance), best[1], prover.proof())).exact


@MANY
@given(SEEDS, st.booleans())
def test_check__whatever_it_accepts__is_true(chance: random.Random, honest: bool):
    instance = draw_instance(chance)
    best = best_partition(instance)
    certificate = draw_certificate(chance, instance, best, honest)

    assert_honest(accepted(instance, certificate), best[0])
    for _ in range(8):
        try:
            assert_honest(accepted(instance, from_json(mutated(chance, certificate))), best[0])
        except MalformedCertificate:
            pass


@MANY
@given(SEEDS)
def test_check__proof_of_another_round__is_taken_only_where_it_is_true(chance: random.Random):
    instance = draw_instance(chance)
    certificate = draw_certificate(chance, instance, best_partition(instance), honest=True)
    offers = list(instance.offers)
    at = chance.randint(0, len(offers))
    change = chance.choice(("add", "drop", "alter", "repeat"))
    if change == "add" or not offers:
        offers.insert(at, draw_offer(chance, instance.rollups, instance.groups))
    elif change == "drop":
        offers.pop(at - 1)
    elif change == "alter":
        offers[at - 1] = replace(offers[at - 1], value=offers[at - 1].value + chance.randint(0, 3), groups=())
    else:
        offers.insert(at, offers[at - 1])
    other = replace(instance, offers=tuple(offers))

    assert_honest(accepted(other, certificate), best_partition(other)[0])
