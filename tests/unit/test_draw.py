"""draw_is_determined: the winner follows from the seed, and every ticket has the same chance."""

import math

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.model.draw import NoTickets, seed_of, ticket
from tests.examples import many

DRAWS = 20_000
MARKET = "0x" + 20 * "ab"


def survival(statistic: float, freedom: int) -> float:
    """P(χ² ≥ statistic), exactly: for 2m degrees of freedom a Poisson sum, for 2m + 1 that of the half-integers and an erfc."""
    half = statistic / 2
    if freedom % 2 == 0:
        return math.exp(-half) * sum(half**k / math.factorial(k) for k in range(freedom // 2))
    tail = sum(half ** (k + 0.5) / math.gamma(k + 1.5) for k in range(freedom // 2))
    return math.erfc(math.sqrt(half)) + math.exp(-half) * tail


def word(number: int) -> bytes:
    return number.to_bytes(32)


def strips_hit(sizes: list[int], seeds: int = DRAWS) -> list[int]:
    """How often each strip of consecutive tickets was drawn, a strip a purchase, over seeds 0, 1, …"""
    hits = [0] * len(sizes)
    owner = [strip for strip, size in enumerate(sizes) for _ in range(size)]
    for number in range(seeds):
        hits[owner[ticket(keccak(word(number)), len(owner), keccak)]] += 1
    return hits


def chance_of_worse(sizes: list[int], hits: list[int]) -> float:
    """The chance that fair draws lie as far from the strips' shares as these do, or further."""
    draws, tickets = sum(hits), sum(sizes)
    statistic = sum((hit - draws * size / tickets) ** 2 / (draws * size / tickets) for hit, size in zip(hits, sizes))
    return survival(statistic, len(sizes) - 1)


@pytest.mark.parametrize(
    ("statistic", "freedom", "chance"),
    [(3.841458820694124, 1, 0.05), (5.991464547107979, 2, 0.05), (7.814727903251179, 3, 0.05), (21.66599433346194, 9, 0.01)],
)
def test_survival__table_values__agree(statistic, freedom, chance):
    assert survival(statistic, freedom) == pytest.approx(chance, rel=1e-9)  # the table's 16 digits leave 10 and more


@pytest.mark.parametrize("sizes", [[1, 2, 4, 8, 16, 32], [100, 1, 1, 1, 97], [1, 1], [7] * 11], ids=str)
def test_ticket__20_000_seeds__strips_win_in_proportion_to_their_tickets(sizes):
    # Fixed seeds: it fails always or never. Fair draws would be as far off as that once in 10^9.
    assert min(sizes) / sum(sizes) * DRAWS >= 5  # below that χ² is no approximation of the statistic
    assert chance_of_worse(sizes, strips_hit(sizes)) > 1e-9


def test_ticket__20_000_seeds__a_strip_won_a_tenth_too_often_would_show():
    sizes = [1, 2, 4, 8, 16, 32]
    bent = strips_hit(sizes)
    extra = bent[4] // 10
    bent[4], bent[5] = bent[4] + extra, bent[5] - extra
    assert chance_of_worse(sizes, bent) < 1e-9


def test_ticket__strip_split_among_names__wins_with_exactly_the_same_seeds():
    one_name = strips_hit([30, 60, 10])
    many_names = strips_hit([30, 1, 9, 20, 30, 10])
    assert one_name == [many_names[0], sum(many_names[1:5]), many_names[5]]


@many(300)
@given(seed=st.binary(min_size=32, max_size=32), tickets=st.one_of(st.integers(1, 70_000), st.integers(1, 2**256 - 1)))
def test_ticket__any_seed__is_one_of_the_tickets_and_determined(seed, tickets):
    winner = ticket(seed, tickets, keccak)
    assert 0 <= winner < tickets
    assert ticket(seed, tickets, keccak) == winner


@pytest.mark.parametrize(
    ("seed", "tickets", "winner"),
    [(0, 1, 0), (2**256 - 1, 1, 0), (2**256 - 1, 7, 6), (2**255, 8, 4), (2**255 - 1, 8, 3), (1, 2**255, 0), (2, 2**255, 1)],
)
def test_ticket__ends_of_the_words__fall_to_the_right_ticket(seed, tickets, winner):
    assert ticket(word(seed), tickets, keccak) == winner


def test_ticket__small_words_in_place_of_256_bits__every_ticket_has_as_many():
    """The argument of the contract's header, counted out: over all 8-bit words each ticket gets ⌊256/n⌋, the rest is refused."""
    for tickets in range(1, 256):
        won = [0] * tickets
        for x in range(256):
            high, low = divmod(x * tickets, 256)
            won[high] += low >= 256 % tickets
        assert won == [256 // tickets] * tickets


@pytest.mark.parametrize("tickets", [3, 7, 2**255 + 1, 2**256 - 1])
def test_ticket__word_that_would_favour_a_ticket__is_hashed_again(tickets):
    assert 2**256 % tickets > 0  # so the word 0, whose lower half is 0, is refused
    assert ticket(word(0), tickets, keccak) == ticket(keccak(word(0)), tickets, keccak)
    hashed = []
    ticket(word(0), tickets, lambda data: hashed.append(data) or keccak(data))
    assert hashed[0] == word(0)


def test_ticket__just_above_half_of_all_words__refuses_half_and_stays_inside():
    tickets = 2**255 + 1
    asked = []
    for number in range(200):
        assert ticket(keccak(word(number)), tickets, lambda data: asked.append(data) or keccak(data)) < tickets
    # As n is odd, 2^255 − 1 of all words are refused, half but for one. Were 90 or fewer, 290 fair coins fell on one side 200 times or more; were 360
    # or more, 560 did so 200 times or fewer. Hoeffding's bound for k of n coins is exp(−2(k − n/2)²/n).
    assert max(math.exp(-2 * (200 - coins / 2) ** 2 / coins) for coins in (290, 560)) < 1e-9
    assert 90 < len(asked) < 360


@pytest.mark.parametrize("tickets", [0, -1])
def test_ticket__none_sold__raises_NoTickets(tickets):
    with pytest.raises(NoTickets, match=f"{tickets} tickets: a draw needs at least 1"):
        ticket(bytes(32), tickets, keccak)


POOL = (bytes(31) + b"\x07", 1, MARKET, 9, 0b101)


def test_seed_of__any_pool__is_the_hash_of_its_five_words():
    assert seed_of(*POOL, keccak) == keccak(encode(["bytes32", "uint256", "address", "uint256", "uint256"], list(POOL)))


@pytest.mark.parametrize(
    ("place", "other"),
    [(0, bytes(32)), (1, 2), (2, "0x" + 20 * "ac"), (3, 10), (4, 0b111)],
    ids=["seed", "chain", "market", "round", "bundle"],
)
def test_seed_of__anything_changed__is_another(place, other):
    changed = [*POOL[:place], other, *POOL[place + 1 :]]
    assert seed_of(*changed, keccak) != seed_of(*POOL, keccak)
