"""Certificates between the engine's flat numbers and the file form's records; the flat form is described in `seqmarket/engine/replay.h`."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from seqmarket.certificate.form import Clique, Item, Node, OfferBranch, Price, SubsetRow

NOTHING, PRICE, ITEM, OFFER = range(4)


class NotFlat(ValueError):
    """A proof that the flat form has no numbers for: a search, a subset row over listed offers, or a number beyond 64 bits."""


def tree_of(flat: Sequence[int]) -> Node | None:
    """The node that flat numbers describe. Raises ValueError or IndexError where they are no tree.

    >>> tree_of([1, 0, 1, 0, 5, 0, 0, 2, 0, 1, 0])
    Price(prices=((0, 5),), then=Item(item=0, children=(None,)), cuts=(), reset=False)
    """
    at, size = 0, len(flat)
    leaves: dict[int, Item] = {}
    # Open nodes, innermost last: [number of children, their nodes, how the node is made of them].
    open_nodes: list[tuple[int, list[Node | None], tuple]] = []
    while True:
        kind = flat[at]
        done: Node | None = None
        if kind == ITEM:
            item, count = flat[at + 1], flat[at + 2]
            at += 3
            if count:
                open_nodes.append((count, [], (ITEM, item)))
                continue
            done = leaves.get(item)
            if done is None:
                done = leaves[item] = Item(item, ())
        elif kind == PRICE:
            reset, prices, cuts, at = _price_data(flat, at)
            open_nodes.append((1, [], (PRICE, reset, prices, cuts)))
            continue
        elif kind == OFFER:
            open_nodes.append((2, [], (OFFER, flat[at + 1])))
            at += 2
            continue
        elif kind == NOTHING:
            at += 1
        else:
            raise ValueError(f"{kind} is no kind of node")
        while open_nodes:
            count, children, made = open_nodes[-1]
            children.append(done)
            if len(children) < count:
                break
            open_nodes.pop()
            if made[0] == ITEM:
                done = Item(made[1], tuple(children))
            elif made[0] == PRICE:
                done = Price(made[2], children[0], made[3], made[1])
            else:
                done = OfferBranch(made[1], *children)
        else:
            if at != size:
                raise ValueError(f"{size - at} numbers follow the tree")
            return done


def _price_data(flat: Sequence[int], at: int) -> tuple[bool, tuple[tuple[int, int], ...], tuple[SubsetRow | Clique, ...], int]:
    reset, count = bool(flat[at + 1]), flat[at + 2]
    at += 3
    end = at + 2 * count
    prices = tuple(zip(flat[at:end:2], flat[at + 1 : end : 2]))
    cuts: list[SubsetRow | Clique] = []
    at = end + 1
    for _ in range(flat[end]):
        size, divisor, weight = flat[at : at + 3]
        at += 3 + size
        cuts.append(SubsetRow(tuple(flat[at - size : at]), divisor, None, weight))
    cliques, at = flat[at], at + 1
    for _ in range(cliques):
        size, weight = flat[at], flat[at + 1]
        at += 2 + size
        cuts.append(Clique(tuple(flat[at - size : at]), weight))
    return reset, prices, tuple(cuts), at


def flat_of(proof: Node | None) -> array:
    """The flat numbers of a proof. Raises NotFlat.

    >>> flat_of(Price(((0, 5),), Item(0, (None,)))).tolist()
    [1, 0, 1, 0, 5, 0, 0, 2, 0, 1, 0]
    """
    out = array("q")
    todo: list[Node | None] = [proof]
    try:
        while todo:
            node = todo.pop()
            if node is None:
                out.append(NOTHING)
            elif isinstance(node, Item):
                out.extend((ITEM, node.item, len(node.children)))
                todo += reversed(node.children)
            elif isinstance(node, OfferBranch):
                out.extend((OFFER, node.offer))
                todo += [node.dropped, node.chosen]
            elif isinstance(node, Price):
                out.extend((PRICE, int(node.reset), len(node.prices)))
                for pair in node.prices:
                    out.extend(pair)
                rows = [cut for cut in node.cuts if isinstance(cut, SubsetRow)]
                out.append(len(rows))
                for row in rows:
                    if row.offers is not None:
                        raise NotFlat("a subset row over listed offers")
                    out.extend((len(row.rows), row.divisor, row.weight, *row.rows))
                cliques = [cut for cut in node.cuts if isinstance(cut, Clique)]
                out.append(len(cliques))
                for clique in cliques:
                    out.extend((len(clique.offers), clique.weight, *clique.offers))
                todo.append(node.then)
            else:
                raise NotFlat("a search node")
    except OverflowError as large:
        raise NotFlat("a number beyond 64 bits") from large
    return out
