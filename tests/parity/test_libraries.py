"""Every pure library against its Python twin, on the same random inputs: same values, same errors."""

import random
from dataclasses import replace

import ape
import pytest
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.model import bid_list, revenue_split
from seqmarket.model.bid_list import Bid, Shape
from seqmarket.model.book import Chunk, most_chunk_bytes, pack_book, unpack_book
from seqmarket.model.bundle import bundle_of, members
from seqmarket.model.schedule import EmptyPhase, RoundOutOfRange, Schedule
from seqmarket.sequencer import commitment
from tests.examples import many
from tests.parity.conftest import Raised, Twin

TICKS = st.one_of(st.integers(0, 20), st.integers(0, 2**64 - 1))
ADDRESS = st.binary(min_size=20, max_size=20).map(to_checksum_address)
WORD = st.binary(min_size=32, max_size=32)

parity = many(120)


@pytest.fixture(scope="session")
def plain_lists():
    return Twin(ape.project.PlainBidList, ape.accounts.test_accounts[0])


def outcome(twin, *args):
    """What the Python twin gives, in the form of a contract call."""
    try:
        return twin(*args)
    except (ValueError,) as error:
        return Raised(type(error).__name__)


@parity
@given(data=st.data(), rollups=st.one_of(st.integers(1, 12), st.sampled_from([33, 255, 256])))
def test_split__any_payment__equals_the_contract(libraries, data, rollups):
    """Members of a lineup, some of them due something already; other rollups are due what they were."""
    ticks = data.draw(st.sampled_from([st.integers(0, 20), st.integers(0, 2**64 // rollups - 1), TICKS]))
    all_reserves, all_singles = (data.draw(st.lists(ticks, min_size=rollups, max_size=rollups)) for _ in range(2))
    inside = sorted(data.draw(st.sets(st.integers(0, rollups - 1), min_size=1)))
    due = data.draw(st.lists(st.integers(0, 2**64), min_size=rollups, max_size=rollups))
    reserves, singles = [all_reserves[i] for i in inside], [all_singles[i] for i in inside]
    around = [at for at in (sum(reserves), sum(map(max, reserves, singles))) if at < 2**64 - 50]
    payment = data.draw(st.one_of(TICKS, *(st.integers(max(at - 1, 0), at + 50) for at in around)))

    mine = outcome(revenue_split.split, payment, reserves, singles)
    theirs = libraries("split", payment, bundle_of(inside), b"".join(r.to_bytes(8) for r in all_reserves), all_singles, due)

    if isinstance(mine, Raised):
        assert mine == theirs
    else:
        shares, owed = theirs
        assert shares == b"".join(share.to_bytes(8) for share in mine)
        assert owed == [before + dict(zip(inside, mine)).get(i, 0) for i, before in enumerate(due)]
        strengths = [max(r, b) for r, b in zip(reserves, singles)]
        assert sum(mine) == payment
        assert all(share >= reserve for share, reserve in zip(mine, reserves))
        if payment >= sum(strengths):
            assert all(share >= strength for share, strength in zip(mine, strengths))


SECONDS = st.one_of(st.integers(0, 5), st.integers(0, 2**32 - 1))
SCHEDULES = st.tuples(st.one_of(st.integers(0, 10), st.integers(0, 2**64 - 1)), SECONDS, SECONDS, SECONDS, SECONDS, SECONDS)
ROUNDS = st.one_of(st.integers(0, 5), st.integers(0, 2**32 + 1))


@parity
@given(fields=SCHEDULES, round_=ROUNDS)
def test_boundaries__any_schedule__equal_the_contract(libraries, fields, round_):
    theirs = libraries("boundaries", fields, round_)
    try:
        s = Schedule(*fields)
        mine = (s.commit_start(round_), s.reveal_start(round_), s.assign_start(round_), s.assign_end(round_), s.draw_time(round_))
        mine += (s.window_start(round_), s.window_end(round_))
    except (EmptyPhase, RoundOutOfRange) as error:
        assert theirs == Raised(type(error).__name__)
    else:
        assert tuple(theirs) == mine


@parity
@given(fields=SCHEDULES.filter(lambda f: all(f[1:5])), round_=st.integers(0, 2**32 - 1), data=st.data())
def test_clock__at_every_boundary__equals_the_contract(libraries, fields, round_, data):
    s = Schedule(*fields)
    edges = [s.commit_start(round_), s.reveal_start(round_), s.assign_start(round_), s.assign_end(round_), s.window_start(round_), s.window_end(round_)]
    for edge in data.draw(st.permutations(edges))[:2]:
        for timestamp in (max(0, edge - 1), edge, edge + 1):
            phase, first, sold, slot_round = libraries("clock", fields, round_, timestamp)
            assert phase == s.phase_at(round_, timestamp)
            assert first == s.first_unopened_round(timestamp)
            assert (slot_round if sold else None) == s.round_of_slot(timestamp)


@st.composite
def bids_over(draw, rollups, reserves, most=12):
    """Bids that mostly keep the rules: values near the reserves, groups in any numbers."""
    wild = draw(st.integers(0, 5)) == 0
    bids = []
    for _ in range(draw(st.integers(0 if wild else 1, most))):
        held = draw(st.sets(st.integers(0, rollups - 1), min_size=1, max_size=4))
        bundle = draw(st.integers(0, 2 ** (8 * bid_list.mask_bytes(rollups)) - 1)) if wild else bundle_of(held)
        least = sum(reserves[r] for r in members(bundle) if r < rollups)
        value = draw(TICKS) if wild else min(2**64 - 1, max(1, least) + draw(st.one_of(st.integers(-1 if least > 1 else 0, 3), st.integers(0, 2**40))))
        bids.append(Bid(bundle, value, draw(st.sampled_from([0, 0, 1, 2, 7]))))
    return bids if wild else list(bid_list.canonical(bids))


SHAPES = st.builds(Shape, st.integers(1, 8), st.booleans(), st.booleans())


def fits(bids, shape):
    listable = not shape.listed or all(bid.bundle.bit_count() < 256 for bid in bids)
    return listable and all(bid.value >> (8 * shape.value_bytes) == 0 and (shape.grouped or not bid.group) for bid in bids)


@many(400)
@given(data=st.data(), rollups=st.sampled_from([1, 3, 8, 9, 17, 64, 256]))
def test_audit__any_bid_list__equals_the_contract_and_its_plain_twin(libraries, plain_lists, data, rollups):
    reserves = data.draw(st.lists(st.integers(0, 6), min_size=rollups, max_size=rollups))
    active = data.draw(st.one_of(st.just(2**rollups - 1), st.integers(0, 2**rollups - 1)))
    bids = data.draw(bids_over(rollups, reserves))
    shape = data.draw(st.one_of(st.none(), SHAPES))
    records = bid_list.pack(bids, rollups, shape if shape and fits(bids, shape) else None)
    # Some are damaged, or no list at all.
    if records and data.draw(st.integers(0, 3)) == 0:
        at = data.draw(st.integers(0, len(records) - 1))
        records = records[:at] + data.draw(st.binary(max_size=2)) + records[at + 1 :]
    if data.draw(st.integers(0, 15)) == 0:
        records = data.draw(st.binary(max_size=12))

    mine = outcome(bid_list.audit, records, reserves, active)
    packed = b"".join(r.to_bytes(8) for r in reserves)

    theirs = libraries("audit", records, active, packed)
    assert theirs == (mine if isinstance(mine, Raised) else (mine.offers, mine.exposure_ticks))
    plain = plain_lists("plain", records, active, packed)
    compact = plain_lists("compact", records, active, packed)
    assert compact == plain == theirs
    if isinstance(plain, Raised):
        assert compact.args == plain.args


@many(60)
@given(chance=st.integers(0, 2**48).map(random.Random), rollups=st.sampled_from([2, 8, 9, 33, 64, 256]))
def test_audit__around_enough_masks_to_lay_out_sums_of_reserves__equals_the_contract_and_its_plain_twin(libraries, plain_lists, chance, rollups):
    """Each bid at the sum of its reserves or just above; one in a few lists has a bid a tick below, or on a rollup that takes no part."""
    reserves = [chance.choice((0, 1, chance.randrange(2**56))) for _ in range(rollups)]
    active, bids = 2**rollups - 1, []
    for _ in range(4 * bid_list.mask_bytes(rollups) + chance.randint(-2, 3)):
        inside = chance.sample(range(rollups), chance.randint(2, chance.choice((2, min(6, rollups), rollups))))
        bids.append(Bid(bundle_of(inside), max(1, sum(reserves[i] for i in inside) + chance.choice((0, 0, 1)))))
    damage, at = chance.randrange(4), chance.randrange(len(bids))
    if damage == 0 and bids[at].value > 1:
        bids[at] = Bid(bids[at].bundle, sum(reserves[i] for i in members(bids[at].bundle)) - 1 or 1)
    if damage == 1:
        active ^= 1 << chance.choice(members(bids[at].bundle))
    records, packed = bid_list.pack(bids, rollups, Shape(8)), b"".join(r.to_bytes(8) for r in reserves)

    mine = outcome(bid_list.audit, records, reserves, active)

    theirs = libraries("audit", records, active, packed)
    assert theirs == (mine if isinstance(mine, Raised) else (mine.offers, mine.exposure_ticks))
    plain, compact = (plain_lists(name, records, active, packed) for name in ("plain", "compact"))
    assert compact == plain == theirs
    if isinstance(plain, Raised):
        assert compact.args == plain.args


@parity
@given(data=st.data(), rollups=st.sampled_from([1, 5, 8, 33, 200, 256]))
def test_pack__any_bids__keeps_their_order_and_is_the_cheapest_shape(data, rollups):
    bids = data.draw(bids_over(rollups, [0] * rollups, most=8))
    shape = data.draw(SHAPES)

    records = bid_list.pack(bids, rollups)

    good = all(bid.bundle & (bid.bundle - 1) for bid in bids[bid_list.pack(bids, rollups)[1] :])
    if good:
        assert bid_list.unpack(records, rollups) == tuple(bids)
    if fits(bids, shape):
        other = bid_list.pack(bids, rollups, shape)
        if good:
            assert bid_list.unpack(other, rollups) == tuple(bids)
        tie = bid_list.ZERO_BYTE_GAS * len(bids) if rollups > 32 else 0
        if len(other) <= bid_list.most_list_bytes(len(bids), rollups):
            assert bid_list.calldata_gas(records) <= bid_list.calldata_gas(other) + tie + bid_list.OTHER_BYTE_GAS  # the shape's own byte
    assert bid_list.canonical(bid_list.canonical(bids)) == bid_list.canonical(bids)


@parity
@given(data=st.data(), rollups=st.sampled_from([2, 8, 20, 256]))
def test_book__any_reveals__chain_to_the_digest_of_the_contract_and_unpack(libraries, checker, data, rollups):
    every = st.lists(bids_over(rollups, [0] * rollups, most=4).filter(lambda bids: bids and all(bid.value and bid.bundle < 2**rollups for bid in bids)), max_size=4)
    lists = [bid_list.canonical([replace(bid, bundle=bid.bundle or 1) for bid in bids]) for bids in data.draw(every)]
    chunks = [Chunk(bytes([i + 1]) * 20, bids) for i, bids in enumerate(lists)]
    book = pack_book(chunks, rollups)
    digest = bytes(32)
    for chunk in chunks:
        link = (digest, to_checksum_address(chunk.bidder), len(chunk.bids), bid_list.pack(chunk.bids, rollups))
        extended = libraries("extend", *link)
        digest = commitment.extend(*link)
        assert extended == digest
        assert len(link[3]) <= most_chunk_bytes(len(chunk.bids), rollups) - 22

    seen = checker("appraise", bytes(8 * rollups), book, [])
    assert (seen[0], seen[1]) == (digest, sum(len(chunk.bids) for chunk in chunks))
    assert unpack_book(book, rollups) == tuple(chunks)


@parity
@given(
    chain_id=st.integers(0, 2**256 - 1), market=ADDRESS, bidder=ADDRESS, round_=ROUNDS, records=st.binary(max_size=90), salt=WORD,
    collateral=TICKS, slots=st.integers(0, 2**16 - 1),
)
def test_commitment_and_seal__any_opening__equal_the_contract(libraries, chain_id, market, bidder, round_, records, salt, collateral, slots):
    opening = (chain_id, market, round_, bidder, records, salt)
    mine = commitment.commitment_of(*opening)
    assert libraries("commitmentOf", *opening) == mine
    assert libraries("seal", mine, collateral, slots) == commitment.seal(mine, collateral, slots)


@parity
@given(changes=st.lists(st.tuples(st.integers(0, 255), st.booleans(), TICKS, st.integers(0, 2**32 - 1)), min_size=1, max_size=6))
def test_lineup__after_any_changes__holds_the_last_terms_of_each_rollup(libraries, changes):
    active, size, reserves, lanes = libraries("lineupAfter", *[list(column) for column in zip(*changes)])

    last = {rollup: (on, reserve, lane) for rollup, on, reserve, lane in changes}
    assert members(active) == tuple(sorted(rollup for rollup, (on, _, _) in last.items() if on))
    assert size == active.bit_length()
    for rollup in range(size):
        on, reserve, lane = last.get(rollup, (False, 0, 0))
        assert int.from_bytes(reserves[8 * rollup : 8 * rollup + 8]) == (reserve if on else 0)
        assert int.from_bytes(lanes[4 * rollup : 4 * rollup + 4]) == (lane if on else 0)
