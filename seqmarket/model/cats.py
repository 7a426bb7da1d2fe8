"""Reads the files of the Combinatorial Auction Test Suite, CATS 2.1 (Leyton-Brown, Pearson, Shoham 2000).

`%` lines are comments; `goods N`, `bids M`, `dummy K` come first, then a line a bid: `id price item… #`. Items from N on
are dummy goods: bids that share one exclude each other, so a dummy good is an XOR group. Goods have no reserve price.
"""

from __future__ import annotations

import re

from seqmarket.model.instance import MAX_ROLLUPS, MAX_VALUE_TICKS, Instance, InvalidInstance, Offer
from seqmarket.model.strict_json import brief

MAX_GROUPS = 2**16
HEADERS = ("goods", "bids", "dummy")

_BLANK = re.compile(r"[ \t]+")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")


class MalformedFile(ValueError):
    """A file that breaks its form; the message names the line (or the path), the value and the rule."""


def parse_cats(text: str) -> Instance:
    """The instance of a CATS file: goods are rollups of reserve 0, dummy goods are groups, bids are offers in file order.

    Raises MalformedFile with the line number, the value and the rule.

    >>> parse_cats("goods 2\\nbids 1\\ndummy 0\\n0\\t7\\t0\\t1\\t#\\n").offers
    (Offer(bundle=3, value=7, groups=()),)
    """
    header: dict[str, int] = {}
    offers: list[Offer] = []
    number = 0
    for number, line in enumerate(text.split("\n"), start=1):
        tokens = [token for token in _BLANK.split(line.removesuffix("\r")) if token]
        if not tokens or tokens[0].startswith("%"):
            continue
        if tokens[0] in HEADERS:
            _add_header(header, tokens, number)
            continue
        missing = [name for name in HEADERS if name not in header]
        if missing:
            raise MalformedFile(f"line {number}: {brief(tokens[0])} where the header {missing[0]!r} is still missing")
        if len(offers) == header["bids"]:
            raise MalformedFile(f"line {number}: {brief(tokens[0])} follows the {header['bids']} bids of the header")
        offers.append(_offer(tokens, len(offers), header["goods"], header["dummy"], number))

    missing = [name for name in HEADERS if name not in header]
    if missing:
        raise MalformedFile(f"line {number}: the file ends and the header {missing[0]!r} is missing")
    if len(offers) != header["bids"]:
        raise MalformedFile(f"line {number}: the file ends after {len(offers)} bids, the header says {header['bids']}")
    try:
        return Instance(reserves=(0,) * header["goods"], groups=header["dummy"], offers=tuple(offers))
    except InvalidInstance as broken:
        raise MalformedFile(f"line {number}: {broken}") from broken


def _add_header(header: dict[str, int], tokens: list[str], number: int) -> None:
    name = tokens[0]
    if name in header:
        raise MalformedFile(f"line {number}: the header {name!r} stands twice")
    if len(tokens) != 2:
        raise MalformedFile(f"line {number}: the header {name!r} has {len(tokens) - 1} values, it takes one")
    count = _integer(tokens[1], f"the header {name!r}", number)
    least, most = {"goods": (1, MAX_ROLLUPS), "bids": (0, None), "dummy": (0, MAX_GROUPS)}[name]
    if count < least or most is not None and count > most:
        raise MalformedFile(f"line {number}: {name} {count}: the rule is {least} … {'any' if most is None else most}")
    header[name] = count


def _offer(tokens: list[str], expected: int, goods: int, dummies: int, number: int) -> Offer:
    if "#" not in tokens:
        raise MalformedFile(f"line {number}: the bid doesn't end with '#' (its last value is {brief(tokens[-1])})")
    if tokens.index("#") != len(tokens) - 1:
        raise MalformedFile(f"line {number}: {brief(tokens[tokens.index('#') + 1])} follows the '#' that ends a bid")
    if len(tokens) < 3:
        raise MalformedFile(f"line {number}: {brief(' '.join(tokens))} is no bid: id price item… #")
    name = _integer(tokens[0], "the id", number)
    if name != expected:
        raise MalformedFile(f"line {number}: bid id {name} where {expected} belongs: ids count from 0 in order")
    price = _integer(tokens[1], "the price", number)
    if not 1 <= price <= MAX_VALUE_TICKS:
        raise MalformedFile(f"line {number}: price {price} is outside 1 … {MAX_VALUE_TICKS}")

    bundle, groups = 0, []
    for token in tokens[2:-1]:
        item = _integer(token, "the item", number)
        if not 0 <= item < goods + dummies:
            counted = f"{goods} goods, {dummies} dummies"
            raise MalformedFile(f"line {number}: item {item} is outside 0 … {goods + dummies - 1} ({counted})")
        if item < goods and bundle >> item & 1 or item - goods in groups:
            raise MalformedFile(f"line {number}: item {item} stands twice in the bid")
        if item < goods:
            bundle |= 1 << item
        else:
            groups.append(item - goods)
    if not bundle:
        raise MalformedFile(f"line {number}: bid {name} names no good below {goods}, only dummies")
    return Offer(bundle=bundle, value=price, groups=tuple(groups))


def _integer(token: str, what: str, number: int) -> int:
    if not _INTEGER.fullmatch(token):
        raise MalformedFile(f"line {number}: {what} {brief(token)} is no integer in plain digits")
    if len(token) > 40:
        raise MalformedFile(f"line {number}: {what} {brief(token)} has {len(token)} digits, more than any field holds")
    return int(token)
