"""Act three: a file of the Combinatorial Auction Test Suite, bid by twenty-five sequencers through commit and reveal."""

from __future__ import annotations

from pathlib import Path

from seqmarket.demo.cast import SEQUENCERS
from seqmarket.demo.money import check_sale, show_partition, show_revenue
from seqmarket.demo.stage import Stage
from seqmarket.model.bid_list import Bid
from seqmarket.model.cats import parse_cats
from seqmarket.model.instance import Instance
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.opening import Place
from seqmarket.solver.brute_force import best_partition

ROUND = 2
OPTIMUM = 934_626
"""Of regions-16-100-1000, in ticks; the best known value of the suite's file."""


def shared_out(instance: Instance, bidders: int) -> list[tuple[Bid, ...]]:
    """The bids of a CATS file for so many bidders: bids that share a dummy good stay together, as one XOR group of one bidder.

    >>> from seqmarket.model.instance import Offer
    >>> shared_out(Instance((0,), 1, (Offer(1, 5, (0,)), Offer(1, 4), Offer(1, 6, (0,)))), 2)
    [(Bid(bundle=1, value=4, group=0),), (Bid(bundle=1, value=5, group=1), Bid(bundle=1, value=6, group=1))]
    """
    hands: list[list[Bid]] = [[] for _ in range(bidders)]
    groups = [0] * bidders
    for at, offer in enumerate(o for o in instance.offers if not o.groups):
        hands[at % bidders].append(Bid(offer.bundle, offer.value))
    for group in range(instance.groups):
        together = [o for o in instance.offers if o.groups == (group,)]
        if together:
            owner = min(range(bidders), key=lambda i: (len(hands[i]), i))
            groups[owner] += 1
            hands[owner] += [Bid(o.bundle, o.value, groups[owner]) for o in together]
    return [tuple(hand) for hand in hands if hand]


def commit(stage: Stage, file: Path) -> None:
    """The file's bids, sealed."""
    stage.act(f"Act 3: {file.stem} of the Combinatorial Auction Test Suite")
    stage.to_phase(ROUND, Phase.COMMIT)
    instance = parse_cats(file.read_text("utf-8"))
    lineup = stage.reader().lineup(ROUND)
    stage.claim("sixteen rollups without reserves take part", found=(lineup.active, lineup.reserves), expected=(2**16 - 1, (0,) * 16))
    hands = shared_out(instance, len(SEQUENCERS))
    stage.claim("every bid of the file has a bidder", found=sum(map(len, hands)), expected=len(instance.offers))
    stage.claim("twenty-five sequencers bid", found=len(hands), expected=25)
    stage.commit(ROUND, [(stage.cast[name], hand) for name, hand in zip(SEQUENCERS, hands)])


def reveal(stage: Stage) -> None:
    """All lists opened."""
    stage.to_phase(ROUND, Phase.REVEAL)
    places = (Place(stage.market.chain_id, stage.market.address, ROUND, stage.cast[name].address) for name in SEQUENCERS)
    stage.reveal([stage.journal.find(place) for place in places])


def assign(stage: Stage) -> None:
    """Solved, proved and paid."""
    stage.to_phase(ROUND, Phase.ASSIGN)
    solved, done = stage.assign(ROUND, stage.cast["Sol"])
    winners = solved.proved.winners
    stage.claim(f"the proved value is the best known one, {OPTIMUM}", found=solved.proved.value, expected=OPTIMUM)
    stage.claim("the market holds it as proved", found=_held(stage), expected=(OPTIMUM, True, True))
    stage.claim("exhaustion of all partitions finds it too", found=best_partition(solved.snapshot.instance)[0], expected=OPTIMUM)
    revenue = check_sale(stage, solved.snapshot, winners, done)
    show_partition(stage, solved.snapshot, winners)
    show_revenue(stage, solved.snapshot, revenue, winners)
    stage.require_solvent(3)


def _held(stage: Stage) -> tuple[int, bool, bool]:
    its = stage.reader().assignment(ROUND)
    return its.value_ticks, its.proved, its.settled
