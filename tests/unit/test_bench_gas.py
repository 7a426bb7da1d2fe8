"""The gas benchmark without a chain: rounds made by hand, auctions laid out as rounds, the committed table."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench import suite
from bench.document import NoMarks
from bench.gas import meter
from bench.onchain.checking import ABI_BYTES
from bench.onchain.layout import MOST_SINGLES, OFFERS, lay_out, reordered
from bench.onchain.node import MOST_BYTES, NotBuilt, chain, floor_of
from bench.onchain.rounds import BIDS_OF_A_REVEAL, any_size, opened, priced_round, up_to
from bench.onchain.sheet import MalformedTable, Row, dump, improvements, load, markdown, refreshed, regressions
from seqmarket.certificate.build import prove
from seqmarket.certificate.chain_check import check_bytes
from seqmarket.certificate.check import check
from seqmarket.certificate.encode import NotEncodable, encode
from seqmarket.certificate.split import split
from seqmarket.chain.transactions import GAS_CAP
from seqmarket.model.bid_list import Shape, audit
from seqmarket.model.book import instance_of, unpack_book
from seqmarket.model.cats import parse_cats
from seqmarket.model.instance import Instance, Offer

ROOT = Path(__file__).resolve().parents[2]
ROW = Row("acts", "reveal one bid", 58_000, 30_000, 26_000)


# ------------------------------------------------------------------------------------------------------------- rounds by hand


@pytest.mark.parametrize(
    ("rollups", "bids", "bits", "bundle", "shape", "cuts"),
    [
        (32, 300, 31, any_size, Shape(4), 0),
        (32, 300, 56, up_to(6), Shape(7), 0),
        (128, 300, 31, up_to(8), Shape(4, listed=True), 0),
        (32, 300, 31, any_size, Shape(4), 20),
    ],
)
def test_priced_round__any_kind__is_what_a_market_reveals_and_its_prices_close_it(rollups, bids, bits, bundle, shape, cuts):
    its = priced_round(rollups, bids, bits, bundle, shape, cuts)

    assert [len(chunk.bids) for chunk in its.round.chunks] == [BIDS_OF_A_REVEAL, BIDS_OF_A_REVEAL, bids % BIDS_OF_A_REVEAL]
    assert unpack_book(its.round.book, rollups) == its.round.chunks
    for packed in its.round.packed_chunks:
        audit(packed[22:], its.round.reserves, (1 << rollups) - 1)
    assert max(o.value for o in its.round.instance.offers) < 2**bits
    assert check(its.round.instance, its.certificate).exact
    accepted = check_bytes(its.round.instance, encode(its.certificate, its.round.instance))
    assert (accepted.exact, accepted.live) == (True, 0)


def test_priced_round__same_arguments__same_round():
    made = [priced_round(32, 200, 31, any_size, Shape(4)) for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize("nodes", [1, 2])
def test_opened__prices_too_high__take_so_many_price_nodes_more(nodes):
    its = priced_round(32, 200, 31, any_size, Shape(4))
    certificate = opened(its, its.certificate.value // 20, nodes)

    verdict = check(its.round.instance, certificate)
    assert (verdict.price_nodes, verdict.exact) == (1 + nodes, True)
    assert check_bytes(its.round.instance, encode(certificate, its.round.instance)).live == verdict.live_after_root > 0


# ------------------------------------------------------------------------------------------------------------------- layout


@pytest.mark.parametrize("file", ["paths-16-100-1000.txt", "scheduling-16-100-1000.txt", "L3-16-100-1000.txt", "arbitrary-16-100-1000.txt"])
def test_lay_out__auction__is_the_same_auction_and_its_proof_still_holds(file):
    instance = parse_cats(suite.texts()[file])
    certificate = prove(instance).certificate
    layout = lay_out(instance)

    laid_out = instance_of(layout.round.reserves, layout.round.chunks)
    for j, offer in enumerate(instance.offers):
        at = laid_out.offers[layout.offer_at[j]]
        assert (at.bundle, at.value, at.groups) == (offer.bundle, offer.value, tuple(layout.group_at[g] for g in offer.groups))
    for packed in layout.round.packed_chunks:
        audit(packed[22:], layout.round.reserves, (1 << instance.rollups) - 1)
    moved = reordered(certificate, instance, layout)
    assert check(laid_out, moved).value == certificate.value
    check_bytes(laid_out, encode(moved, laid_out))


def test_lay_out__offers_of_a_group_far_apart__stand_in_one_reveal():
    offers = tuple(Offer(0b11, 5 + j, (j % OFFERS,)) for j in range(2 * OFFERS))
    chunks = lay_out(Instance((0, 0), OFFERS, offers)).round.chunks

    assert [len(chunk.bids) for chunk in chunks] == [OFFERS, OFFERS]
    assert [max(bid.group for bid in chunk.bids) for chunk in chunks] == [OFFERS // 2, OFFERS // 2]


@pytest.mark.parametrize(
    ("offers", "groups"), [((Offer(1, 1, (0, 1)),), 2), (tuple(Offer(1, 1 + j, (0,)) for j in range(MOST_SINGLES + 1)), 1)]
)
def test_lay_out__what_no_bid_list_holds__raises_NotEncodable(offers, groups):
    with pytest.raises(NotEncodable):
        lay_out(Instance((0, 0), groups, offers))


def test_lay_out__paths_of_256_goods__has_a_proof_for_one_transaction():
    instance = parse_cats(suite.texts()["paths-256-1000-1000.txt"])
    layout = lay_out(instance)
    own = reordered(prove(instance, thrift=0.0).certificate, instance, layout)
    pieces = split(own, layout.round.instance, GAS_CAP, MOST_BYTES - ABI_BYTES, len(layout.round.book), in_parts=False)
    assert (pieces.main, pieces.lemmas) == (encode(own, layout.round.instance), ())


# -------------------------------------------------------------------------------------------------------------------- table


def test_row__verdict__is_of_the_target_and_of_the_floor_where_that_is_above_it():
    assert replace(ROW, gas=30_000).verdict == "met"
    assert ROW.verdict == "not met, +93.3 %"
    assert replace(ROW, target=25_000).verdict == "not met, +132.0 %; these bytes alone cost more (+123.1 % over them)"
    assert (replace(ROW, gas=None).verdict, replace(ROW, target=None).verdict) == ("n/a", "–")


@pytest.mark.parametrize(("solver", "allowed", "too_much"), [(False, 58_000, 58_001), (True, 59_160, 59_161)])
def test_regressions__at_the_tolerance_and_one_gas_above(solver, allowed, too_much):
    committed = [replace(ROW, solver=solver)]

    assert regressions([replace(committed[0], gas=allowed)], committed) == []
    assert len(regressions([replace(committed[0], gas=too_much)], committed)) == 1


def test_regressions__rows_that_came_or_went__are_named():
    assert regressions([ROW], []) == ["acts: reveal one bid: not in the committed table"]
    assert regressions([], [ROW]) == ["acts: reveal one bid: in the committed table, not measured"]
    assert regressions([replace(ROW, gas=None, note="gone")], [ROW]) == ["acts: reveal one bid: 58,000 before, now nothing (gone)"]


def test_improvements__cheaper_row__is_named():
    assert improvements([replace(ROW, gas=57_000)], [ROW]) == ["acts: reveal one bid: 57,000, 58,000 before"]
    assert improvements([ROW], [ROW]) == []


def test_table__as_text__reads_back():
    rows = (ROW, replace(ROW, work="draw", gas=None, note="not built yet"))
    assert load(dump(rows)) == rows


@pytest.mark.parametrize("text", ["", "[]", '{"format": "other", "rows": []}', '{"format": "seqmarket-gas/1", "rows": [{}]}', dump([ROW, ROW])])
def test_table__broken__raises_MalformedTable(text):
    with pytest.raises(MalformedTable):
        load(text)


def test_document__between_its_marks__is_the_committed_table():
    document = (ROOT / "docs" / "benchmarks.md").read_text()
    assert refreshed(document, load((ROOT / "bench" / "gas.json").read_text())) == document


def test_refreshed__no_marks__raises_NoMarks():
    with pytest.raises(NoMarks):
        refreshed("nothing", [ROW])
    assert "58,000" in markdown([ROW])


# -------------------------------------------------------------------------------------------------------------------- chain


def test_floor__zero_and_other_bytes():
    assert floor_of(b"\0\1\2") == 21_090


def test_chain__contracts_not_compiled__raises_NotBuilt(tmp_path):
    with pytest.raises(NotBuilt), chain(tmp_path / "none.json"):
        pass


def test_meter__contracts_not_compiled__is_none(tmp_path):
    with meter(tmp_path / "none.json") as gas:
        assert gas is None
