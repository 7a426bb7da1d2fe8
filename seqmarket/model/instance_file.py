"""The project's own instance form `seqmarket-instance/1` as JSON, and the reading of either form.

`{"format": "seqmarket-instance/1", "reserves": [r_0, …], "groups": G,
  "offers": [{"bundle": [i, …], "value": v, "group": g or null}, …]}`; optional are `"names"`, one string a rollup, and a
`"bidder"` string in an offer. Names and bidders are for readers: they are checked for form and stay out of the Instance.
"""

from __future__ import annotations

from seqmarket.model import strict_json
from seqmarket.model.cats import MAX_GROUPS, MalformedFile, parse_cats
from seqmarket.model.instance import MAX_ROLLUPS, Instance, InvalidInstance, Offer

FORMAT = "seqmarket-instance/1"


def load(data: bytes | str, name: str) -> Instance:
    """The instance of a file's content in either form; errors begin with the file's name.

    Raises MalformedFile also where the bytes are no UTF-8 text.
    """
    try:
        return parse(data.decode("utf-8") if isinstance(data, bytes) else data)
    except UnicodeDecodeError as broken:
        raise MalformedFile(f"{name}: byte {data[broken.start]:#04x} at offset {broken.start} is no UTF-8 text") from broken
    except MalformedFile as broken:
        raise MalformedFile(f"{name}: {broken}") from broken


def parse(text: str) -> Instance:
    """The instance of a text in either form: JSON where the first character that isn't space is `{`, else CATS."""
    return parse_instance(text) if text.lstrip(" \t\r\n").startswith("{") else parse_cats(text)


def parse_instance(text: str) -> Instance:
    """The instance of a JSON text.

    Raises MalformedFile with the path, the value and the rule.

    >>> parse_instance('{"format": "seqmarket-instance/1", "reserves": [0, 3], "groups": 0, "offers": []}').reserves
    (0, 3)
    """
    try:
        return _instance(strict_json.read(text))
    except (strict_json.NotStrictJson, InvalidInstance) as broken:
        raise MalformedFile(str(broken)) from broken


def dump_instance(instance: Instance) -> str:
    """The JSON text of an instance, an offer a line.

    Raises InvalidInstance where an offer has several groups (a CATS file may), which this form can't say.
    """
    lines = []
    for j, offer in enumerate(instance.offers):
        if len(offer.groups) > 1:
            raise InvalidInstance(f"offer {j}: groups {offer.groups}: this form gives an offer one group at most")
        bundle = ", ".join(str(i) for i in range(instance.rollups) if offer.bundle >> i & 1)
        group = offer.groups[0] if offer.groups else "null"
        lines.append(f'{{"bundle": [{bundle}], "value": {offer.value}, "group": {group}}}')
    offers = "[\n  " + ",\n  ".join(lines) + "\n ]" if lines else "[]"
    reserves = ", ".join(map(str, instance.reserves))
    return f'{{"format": "{FORMAT}", "reserves": [{reserves}], "groups": {instance.groups},\n "offers": {offers}}}\n'


def _instance(raw: object) -> Instance:
    top = strict_json.fields(raw, None, ("format", "reserves", "groups", "offers"), ("names",))
    if top["format"] != FORMAT:
        raise strict_json.fail((None, "format"), f"{strict_json.brief(top['format'])} where {FORMAT!r} belongs")
    reserves = strict_json.integers(top["reserves"], (None, "reserves"), least=0)
    if not 1 <= len(reserves) <= MAX_ROLLUPS:
        raise strict_json.fail((None, "reserves"), f"{len(reserves)} rollups: an instance has 1 to {MAX_ROLLUPS}")
    groups = strict_json.integer(top["groups"], (None, "groups"), least=0)
    if groups > MAX_GROUPS:
        raise strict_json.fail((None, "groups"), f"{groups} is above {MAX_GROUPS}")
    if "names" in top:
        names = strict_json.listing(top["names"], (None, "names"))
        if len(names) != len(reserves):
            raise strict_json.fail((None, "names"), f"{len(names)} names for {len(reserves)} rollups")
        for at, name in enumerate(names):
            _string(name, ((None, "names"), at))
    path = (None, "offers")
    offers = tuple(_offer(o, (path, j), len(reserves), groups) for j, o in enumerate(strict_json.listing(top["offers"], path)))
    return Instance(reserves=reserves, groups=groups, offers=offers)


def _offer(raw: object, path: strict_json.Path, rollups: int, groups: int) -> Offer:
    offer = strict_json.fields(raw, path, ("bundle", "value", "group"), ("bidder",))
    bundle = 0
    for at, i in enumerate(strict_json.integers(offer["bundle"], (path, "bundle"), least=0)):
        if i >= rollups:
            raise strict_json.fail(((path, "bundle"), at), f"rollup {i} is past the {rollups} of the instance")
        if bundle >> i & 1:
            raise strict_json.fail(((path, "bundle"), at), f"rollup {i} stands twice")
        bundle |= 1 << i
    value = strict_json.integer(offer["value"], (path, "value"))
    if "bidder" in offer:
        _string(offer["bidder"], (path, "bidder"))
    if offer["group"] is None:
        return Offer(bundle, value)
    group = strict_json.integer(offer["group"], (path, "group"), least=0)
    if group >= groups:
        raise strict_json.fail((path, "group"), f"group {group} is past the {groups} of the instance")
    return Offer(bundle, value, (group,))


def _string(raw: object, path: strict_json.Path) -> None:
    if not isinstance(raw, str):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where a string belongs")
