"""Charts as inline pictures: a bar for each rollup, and the path of a pool's price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seqmarket.report.html import Html, tag

ROWS = 32
"""Up to so many bars lie, with their numbers beside them; more of them stand."""
_WIDE, _HIGH = 400, 180


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its name, its length, and the place of a mark on the same scale (a reserve); both exact, in one unit."""

    name: str
    length: int
    mark: int


def bars(items: Sequence[Bar], title: str, shown: Callable[[int], str]) -> Html:
    """One bar an item with its mark. `shown` writes a number. Negative lengths, which certificates on chain don't have, are drawn as 0."""
    most = max((max(bar.length, bar.mark) for bar in items), default=0) or 1
    picture = _lying if len(items) <= ROWS else _standing
    return picture(items, most, title, shown)


def _lying(items: Sequence[Bar], most: int, title: str, shown: Callable[[int], str]) -> Html:
    step, left, right, parts = 22, 34, 100, []
    room = _WIDE - left - right
    for row, bar in enumerate(items):
        y, width, mark = row * step, _scaled(bar.length, most, room), left + _scaled(bar.mark, most, room)
        parts.append(
            tag(
                "g",
                tag("title", f"rollup {bar.name}: {shown(bar.length)}, reserve {shown(bar.mark)}"),
                tag("text", bar.name, x=left - 8, y=y + 15, text_anchor="end", font_size=13, class_="axis"),
                tag("rect", x=left, y=y + 4, width=max(1, width), height=step - 9, style="fill:var(--bar)"),
                tag("line", x1=mark, y1=y + 1, x2=mark, y2=y + step - 2, style="stroke:var(--mark);stroke-width:3"),
                tag("text", shown(bar.length), x=max(left + width, mark) + 7, y=y + 15, font_size=13),
            )
        )
    return _picture(title, parts, _WIDE, step * len(items))


def _standing(items: Sequence[Bar], most: int, title: str, shown: Callable[[int], str]) -> Html:
    top, bottom = 18, 20
    step, room = _WIDE / len(items), _HIGH - top - bottom
    base, parts = _HIGH - bottom, [tag("text", f"{shown(most)} at most", x=0, y=12, font_size=12, class_="axis")]
    every = next(n for n in (5, 10, 20, 50) if step * n >= 30)
    for at, bar in enumerate(items):
        x, height, mark = round(at * step, 2), _scaled(bar.length, most, room), base - _scaled(bar.mark, most, room)
        width = round(step * 0.8, 2)
        parts.append(
            tag(
                "g",
                tag("title", f"rollup {bar.name}: {shown(bar.length)}, reserve {shown(bar.mark)}"),
                tag("rect", x=x, y=base - height, width=width, height=max(1, height), style="fill:var(--bar)"),
                tag("line", x1=x, y1=mark, x2=round(x + width, 2), y2=mark, style="stroke:var(--mark);stroke-width:2"),
                tag("text", bar.name, x=x, y=_HIGH - 4, font_size=12, class_="axis") if at % every == 0 else None,
            )
        )
    return _picture(title, parts, _WIDE, _HIGH)


@dataclass(frozen=True, slots=True)
class Step:
    """Tickets bought together: the first of them, how many, and the prices of some of them by ticket, in order."""

    first: int
    tickets: int
    prices: tuple[tuple[int, int], ...]


def price_path(steps: Sequence[Step], capacity: int, drawn: int | None, title: str, shown: Callable[[int], str]) -> Html:
    """The price of each ticket in the order of the sale, a dot where a purchase begins; `drawn` is the ticket that won."""
    wide, high, side, top, bottom = 320, 170, 8, 20, 22
    most = max((price for step in steps for _, price in step.prices), default=0) or 1
    room, floor = high - top - bottom, high - bottom

    def at(ticket: int, price: int) -> tuple[int, int]:
        return side + _scaled(ticket, capacity, wide - 2 * side), floor - _scaled(price, most, room)

    line, dots = [], []
    for step in steps:
        points = [at(ticket, price) for ticket, price in step.prices]
        points.append((at(step.first + step.tickets, 0)[0], points[-1][1]))  # its last ticket ends where the next one begins
        line += [f"{x} {y}" for x, y in points]
        dots.append(tag("circle", cx=points[0][0], cy=points[0][1], r=3.5, style="fill:var(--bar)"))
    parts: list[Html | None] = [
        tag("line", x1=side, y1=floor, x2=wide - side, y2=floor, style="stroke:var(--line);stroke-width:1"),
        tag("text", f"{shown(most)} a ticket at most", x=side, y=13, font_size=12, class_="axis"),
        tag("text", "0", x=side, y=high - 6, font_size=12, class_="axis"),
        tag("text", f"{capacity} tickets", x=wide - side, y=high - 6, text_anchor="end", font_size=12, class_="axis"),
        tag("path", d="M" + " L".join(line), style="fill:none;stroke:var(--bar);stroke-width:2") if line else None,
        *dots,
    ]
    if drawn is not None:
        x, _ = at(drawn, 0)
        anchor, beside = ("end", x - 5) if x > wide // 2 else ("start", x + 5)
        parts.append(tag("line", x1=x, y1=top, x2=x, y2=floor, style="stroke:var(--mark);stroke-width:2;stroke-dasharray:4 3"))
        parts.append(tag("text", f"ticket {drawn} drawn", x=beside, y=floor - 6, text_anchor=anchor, font_size=12))
    return _picture(title, parts, wide, high)


def _picture(title: str, parts: Sequence[Html | None], width: int, height: int) -> Html:
    return tag("svg", tag("title", title), parts, viewBox=f"0 0 {width} {height}", role="img", aria_label=title, class_="chart")


def _scaled(length: int, most: int, room: int) -> int:
    """A length on a scale of `room` steps, rounded down."""
    return max(0, length) * room // most
