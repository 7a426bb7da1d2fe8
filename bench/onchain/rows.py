"""What is measured, a row each: acts of a market, rounds made by hand, rounds that the solver proves, proofs in several transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench import suite
from bench.onchain import tickets
from bench.onchain.checking import Checker, Round, in_pieces, parts_of, total, whole
from bench.onchain.layout import lay_out, reordered
from bench.onchain.market import BIDS, play
from bench.onchain.node import Chain, OverTheLimit, Spent
from bench.onchain.rounds import Priced, any_size, opened, priced_round, up_to
from bench.onchain.sheet import Row
from bench.onchain.tickets import Certify
from seqmarket.certificate.encode import NotEncodable, Plan, encode, plan
from seqmarket.certificate.form import Certificate
from seqmarket.certificate.reading import NOTHING_READ
from seqmarket.certificate.split import work_of
from seqmarket.lab.rounds import complementary_round
from seqmarket.model.bid_list import Shape
from seqmarket.model.cats import parse_cats
from seqmarket.model.instance import Instance

ONE_BID, MANY = "One piece of work", "The whole check of a round"
LONG, ACTS = "Proofs in several transactions", "The other transactions of a market"
OTHER_ACTS = ("deposit", "commit", "propose", "claimProof", "release", "forfeit", "collect", "withdraw", "register", "setReserve", "mint a right")
UNPROVED = "not proved in time"
THRIFT = 400.0
"""Time enough to try every way of building a proof, so that the cheapest doesn't depend on the machine."""
SEEDS = range(1, 7)
ADDITIVE_SEEDS, LEAST_CLOSED = 20, 3
SIZES = {
    (8, 60): (52_000, 62_000),
    (16, 200): (107_000, None),
    (32, 500): (220_000, 317_000),
    (64, 1_000): (407_000, 627_000),
    (64, 2_000): (751_000, 974_000),
    (128, 2_000): (784_000, 1_150_000),
    (128, 4_000): (1_470_000, 1_640_000),
}
"""Rollups and bids: targets for a round that its prices close, and for one with a tree."""
HARD_FILE, HARD_TARGET = "L3-32-250-1000.txt", 1_060_000
MASKS_31, MASKS_56 = Shape(4), Shape(7)
SMALL = up_to(6)


@dataclass(frozen=True, slots=True)
class Sample:
    """A plan, its bytes, and what its check took: what the gas model is fitted to."""

    plan: Plan
    round: Round
    certificate: bytes
    spent: Spent


def measure(chain: Chain, certify: Certify, said: Callable[[Row], None], samples: list[Sample]) -> list[Row]:
    """All rows, each handed to `said` as soon as it is known; plans and receipts go to `samples`."""
    checker, rows = Checker(chain), []
    for group in (_market(chain, checker), _tickets(chain, checker, certify), _by_hand(checker, samples), _solved(checker, certify, samples), _hard(checker, certify, samples), _long(checker)):
        for row in group:
            said(row)
            rows.append(row)
    order = (ONE_BID, MANY, LONG, ACTS)
    return sorted(rows, key=lambda row: order.index(row.table))


# --------------------------------------------------------------------------------------------------------------------- acts


