"""An auction as a round that a market could hold: its offers in reveals, its certificate in their order.

A dummy good becomes a group of one reveal, so the offers that share it must stand together; an offer without one may go anywhere. Within a
reveal the bids on one rollup come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bench.onchain.checking import Round
from seqmarket.certificate import form
from seqmarket.certificate.chain_plan import Board, Slacks, State
from seqmarket.certificate.encode import NotEncodable
from seqmarket.certificate.encode_tree import Guide, Prices, priced
from seqmarket.certificate.form import Certificate
from seqmarket.model.bid_list import MAX_GROUP, Bid
from seqmarket.model.book import Chunk
from seqmarket.model.bundle import is_singleton
from seqmarket.model.instance import Instance

OFFERS = 128
"""Of a reveal, as many as a bid list holds, and more only where one group has more."""
MOST_OFFERS = 65_535
MOST_SINGLES = 255


@dataclass(frozen=True, slots=True)
class Layout:
    """A round, and where each offer and each group of the auction went; a group that no offer has went nowhere."""

    round: Round
    offer_at: tuple[int, ...]
    group_at: Mapping[int, int]


def lay_out(instance: Instance) -> Layout:
    """The auction as a round. Raises NotEncodable where an offer has several groups, or one reveal can't hold a group."""
    chunks, order, group_at = [], [], {}
    for number, own in enumerate(_reveals(instance)):
        own.sort(key=lambda j: not is_singleton(instance.offers[j].bundle))
        local: dict[int, int] = {}
        for j in own:
            for group in instance.offers[j].groups:
                local.setdefault(group, len(local) + 1)
        group_at |= {group: len(group_at) + at for at, group in enumerate(local)}
        bids = (Bid(o.bundle, o.value, local[o.groups[0]] if o.groups else 0) for o in map(instance.offers.__getitem__, own))
        chunks.append(Chunk((number + 1).to_bytes(20, "little"), tuple(bids)))
        order += own
    offer_at = [0] * len(order)
    for at, j in enumerate(order):
        offer_at[j] = at
    return Layout(Round(instance.reserves, tuple(chunks)), tuple(offer_at), group_at)


def _reveals(instance: Instance) -> Iterator[list[int]]:
    """The offers of each reveal: groups in the order of their first offers, as long as they fit."""
    together: dict[object, list[int]] = {}
    for j, offer in enumerate(instance.offers):
        if len(offer.groups) > 1:
            raise NotEncodable(f"offer {j} has {len(offer.groups)} groups: on chain an offer has one at most")
        together.setdefault(offer.groups or f"offer {j}", []).append(j)
    held, groups, singles = [], 0, 0
    for kin in together.values():
        grouped = bool(instance.offers[kin[0]].groups)
        alone = sum(is_singleton(instance.offers[j].bundle) for j in kin)
        if len(kin) > MOST_OFFERS or alone > MOST_SINGLES:
            raise NotEncodable(f"a group has {len(kin)} offers, {alone} of them on one rollup: more than one reveal can hold")
        if held and (len(held) + len(kin) > OFFERS or groups + grouped > MAX_GROUP or singles + alone > MOST_SINGLES):
            yield held
            held, groups, singles = [], 0, 0
        held, groups, singles = held + kin, groups + grouped, singles + alone
    if held:
        yield held


def reordered(certificate: Certificate, instance: Instance, layout: Layout) -> Certificate:
    """The same proof for the laid-out round: numbers renamed, the children of an item node in the new order of its offers.

    Which offers those are is found by following the states of the proof, as its checker does.
    """
    offers, items = len(instance.offers), instance.items
    rename = _Rename(instance, layout)
    threshold = certificate.value + certificate.granularity if certificate.threshold is None else certificate.threshold
    board = Board(instance, range(offers + items), certificate.scale, threshold)
    start = State((1 << items) - 1, (1 << offers + items) - 1, -threshold << certificate.scale, 0, Slacks({}))

    listed: list[tuple[form.Node | None, list[int]]] = []  # each node, and where its children stand, parents first
    todo: list[tuple[form.Node | None, Guide, list[int], int]] = [(certificate.proof, Guide(start, Prices()), [0], 0)]
    while todo:
        node, guide, kin, place = todo.pop()
        kin[place] = len(listed)
        children = _children(board, node, guide, rename)
        below = [0] * len(children)
        listed.append((node, below))
        todo += [(child, state, below, at) for at, (child, state) in enumerate(children)]
    built: list[form.Node | None] = [None] * len(listed)
    for at in range(len(listed) - 1, -1, -1):
        node, below = listed[at]
        built[at] = rename.node(node, tuple(built[child] for child in below))
    return replace(certificate, winners=tuple(sorted(layout.offer_at[j] for j in certificate.winners)), proof=built[0])


def _children(board: Board, node: form.Node | None, guide: Guide, rename: _Rename) -> list[tuple[form.Node | None, Guide]]:
    """The nodes below in their new order, each with the state that the checker comes to it with."""
    match node:
        case form.Price():
            return [(node.then, priced(board, guide, node))]
        case form.Item():
            pairs = sorted(zip(board.holding(guide.state, node.item), node.children, strict=True), key=lambda pair: rename.offers[pair[0]])
            return [(child, Guide(board.choose(guide.state, place), guide.prices)) for place, child in pairs]
        case form.OfferBranch():
            chosen, dropped = board.choose(guide.state, node.offer), board.drop(guide.state, node.offer)
            return [(node.chosen, Guide(chosen, guide.prices)), (node.dropped, Guide(dropped, guide.prices))]
    return []


class _Rename:
    """Items and offers, stand-alone ones among them, by their old numbers. A group without offers, and its stand-alone offer, are left out."""

    def __init__(self, instance: Instance, layout: Layout) -> None:
        rollups, offers = instance.rollups, len(instance.offers)
        self.items = {i: i for i in range(rollups)} | {rollups + old: rollups + new for old, new in layout.group_at.items()}
        self.offers = dict(enumerate(layout.offer_at)) | {offers + old: offers + new for old, new in self.items.items()}

    def node(self, node: form.Node | None, below: tuple[form.Node | None, ...]) -> form.Node | None:
        """The node with new numbers and these children."""
        match node:
            case form.Price():
                prices = tuple((self.items[i], y) for i, y in node.prices if i in self.items)
                return replace(node, prices=prices, cuts=tuple(map(self.cut, node.cuts)), then=below[0])
            case form.Item():
                return form.Item(self.items[node.item], below)
            case form.OfferBranch():
                return form.OfferBranch(self.offers[node.offer], *below)
        return node

    def cut(self, its: form.SubsetRow | form.Clique) -> form.SubsetRow | form.Clique:
        """The cut with new numbers."""
        named = None if its.offers is None else tuple(sorted(self.offers[j] for j in its.offers if j in self.offers))
        if isinstance(its, form.Clique):
            return replace(its, offers=named)
        return replace(its, rows=tuple(sorted(self.items[i] for i in its.rows if i in self.items)), offers=named)
