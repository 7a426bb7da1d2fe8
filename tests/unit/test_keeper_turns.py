"""Turns without a word between keepers: who opens for a bidder, and who goes when time runs out."""

from collections import Counter
from dataclasses import replace

from eth_utils import keccak, to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.keeper.config import Patience
from seqmarket.keeper.turns import is_due_to_open, seat, turn_at
from tests.examples import many
from tests.keeper_rounds import ANN, ASSIGN, REVEAL, sealed_round, view

PATIENCE = Patience(turn_seconds=4, most_turns=3, margin_seconds=8)
DELEGATES = [to_checksum_address(keccak(bytes([i]))[-20:]) for i in range(40)]


def opens_at(account: str, patience: Patience = PATIENCE, block_seconds: int = 1) -> int:
    """The first block at which a delegate opens Ann's list."""
    blocks = range(REVEAL, ASSIGN, block_seconds)
    return next(at for at in blocks if is_due_to_open(view(sealed_round(at, entries=(), chunks=())), ANN, account, patience, at + block_seconds))


def test_delegates__of_one_configuration__take_turns():
    turns = Counter((opens_at(account) - REVEAL) // PATIENCE.turn_seconds for account in DELEGATES)

    assert set(turns) == {0, 1, 2, 3}


def test_delegates__with_a_grace_of_their_own__never_meet():
    times = [{opens_at(account, replace(PATIENCE, reveal_grace_seconds=grace)) for account in DELEGATES} for grace in (2, 6, 10)]

    assert times == [{REVEAL + 2}, {REVEAL + 6}, {REVEAL + 10}]


def test_delegate__that_gives_way__leaves_a_turn_to_what_a_reorg_took_or_a_dear_block_kept_out():
    def opens(account: str, at: int, patience: Patience) -> bool:
        seen = replace(view(sealed_round(at, entries=(), chunks=())), unsettled_at=REVEAL + 20)
        return is_due_to_open(seen, ANN, account, patience, at + 1)

    first = [seat(account, sealed_round(REVEAL, entries=(), chunks=()).round, PATIENCE.most_turns + 1, ANN) == 0 for account in DELEGATES]
    graced = replace(PATIENCE, reveal_grace_seconds=2)

    assert [opens(account, REVEAL + 23, PATIENCE) for account in DELEGATES] == first and 0 < sum(first) < len(DELEGATES)
    assert not opens(DELEGATES[0], REVEAL + 23, graced)
    assert all(opens(account, REVEAL + 24, patience) for account in DELEGATES for patience in (PATIENCE, graced))


def test_delegate__alone__opens_at_once():
    assert {opens_at(account, Patience(most_turns=0)) for account in DELEGATES} == {REVEAL}


def test_seat__of_other_rounds_and_bidders__is_drawn_anew():
    seats = {(round_, bidder): seat(DELEGATES[0], round_, 4, bidder) for round_ in range(20) for bidder in DELEGATES[:5]}

    assert set(seats.values()) == {0, 1, 2, 3}
    assert len({tuple(seats[round_, bidder] for round_ in range(20)) for bidder in DELEGATES[:5]}) == 5


@many(200)
@given(
    st.integers(0, 60),
    st.builds(Patience, turn_seconds=st.integers(0, 20), most_turns=st.just(3), margin_seconds=st.integers(0, 60)),
)  # fmt: skip
def test_turn__of_anybody__comes_in_order_and_leaves_half_of_the_margin(ready_at, patience):
    end = 100
    turns = [turn_at(each, patience, ready_at, end) for each in range(patience.most_turns + 1)]

    assert turns == sorted(turns)
    assert all(turn <= max(ready_at, end - patience.margin_seconds + patience.margin_seconds // 2) for turn in turns)


def test_delegate__with_blocks_longer_than_its_margin__opens_while_a_block_is_left():
    for account in DELEGATES:
        at = opens_at(account, Patience(turn_seconds=1_000, most_turns=3, margin_seconds=8), block_seconds=20)
        assert at + 20 < ASSIGN