def _market(chain: Chain, checker: Checker) -> Iterator[Row]:
    acts = play(chain, checker)
    one, many, settle = acts["reveal one"], acts["reveal many"], acts["settle"]
    note = f"opening, audit, escrow, fee, book, event; the target folds a digest only; a round's first reveal {acts['reveal first'].gas:,}"
    yield Row(ONE_BID, "reveal one bid", one.gas, 30_000, one.floor, note)
    note = f"the same; each bid after the first {(many.gas - one.gas) // (BIDS - 1):,}"
    yield Row(ONE_BID, f"reveal, per bid, {BIDS} bids at once, 8 bytes each", many.gas // BIDS, 740, many.floor // BIDS, note)
    note = f"with storage: each rollup's revenue is credited; the proposal that keeps the winners took {acts['propose'].gas:,}"
    yield Row(ONE_BID, "ten winning bundles over 32 rollups, settlement, steady state", settle.gas, 90_000, settle.floor, note)
    note = f"settles at once; its check alone takes {acts['check'].gas:,}"
    yield Row(ONE_BID, "the same, settled by a proof of 60 bids", acts["prove"].gas, None, acts["prove"].floor, note)
    for act in OTHER_ACTS:
        yield Row(ACTS, act, acts[act].gas, None, acts[act].floor)


def _tickets(chain: Chain, checker: Checker, certify: Certify) -> Iterator[Row]:
    acts = tickets.play(chain, checker, certify)
    buy, prove, find, beacon, many = (acts[act] for act in ("buy", "prove", "find a holder", "verify", "prove of many pools"))
    note = f"of a strip that can be traded: its event as an ERC-6909 token alone is 2,387; where prices rise {acts['buy, rising'].gas:,}"
    yield Row(ONE_BID, "ticket purchase", buy.gas, 49_500, buy.floor, note)
    crowd = ", ".join(f"{act} {acts[f'{act} after a crowd'].gas:,}" for act in ("buy", "prove", "draw"))
    note = f"after {tickets.CROWD:,} more purchases in one of its pools: {crowd}; without them draw {acts['draw'].gas:,}"
    yield Row(ONE_BID, f"a ticket round of {tickets.WINNERS} pools, proved", prove.gas, None, prove.floor, note)
    note = f"reads every pool's last strip; the draw of its {tickets.WINNERS} winners, which pays 32 rollups, {acts['draw of many pools'].gas:,}"
    yield Row(ONE_BID, f"a ticket round of {tickets.POOLS} pools, proved", many.gas, None, many.floor, note)
    yield Row(ONE_BID, "draw, strip supplied", tickets.execution(find), 4_500, None, "finding the holder of one winning ticket; execution alone")
    note = f"a real one of quicknet, round {tickets.BEACON:,}; {acts['capture'].gas:,} where its seed is stored"
    yield Row(ONE_BID, "drand quicknet beacon", beacon.gas, 147_000, beacon.floor, note)
    for act, label in (("open", "open a pool"), ("split", "split a strip"), ("refund", "refund a strip")):
        yield Row(ACTS, label, acts[act].gas, None, acts[act].floor)


# ------------------------------------------------------------------------------------------------------------------ by hand


def _by_hand(checker: Checker, samples: list[Sample]) -> Iterator[Row]:
    for bids, target in ((1_000, 280_000), (4_000, 1_030_000)):
        for bundles, sizes in ((any_size, "any size"), (SMALL, "1 to 6 rollups")):
            spent = _check(checker, priced_round(32, bids, 31, bundles, MASKS_31), samples)
            yield Row(ONE_BID, f"check {bids:,} bids of 32 rollups against prices, bundles of {sizes}", spent.gas, target, spent.floor)
    for bundles, sizes in ((any_size, "any size"), (SMALL, "1 to 6 rollups")):
        spent = _check(checker, priced_round(32, 4_000, 56, bundles, MASKS_56))
        note = "values of 7 bytes, below 2^56: the prices' bound of 2^58 lets in no wider field without a look at each value"
        yield Row(ONE_BID, f"4,000 bids with 64-bit values, bundles of {sizes}", spent.gas, 1_300_000, spent.floor, note)
    spent = _check(checker, priced_round(128, 2_000, 31, up_to(8), Shape(4, listed=True)), samples)
    yield Row(ONE_BID, "per bid at 128 rollups, lists of up to 8 ids", spent.gas // 2_000, 425, spent.floor // 2_000, "2,000 bids, 4 bytes a value")

    plain, cut = (_check(checker, priced_round(32, 1_000, 31, any_size, MASKS_31, cuts), samples) for cuts in (0, 20))
    more = (cut.gas - plain.gas) // 1_000
    yield Row(ONE_BID, "20 subset-row cuts at the root, per bid", more, 120, (cut.floor - plain.floor) // 1_000, "more than without, 1,000 bids")
    yield Row(ONE_BID, "one more leaf, 1,000 bids", None, 10_000, None, "no such thing: below the root only live offers are looked at; see the next two")
    yield from _price_nodes(checker, samples)


def _check(checker: Checker, its: Priced, samples: list[Sample] | None = None, certificate: Certificate | None = None) -> Spent:
    """Its certificate, or another one, in one transaction."""
    own = certificate or its.certificate
    spent = whole(checker, its.round, own)
    if samples is not None:
        samples.append(Sample(plan(own, its.round.instance), its.round, encode(own, its.round.instance), spent))
    return spent


def _price_nodes(checker: Checker, samples: list[Sample]) -> Iterator[Row]:
    """What one more price node below the root costs, by the offers that are alive there."""
    for most_slack in (0.5, 0.05):
        its = priced_round(32, 1_000, 31, any_size, MASKS_31, most_slack=most_slack)
        excess = sum(price for _, price in its.certificate.proof.prices) // 20
        one, two = (opened(its, excess, nodes) for nodes in (1, 2))
        live = plan(one, its.round.instance).state.alive.bit_count()
        less, more = (_check(checker, its, samples, certificate) for certificate in (one, two))
        gas = more.gas - less.gas
        yield Row(ONE_BID, f"one more price node over {live} live offers", gas, None, more.floor - less.floor, f"{gas // live:,} an offer")


# ------------------------------------------------------------------------------------------------------------------- solved


@dataclass(frozen=True, slots=True)
class _Outcome:
    gas: int
    floor: int
    closed: bool
    note: str


def _solved(checker: Checker, certify: Certify, samples: list[Sample]) -> Iterator[Row]:
    """The dearest of the rounds that prices alone close, and of those that take a tree or cuts."""
    for (rollups, bids), targets in SIZES.items():
        rounds = ((f"seed {seed}", Round(*complementary_round(rollups, bids, seed))) for seed in SEEDS)
        outcomes = [_outcome(checker, certify, round_, name, samples) for name, round_ in rounds]
        closed = [outcome for outcome in outcomes if isinstance(outcome, _Outcome) and outcome.closed]
        trees = [outcome for outcome in outcomes if isinstance(outcome, _Outcome) and not outcome.closed]
        failed = [outcome for outcome in outcomes if isinstance(outcome, str)]
        closed += _additive(checker, certify, rollups, bids, LEAST_CLOSED - len(closed), samples)
        kinds = ("closed", closed, targets[0], f"none of {ADDITIVE_SEEDS} seeds"), ("with a tree or cuts", trees, targets[1], "; ".join(failed[:1]))
        for kind, own, target, otherwise in kinds:
            work = f"{rollups} / {bids:,}, {kind}"
            if not own:
                yield Row(MANY, work, None, target, None, otherwise, solver=True)
                continue
            dearest = max(own, key=lambda outcome: outcome.gas)
            unproved = f"; {len(failed)} not at all: {failed[0]}" if failed and kind != "closed" else ""
            yield Row(MANY, work, dearest.gas, target, dearest.floor, f"dearest of {len(own)}: {dearest.note}{unproved}", solver=True)


def _additive(checker: Checker, certify: Certify, rollups: int, bids: int, wanted: int, samples: list[Sample]) -> list[_Outcome]:
    """So many rounds that their prices close, as far as there are: without synergy, where prices mostly do."""
    found: list[_Outcome] = []
    for seed in range(1, ADDITIVE_SEEDS + 1):
        if len(found) >= wanted:
            break
        round_ = Round(*complementary_round(rollups, bids, seed, most_synergy=0.0))
        certificate = certify(round_.instance, 0.0)
        if certificate is not None and certificate.proof.then is None and not certificate.proof.cuts:
            found.append(_checked(checker, round_, certificate, f"seed {seed} without synergy", samples))
    return found


def _hard(checker: Checker, certify: Certify, samples: list[Sample]) -> Iterator[Row]:
    instance = parse_cats(suite.texts()[HARD_FILE])
    certificate = certify(instance, THRIFT)
    if certificate is None:
        yield Row(MANY, "hard: CATS L3, 32 / 250", None, HARD_TARGET, None, UNPROVED, solver=True)
        return
    layout = lay_out(instance)
    found = _checked(checker, layout.round, reordered(certificate, instance, layout), "the target is of 32 / 500", samples)
    yield Row(MANY, "hard: CATS L3, 32 / 250", found.gas, HARD_TARGET, found.floor, found.note, solver=True)


def _outcome(checker: Checker, certify: Certify, round_: Round, name: str, samples: list[Sample]) -> _Outcome | str:
    """What checking a round's proof costs, or why it can't be."""
    certificate = certify(round_.instance, THRIFT)
    if certificate is None:
        return f"{name}: {UNPROVED}"
    try:
        return _checked(checker, round_, certificate, name, samples)
    except (NotEncodable, OverTheLimit) as reason:
        return f"{name}: {reason}"


def _checked(checker: Checker, round_: Round, certificate: Certificate, name: str, samples: list[Sample]) -> _Outcome:
    its = plan(certificate, round_.instance)
    work = work_of(its)
    closed = its.root.closes and not its.root.rows and not its.root.cliques
    size = "" if its.root.closes else f"; {its.state.alive.bit_count():,} / {len(its.indexed):,} / {work.candidates:,}"
    size += f"; {len(its.root.rows)} cuts at the root" if its.root.rows else ""
    try:
        spent = whole(checker, round_, certificate)
    except OverTheLimit:
        sent = in_pieces(checker, round_, certificate)
        return _Outcome(total(sent), sum(each.floor for _, each in sent), closed, f"{name}{size}; split: {parts_of(sent)}")
    samples.append(Sample(its, round_, encode(certificate, round_.instance), spent))
    return _Outcome(spent.gas, spent.floor, closed, f"{name}{size}")


# --------------------------------------------------------------------------------------------------------------------- long


def _long(checker: Checker) -> Iterator[Row]:
    its = priced_round(32, 500, 31, any_size, MASKS_31)
    head = encode(its.certificate, its.round.instance)
    so_far, reads = NOTHING_READ, []
    for chunk in its.round.packed_chunks:
        spent, so_far = checker.read(its.round, head, so_far, chunk)
        reads.append(spent)
    over = reads[2].gas - _further(checker, its)
    note = f"a chunk of 125 bids, {reads[2].gas:,} in all, without what its bids would cost in one transaction; the first part {reads[0].gas:,}"
    yield Row(LONG, "another chunk of a long verification", over, 41_000, None, note)

    for lemma in (False, True):
        its = priced_round(32, 16_000, 31, any_size, MASKS_31)
        excess = sum(price for _, price in its.certificate.proof.prices) // 200
        certificate = opened(its, excess, 1) if lemma else its.certificate
        work = f"16,000 bids of 32 rollups, {'and a lemma' if lemma else 'closed by prices'}"
        try:
            sent = in_pieces(checker, its.round, certificate, in_parts=True)
        except (NotEncodable, OverTheLimit) as reason:
            yield Row(LONG, work, None, None, None, str(reason))
            continue
        largest = max(spent.gas for _, spent in sent)
        live = f", {plan(certificate, its.round.instance).state.alive.bit_count()} live offers in a lemma" if lemma else ""
        note = f"{len(sent)} transactions ({parts_of(sent)}), the largest {largest:,}{live}"
        floor = sum(spent.floor for _, spent in sent)
        yield Row(LONG, work, total(sent), None, floor, note)


def _further(checker: Checker, its: Priced) -> int:
    """What a further 125 bids cost in one transaction."""
    less = priced_round(32, 375, 31, any_size, MASKS_31)
    return _check(checker, its).gas - _check(checker, less).gas
