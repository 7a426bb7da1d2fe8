"""Every pure library against its Python twin, on the same random inputs: same values, same errors."""

from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.model import bid_list, revenue_split
from seqmarket.model.bid_list import Bid
from seqmarket.model.book import Chunk, instance_of, pack_book, unpack_book
from seqmarket.model.bundle import members
from seqmarket.model.schedule import EmptyPhase, RoundOutOfRange, Schedule
from seqmarket.sequencer import commitment
from tests.examples import many
from tests.parity.conftest import Raised

TICKS = st.one_of(st.integers(0, 20), st.integers(0, 2**64 - 1))
ADDRESS = st.binary(min_size=20, max_size=20).map(to_checksum_address)
WORD = st.binary(min_size=32, max_size=32)

parity = many(120)


def outcome(twin, *args):
    """What the Python twin gives, in the form of a contract call."""
    try:
        return twin(*args)
    except (ValueError,) as error:
        return Raised(type(error).__name__)


@parity
@given(data=st.data(), size=st.integers(1, 12))
def test_split__any_payment__equals_the_contract(libraries, data, size):
    reserves = data.draw(st.lists(TICKS, min_size=size, max_size=size))
    singles = data.draw(st.lists(TICKS, min_size=size, max_size=size))
    payment = data.draw(st.one_of(TICKS, st.integers(sum(reserves), sum(reserves) + 50)))

    mine = outcome(revenue_split.split, payment, reserves, singles)
    theirs = libraries("split", payment, reserves, singles)

    assert mine == (theirs if isinstance(theirs, Raised) else tuple(theirs))
    if not isinstance(mine, Raised):
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
        mine = (s.commit_start(round_), s.reveal_start(round_), s.assign_start(round_), s.assign_end(round_))
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
def bid_lists(draw, rollups):
    return draw(
        st.lists(
            st.builds(Bid, bundle=st.integers(0, 2 ** (8 * bid_list.mask_bytes(rollups)) - 1), value=TICKS, group=st.integers(0, 4)),
            max_size=6,
        )
    )


@parity
@given(data=st.data(), rollups=st.sampled_from([1, 3, 8, 9, 17]))
def test_audit__any_bid_list__equals_the_contract(libraries, data, rollups):
    reserves = data.draw(st.lists(st.integers(0, 6), min_size=rollups, max_size=rollups))
    active = data.draw(st.one_of(st.just(2**rollups - 1), st.integers(0, 2**rollups - 1)))
    bids = data.draw(bid_lists(rollups))
    # Half of the lists keep the rules, so that totals are compared and not only errors.
    if data.draw(st.booleans()):
        bids = [Bid(b.bundle & active or active, b.value | 64, i % 2 * 1) for i, b in enumerate(bids)]

    mine = outcome(bid_list.audit, bids, reserves, active)
    theirs = libraries("audit", bid_list.pack(bids, bid_list.mask_bytes(rollups)), active, b"".join(r.to_bytes(8) for r in reserves))

    assert theirs == (mine if isinstance(mine, Raised) else (mine.offers, mine.exposure_ticks))


@parity
@given(data=st.data(), rollups=st.sampled_from([2, 8, 20, 256]))
def test_survey__any_book__equals_the_twin_and_unpacks(libraries, data, rollups):
    bids = st.builds(Bid, bundle=st.integers(1, 2**rollups - 1), value=TICKS.map(lambda v: v or 1), group=st.just(0))
    chunks = data.draw(st.lists(st.builds(Chunk, bidder=st.binary(min_size=20, max_size=20), bids=st.lists(bids, min_size=1, max_size=4).map(tuple)), max_size=4))
    # Groups in order, as reveal demands.
    chunks = [Chunk(c.bidder, tuple(Bid(b.bundle, b.value, i // 2) for i, b in enumerate(c.bids))) for c in chunks]
    book = pack_book(chunks, rollups)
    digest = bytes(32)
    for chunk in chunks:
        records = bid_list.pack(chunk.bids, bid_list.mask_bytes(rollups))
        link = (digest, to_checksum_address(chunk.bidder), len(chunk.bids), records)
        extended = libraries("extend", *link)
        digest = commitment.extend(*link)
        assert extended == digest

    instance = instance_of([0] * rollups, chunks)
    assert libraries("survey", book, bid_list.mask_bytes(rollups)) == (digest, len(instance.offers), instance.groups)
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
