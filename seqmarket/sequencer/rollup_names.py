"""Names for rollups, which on chain have only an index: the table `rollups` of a bids file, or of a file of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping

from seqmarket.model import strict_json
from seqmarket.model.instance import MAX_ROLLUPS

_NAME = re.compile(r"[^\W\d][\w.-]{0,63}")

Names = Mapping[str, int]
"""Index by name."""


def names_of(raw: object, path: strict_json.Path) -> dict[str, int]:
    """A table of names: each a letter first, then letters, digits, `.`, `_`, `-`; no rollup has two. Raises NotStrictJson.

    >>> names_of({"base": 0, "zora": 3}, None)
    {'base': 0, 'zora': 3}
    """
    if not isinstance(raw, dict):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where a table of names and indices belongs")
    names: dict[str, int] = {}
    for name, index in raw.items():
        if not _NAME.fullmatch(name):
            raise strict_json.fail(path, f"{strict_json.brief(name)} is no name: a letter, then letters, digits, '.', '_' or '-', 64 at most")
        index = index_of(index, (path, name), {})
        if index in names.values():
            raise strict_json.fail((path, name), f"rollup {index} has a name already")
        names[name] = index
    return names


def joined(first: Names, second: Names, path: strict_json.Path) -> dict[str, int]:
    """The names of both. Raises NotStrictJson where they disagree."""
    for name, index in second.items():
        if first.get(name, index) != index:
            raise strict_json.fail((path, name), f"rollup {index} here, rollup {first[name]} in the file of names")
    return {**first, **second}


def index_of(raw: object, path: strict_json.Path, names: Names) -> int:
    """The index of a rollup that is given by it or by a name. Raises NotStrictJson."""
    if isinstance(raw, str):
        if raw not in names:
            known = ", ".join(names) or "none, so name them in a table `rollups`"
            raise strict_json.fail(path, f"{strict_json.brief(raw)} is no rollup's name: known are {known}")
        return names[raw]
    index = strict_json.integer(raw, path, least=0)
    if index >= MAX_ROLLUPS:
        raise strict_json.fail(path, f"rollup {index} is past the last index {MAX_ROLLUPS - 1}")
    return index
