"""The file form `seqmarket-certificate/1` of a certificate of optimality, as frozen records and as JSON.

The grammar stands in `docs/certificate.md`; `from_json` is strict: an unknown, missing or repeated key, a
float or a boolean where an integer belongs, are refused with the path of what was wrong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from seqmarket.model import strict_json
from seqmarket.model.strict_json import Path, fail, fields, integer, integers, listing

FORMAT = "seqmarket-certificate/1"


class MalformedCertificate(ValueError):
    """The text is no certificate of this form; the message names the path and the rule."""


@dataclass(frozen=True, slots=True)
class SubsetRow:
    """Cut over the items `rows` with `divisor` d: coefficient ⌊|B∩S|/d⌋, right-hand side ⌊|S∩U|/d⌋; `offers` None means all."""

    rows: tuple[int, ...]
    divisor: int
    offers: tuple[int, ...] | None
    weight: int


@dataclass(frozen=True, slots=True)
class Clique:
    """Cut over `offers` that pairwise intersect: coefficient 1 each, right-hand side 1."""

    offers: tuple[int, ...]
    weight: int


@dataclass(frozen=True, slots=True)
class Price:
    """Prices `(item, y)` in units of 2^-scale tick and weighted cuts; `then` is None where the budget closes the node."""

    prices: tuple[tuple[int, int], ...]
    then: "Node | None"
    cuts: tuple[SubsetRow | Clique, ...] = ()
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """Branch on an uncovered item: a child for each alive offer that holds it, in index order.

    A child may be None where nothing is left to cover.
    """

    item: int
    children: tuple["Node | None", ...]


@dataclass(frozen=True, slots=True)
class OfferBranch:
    """Branch on one alive offer: chosen (None: nothing is left to cover), or dropped."""

    offer: int
    chosen: "Node | None"
    dropped: "Node"


@dataclass(frozen=True, slots=True)
class Search:
    """The checker searches the node to the end by itself."""


Node = Price | Item | OfferBranch | Search


@dataclass(frozen=True, slots=True)
class Certificate:
    """Claim and proof: `winners` partition (with the stand-alone offers) is worth `value`, none is worth `threshold`.

    `threshold` is None for an exact certificate, whose T is value + granularity.
    """

    value: int
    scale: int
    granularity: int
    winners: tuple[int, ...]
    proof: Price
    threshold: int | None = None


def from_json(text: str) -> Certificate:
    """The certificate of a text. `threshold` and, in a price node, `cuts` and `reset` may be left out; nothing else may.

    Raises MalformedCertificate with the path, the value and the rule. What a certificate says is `check`'s business.

    >>> from_json(to_json(Certificate(0, 0, 1, (), Price(((0, 0),), None)))).proof
    Price(prices=((0, 0),), then=None, cuts=(), reset=False)
    """
    try:
        required = ("format", "value", "scale", "granularity", "winners", "proof")
        top = fields(strict_json.read(text), None, required, ("threshold",))
        if top["format"] != FORMAT:
            raise fail((None, "format"), f"{strict_json.brief(top['format'])} where {FORMAT!r} belongs")
        value, scale, granularity = (integer(top[key], (None, key)) for key in ("value", "scale", "granularity"))
        threshold = integer(top["threshold"], (None, "threshold")) if "threshold" in top else None
        winners = integers(top["winners"], (None, "winners"), least=0)
        proof = _tree(top["proof"], (None, "proof"))
        if not isinstance(proof, Price):
            raise fail((None, "proof"), "the root is no price node")
        return Certificate(value, scale, granularity, winners, proof, threshold)
    except strict_json.NotStrictJson as broken:
        raise MalformedCertificate(str(broken)) from broken


def to_json(certificate: Certificate) -> str:
    """The text of a certificate on one line, all keys but an absent `threshold` written out."""
    c = certificate
    head = {"format": FORMAT, "value": c.value, "scale": c.scale, "granularity": c.granularity}
    head |= {} if c.threshold is None else {"threshold": c.threshold}
    out = [json.dumps(head | {"winners": c.winners})[:-1], ', "proof": ']
    todo: list[Node | None | str] = ["}\n", c.proof]  # what is still to be written, last first
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            out.append(node)
        elif node is None:
            out.append("null")
        elif isinstance(node, Search):
            out.append('{"search": true}')
        elif isinstance(node, Item):
            out.append(f'{{"item": {node.item}, "children": [')
            todo.append("]}")
            for at, child in reversed(tuple(enumerate(node.children))):
                todo += [child, ", "] if at else [child]
        elif isinstance(node, OfferBranch):
            out.append(f'{{"offer": {node.offer}, "with": ')
            todo += ["}", node.dropped, ', "without": ', node.chosen]
        else:
            data = {"price": node.prices, "cuts": [_cut_data(cut) for cut in node.cuts], "reset": node.reset}
            out += [json.dumps(data)[:-1], ', "then": ']
            todo += ["}", node.then]
    return "".join(out)


def _cut_data(cut: SubsetRow | Clique) -> dict:
    if isinstance(cut, Clique):
        return {"clique": cut.offers, "weight": cut.weight}
    return {"rows": cut.rows, "divisor": cut.divisor, "offers": cut.offers, "weight": cut.weight}


def _tree(raw: object, path: Path) -> Node:
    """The node and all below it: listed parents first, then built from the last to the first."""
    listed: list[tuple[dict | None, Path, list[int]]] = []
    todo: list[tuple[object, Path, list[int]]] = [(raw, path, [])]
    while todo:
        raw, path, siblings = todo.pop()
        siblings.append(len(listed))
        below: list[int] = []
        listed.append((raw, path, below))
        todo += [(child, where, below) for child, where in reversed(_children(raw, path))]
    built: list[Node | None] = []
    for raw, path, below in reversed(listed):
        built.append(_node(raw, path, tuple(built[len(listed) - 1 - at] for at in below)))
    return built[-1]


def _children(raw: object, path: Path) -> list[tuple[object, Path]]:
    if raw is None and path[1] not in ("without", "proof"):  # `then`, or a child with nothing left to cover
        return []
    if isinstance(raw, dict) and "price" in raw:
        return [(fields(raw, path, ("price", "then"), ("cuts", "reset"))["then"], (path, "then"))]
    if isinstance(raw, dict) and "item" in raw:
        where = (path, "children")
        children = listing(fields(raw, path, ("item", "children"))["children"], where)
        return [(child, (where, at)) for at, child in enumerate(children)]
    if isinstance(raw, dict) and "offer" in raw:
        fields(raw, path, ("offer", "with", "without"))
        return [(raw["with"], (path, "with")), (raw["without"], (path, "without"))]
    if isinstance(raw, dict) and "search" in raw:
        if fields(raw, path, ("search",))["search"] is not True:
            raise fail((path, "search"), f"{strict_json.brief(raw['search'])} where true belongs")
        return []
    raise fail(path, f"{strict_json.brief(raw)} is no node: a node has the key price, item, offer or search")


def _node(raw: dict | None, path: Path, below: tuple[Node | None, ...]) -> Node | None:
    if raw is None:
        return None
    if "search" in raw:
        return Search()
    if "item" in raw:
        return Item(integer(raw["item"], (path, "item"), least=0), below)
    if "offer" in raw:
        return OfferBranch(integer(raw["offer"], (path, "offer"), least=0), *below)
    if type(raw.get("reset", False)) is not bool:
        raise fail((path, "reset"), f"{strict_json.brief(raw['reset'])} where true or false belongs")
    prices = []
    for at, pair in enumerate(listing(raw["price"], (path, "price"))):
        where = ((path, "price"), at)
        numbers = integers(pair, where)
        if len(numbers) != 2:
            raise fail(where, f"{len(numbers)} numbers where [item, y] belongs")
        prices.append((integer(numbers[0], (where, 0), least=0), numbers[1]))
    cuts = listing(raw.get("cuts", []), (path, "cuts"))
    cuts = tuple(_cut(cut, ((path, "cuts"), at)) for at, cut in enumerate(cuts))
    return Price(tuple(prices), below[0], cuts, raw.get("reset", False))


def _cut(raw: object, path: Path) -> SubsetRow | Clique:
    if isinstance(raw, dict) and "clique" in raw:
        fields(raw, path, ("clique", "weight"))
        return Clique(integers(raw["clique"], (path, "clique"), least=0), integer(raw["weight"], (path, "weight")))
    fields(raw, path, ("rows", "divisor", "offers", "weight"))
    rows = integers(raw["rows"], (path, "rows"), least=0)
    offers = None if raw["offers"] is None else integers(raw["offers"], (path, "offers"), least=0)
    return SubsetRow(rows, integer(raw["divisor"], (path, "divisor")), offers, integer(raw["weight"], (path, "weight")))
