"""What checking a certificate costs, estimated: gas for each kind of work, all of it measured elsewhere (`docs/gas.md`)."""

from __future__ import annotations

from dataclasses import dataclass, fields

TRANSACTION_GAS = 21_000
BYTE_GAS = 16  # of calldata
ROLLUP_GAS = 5_100  # a rollup's part of the root's tables
ROOT_OFFER_GAS = 190  # an offer in the root pass
GROUPED_OFFER_GAS = 1_600  # more for one with a group
NEAR_OFFER_GAS = 900  # one whose slack is within the budget before the root's rows count
ROOT_ROW_GAS = 5  # a row of the root for such an offer, as far as rows have lanes (`CutTable`)
ROWED_OFFER_GAS = 8  # an offer of a root with rows, for each row: few are near enough that its rows are counted, see ROOT_ROW_GAS
OTHER_ROW_GAS = 100  # any other row, at the root or below
ROW_ONCE_GAS = 2_500  # a row, whatever it counts for
LIVE_OFFER_GAS = 600  # one that the root leaves alive, indexed
CANDIDATE_GAS = 1_200  # an alive offer that a node branches on
WORD_GAS = 1_500  # more for each candidate, for each 256 offers of a board that holds more
PRICED_OFFER_GAS = 1_100  # an alive offer at a price node
GROUP_PRICE_GAS = 400  # more for each where the node prices groups
CLIQUE_GAS = 2_000  # one by itself
CLIQUE_MEMBER_GAS = 1_000  # beside what it takes to see that it meets the others
CLIQUE_PAIR_GAS = 50  # two members of a clique of which all pairs are looked at
CLASH_GAS = 100  # a rollup of an offer whose clashes are gathered for a node's cliques, for each 1,024 offers of the board
COMPARED_GAS = 170  # a member that is compared with its clashes, for each 1,024 offers of the board
LEMMA_GAS = 3_000  # looking one up
LEMMA_OFFER_GAS = 260  # an alive offer at a lemma node


@dataclass(frozen=True, slots=True)
class Work:
    """How much of each kind of work there is."""

    data: int = 0  # bytes
    rollups: int = 0
    offers: int = 0
    rowed: int = 0  # offers of a root with rows, for each of these
    grouped: int = 0
    live: int = 0
    candidates: int = 0
    words: int = 0  # of the sets of a board with several, for each candidate
    priced: int = 0
    group_priced: int = 0
    cliques: int = 0
    members: int = 0
    pairs: int = 0
    clashes: int = 0  # rollups and groups of offers whose clashes are gathered, for each four words of the board's sets
    compared: int = 0  # members of cliques that are compared with their clashes, for each four words of the board's sets
    lemmas: int = 0
    lemma_offers: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def estimate(work: Work) -> int:
    """Gas of some work, without that of a transaction by itself.

    >>> estimate(Work(data=10, candidates=2))
    2560
    """
    gas = BYTE_GAS * work.data + ROLLUP_GAS * work.rollups + ROWED_OFFER_GAS * work.rowed + ROOT_OFFER_GAS * work.offers + LIVE_OFFER_GAS * work.live + CANDIDATE_GAS * work.candidates
    gas += GROUPED_OFFER_GAS * work.grouped + WORD_GAS * work.words + PRICED_OFFER_GAS * work.priced + GROUP_PRICE_GAS * work.group_priced
    gas += CLIQUE_GAS * work.cliques + CLIQUE_MEMBER_GAS * work.members + CLIQUE_PAIR_GAS * work.pairs + CLASH_GAS * work.clashes + COMPARED_GAS * work.compared
    return gas + LEMMA_GAS * work.lemmas + LEMMA_OFFER_GAS * work.lemma_offers
