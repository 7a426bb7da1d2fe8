"""Pages with tables that a command writes: they stand between two marks, and nobody writes them by hand."""

from __future__ import annotations


class NoMarks(ValueError):
    """The document lacks the marks between which the tables belong."""


def replaced(document: str, begin: str, end: str, body: str) -> str:
    """The document with what stands between its marks replaced. Raises NoMarks."""
    head, found_begin, rest = document.partition(begin)
    _, found_end, tail = rest.partition(end)
    if not found_begin or not found_end:
        raise NoMarks(f"no {end if found_begin else begin!r} in the document: the tables stand between the two marks")
    return f"{head}{begin}\n{body}\n{end}{tail}"
