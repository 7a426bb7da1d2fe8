"""All rows in the order of the texts, and the table of `docs/lab.md`."""

from __future__ import annotations

from collections.abc import Sequence

from seqmarket.lab.seeds import block_space, pool_trees, proposers, sequencing
from seqmarket.lab.seeds.row import Row, text_of

HEADERS = ("seed", "where", "figure", "the seed's", "ours", "difference", "why")


def rows() -> tuple[Row, ...]:
    """Every row, each computed now.

    >>> sorted({row.seed for row in rows()})
    ['000', '001', '002', '003', '004']
    """
    return (*sequencing.rows(), *block_space.rows(), *proposers.rows(), *pool_trees.rows())


def markdown(made: Sequence[Row]) -> str:
    """The rows as lines of a table.

    >>> markdown(rows()).splitlines()[1]
    '| --- | --- | --- | --- | --- | --- | --- |'
    """
    lines = [HEADERS, ("---",) * len(HEADERS)]
    lines += [(row.seed, row.place, row.figure, row.printed, text_of(row.ours), text_of(row.difference), row.why) for row in made]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
