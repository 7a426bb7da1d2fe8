"""A proof in pieces through the tools that a solver uses: lemmas beside it, the book in parts, stopped and gone on with, by somebody else too."""

from bisect import bisect_left
from dataclasses import replace
from io import StringIO
from random import Random

import ape
import pytest
from rich.console import Console

from seqmarket.certificate.build import prove
from seqmarket.certificate.chain_plan import NotEncodable
from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy
from seqmarket.chain.market import Market
from seqmarket.chain.reader import Reader
from seqmarket.chain.rehearsal import Rehearsal
from seqmarket.chain.writer import ReadBook, Refute, Writer
from seqmarket.demo import cast
from seqmarket.demo.house import ETHER
from seqmarket.demo.show import DAY, FUNDS_WEI, parameters
from seqmarket.demo.stage import Stage
from seqmarket.model.bid_list import Bid
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import assigning, proving
from seqmarket.certificate.reading import NOTHING_READ
from seqmarket.sequencer.journal import Journal
from seqmarket.with_ape import creation_codes, node_of

ROLLUPS, BIDDERS, OFFERS_EACH = 16, 8, 25


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A market on whose round 0 eight sequencers revealed 200 random bids on three of 16 rollups each, at the start of its assign phase."""
    web3 = node_of(ape.chain.provider)
    people = cast.make()
    for key in people.values():
        web3.provider.make_request("anvil_setBalance", [key.address, hex(FUNDS_WEI)])
    now = web3.eth.get_block("latest")["timestamp"]
    terms = replace(parameters(now + DAY), fee_per_offer_ticks=1)
    market = Market.at(web3, deploy(web3, keys(1)[0], creation_codes(), terms))
    its = Stage(Console(file=StringIO()), market, people, Journal(tmp_path_factory.mktemp("journal")))
    cast.register(its, 0, ROLLUPS, (0,) * ROLLUPS)
    its.to_phase(0, Phase.COMMIT)
    names = [name for name in people if name in cast.SEQUENCERS][:BIDDERS]
    dice = Random("pieces")
    lists = [(people[name], tuple(triple(dice) for _ in range(OFFERS_EACH))) for name in names]
    entries = its.commit(0, lists, 60 * ETHER, OFFERS_EACH)
    its.to_phase(0, Phase.REVEAL)
    its.reveal(list(entries.values()))
    its.to_phase(0, Phase.ASSIGN)
    return its


def triple(dice: Random) -> Bid:
    """A bid on three rollups, the hardest that CATS knows."""
    return Bid(sum(1 << r for r in dice.sample(range(ROLLUPS), 3)), dice.randint(50_000, 100_000))


@pytest.fixture(scope="module")
def solved(stage):
    snapshot = stage.snapshot(0)
    found = prove(snapshot.instance, 30)
    assert found.status == "optimal"
    return assigning.Solved(snapshot, found, proving.pack(snapshot, found.certificate), "")


@pytest.fixture(autouse=True)
def undone(chain):
    with chain.isolate():
        yield


def assign(stage, solved):
    return assigning.assign(stage.writer, stage.cast["Sol"], solved, pause=stage.pass_time, say=stage.say)


def test_pack__a_round_that_fits__is_one_transaction(solved):
    assert solved.shipment.transactions == 1


def test_assign__with_lemmas__proves_the_same_round(stage, solved):
    its = in_pieces(solved)
    assert its.shipment.lemmas and not its.shipment.parts

    done = assign(stage, its)

    assert done.action.function == "prove"
    assert_proved(stage, solved)


def test_assign__book_in_parts__proves_the_same_round(stage, solved):
    its = replace(solved, shipment=in_parts(solved))
    assert len(its.shipment.parts) > 2

    done = assign(stage, its)

    assert done.action.function == "proveRead"
    assert_proved(stage, solved)


def test_assign__stopped_after_a_part__goes_on_from_it(stage, solved, monkeypatch):
    its = replace(solved, shipment=in_parts(solved))
    sent = []

    class Killed(Exception):
        """The process ends here."""

    whole = stage.writer.send

    def send(sender, action, gas=None):
        if len([a for a in sent if a == "read"]) == 2 and action.function == "read":
            raise Killed
        sent.append(action.function)
        return whole(sender, action, gas)

    monkeypatch.setattr(stage.writer, "send", send)
    with pytest.raises(Killed):
        assign(stage, its)
    monkeypatch.setattr(stage.writer, "send", whole)
    before, watched = len(sent), []
    monkeypatch.setattr(stage.writer, "send", lambda sender, action, gas=None: watched.append(action) or whole(sender, action, gas))

    done = assign(stage, its)

    assert before == 1 + len(its.shipment.lemmas) + 2  # a second claim would be refused as AlreadyClaimed
    assert [action.function for action in watched] == ["read"] * (len(its.shipment.parts) - 2) + ["conclude", "proveRead"]
    assert done.action.function == "proveRead"
    assert_proved(stage, solved)


@pytest.mark.parametrize("pieces", ["lemmas", "parts"])
def test_rehearse__a_proof_in_pieces__foretells_each_of_its_transactions(stage, solved, pieces):
    its = in_pieces(solved) if pieces == "lemmas" else replace(solved, shipment=in_parts(solved))
    foretold, sent = [], []

    assigning.rehearse(Rehearsal(stage.market, foretold.append), stage.cast["Sol"], its)
    assert not Reader(stage.market).assignment(0).posted
    assigning.assign(Writer(stage.market, sent.append), stage.cast["Sol"], its, pause=stage.pass_time, say=stage.say)

    assert [done.action.function for done in foretold] == [done.action.function for done in sent] and len(sent) > 2
    assert_proved(stage, solved)


@pytest.mark.parametrize("what", ["other reserves", "another book"])
def test_assign__a_stranger_reads_with_the_same_head__is_not_led_astray(stage, solved, what):
    """The head is known once its first part is shown; what a stranger reads with it is no part of this proof."""
    its = replace(solved, shipment=in_parts(solved))
    reserves, book, head = solved.snapshot.packed_reserves, solved.snapshot.packed_book, its.shipment.certificate
    reserves, book = (bytes(7) + b"\1" + reserves[8:], book) if what == "other reserves" else (reserves, book + book)
    stage.send(stage.cast["Ruth"], ReadBook(reserves, head, NOTHING_READ, book))

    done = assign(stage, its)

    assert done.action.function == "proveRead"
    assert_proved(stage, solved)


def test_assign__a_lemma_was_proved_by_a_stranger__is_not_sent_again(stage, solved, monkeypatch):
    its = in_pieces(solved)
    lemma = its.shipment.lemmas[0]
    stage.send(stage.cast["Ruth"], Refute(lemma.uncovered, lemma.target, lemma.offers, lemma.proof))
    whole, sent = stage.writer.send, []
    monkeypatch.setattr(stage.writer, "send", lambda sender, action, gas=None: sent.append(action) or whole(sender, action, gas))

    assign(stage, its)

    assert [action.function for action in sent] == ["claimProof", *["refute"] * (len(its.shipment.lemmas) - 1), "prove"]
    assert_proved(stage, solved)


def in_pieces(solved):
    """The same proof under the largest gas limit, in hundredths of a transaction's, that doesn't hold it whole."""

    def packed(cut: int) -> proving.Shipment:
        return proving.pack(solved.snapshot, solved.proved.certificate, proving.TRANSACTION_GAS_LIMIT * (100 - cut) // 100)

    def is_too_large(cut: int) -> bool:
        try:
            return bool(packed(cut).lemmas)
        except NotEncodable:  # it doesn't fit in pieces either
            return True

    return replace(solved, shipment=packed(bisect_left(range(100), True, key=is_too_large)))


def in_parts(solved):
    """The same proof with its book in parts of at most 800 bytes, head and reserves among them."""
    snapshot, certificate = solved.snapshot, solved.proved.certificate
    shipment = proving.pack(snapshot, certificate, in_parts=True)
    bytes_ = len(shipment.certificate) + 8 * snapshot.lineup.size + 400
    return replace(shipment, parts=proving.parts_of(snapshot, shipment.certificate, 0, byte_limit=bytes_))


def assert_proved(stage, solved):
    its = Reader(stage.market).assignment(0)
    assert its.proved and its.settled and its.value_ticks == solved.proved.value
