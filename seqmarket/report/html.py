"""Elements of a page. Text is escaped when it becomes part of an element; only what is made here counts as markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from itertools import chain, repeat

VOID = {"meta", "rect", "line", "path", "circle"}
"""Elements that hold nothing."""


class Html(str):
    """Markup that was made here."""

    __slots__ = ()


def tag(name: str, /, *children: object, **attributes: object) -> Html:
    """An element. Children that aren't Html are escaped as text, None left out, iterables of them spread; attributes too, where None is no attribute.

    A trailing `_` of an attribute's name is dropped, other `_` become `-`.

    >>> tag("p", "a < b", tag("b", 1), class_="note", data_label=None)
    '<p class="note">a &lt; b<b>1</b></p>'
    """
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"' for key, value in attributes.items() if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{shown}/>")
    return Html(f"<{name}{shown}>{join(children)}</{name}>")


def join(children: Iterable[object]) -> Html:
    """Children one after the other.

    >>> join(["<", tag("br-like"), None, ["a", "b"]])
    '&lt;<br-like></br-like>ab'
    """
    return Html("".join(_child(child) for child in children))


def _child(child: object) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, str | int):
        return escape(str(child))
    return join(child)


def table(
    head: Iterable[str], rows: Iterable[Iterable[object]], numbers: Iterable[int] = (), wide: Iterable[int] = (), classes: Iterable[str | None] = ()
) -> Html:
    """A table that folds into one card a row on a narrow screen. `numbers` are the columns set to the right, `wide` those that take a card's width.

    `classes` are those of the first rows; the others have none.
    """
    head, kinds = list(head), {at: "w" for at in wide} | {at: "n" for at in numbers}
    body = []
    for row, own in zip(rows, chain(classes, repeat(None))):
        cells = [tag("td", tag("span", cell), data_label=head[at], class_=kinds.get(at)) for at, cell in enumerate(row)]
        body.append(tag("tr", cells, class_=own))
    titles = [tag("th", title, scope="col", class_="n" if kinds.get(at) == "n" else None) for at, title in enumerate(head)]
    return tag("table", tag("thead", tag("tr", titles)), tag("tbody", body))


def folded(summary: str, *content: object) -> Html:
    """Content that is shown on demand, without a script."""
    return tag("details", tag("summary", summary), content)
