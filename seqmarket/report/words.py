"""Numbers, accounts and times as a page writes them."""

from __future__ import annotations

from datetime import UTC, datetime

from seqmarket.model.bundle import members
from seqmarket.report.html import Html, tag


def ranges(bundle: int) -> str:
    """The rollups of a bundle, runs of three or more shortened.

    >>> ranges(0b1011101)
    '0, 2–4, 6'
    """
    parts, held = [], list(members(bundle))
    while held:
        run = 1
        while run < len(held) and held[run] == held[0] + run:
            run += 1
        parts += [f"{held[0]}–{held[run - 1]}"] if run > 2 else [str(i) for i in held[:run]]
        held = held[run:]
    return ", ".join(parts) or "none"


def moment(timestamp: int) -> str:
    """A time of the chain.

    >>> moment(0)
    '1970-01-01 00:00:00 UTC'
    """
    return datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def short(address: str) -> Html:
    """An address in a few letters, the whole of it on demand."""
    return tag("span", f"{address[:6]}…{address[-4:]}" if len(address) > 12 else address, title=address, class_="mono")


def whole(text: str) -> Html:
    """An address or a hash in full."""
    return tag("span", text, class_="mono")


def percent(part: int, all_: int) -> str:
    """A share in per cent to a tenth, rounded down.

    >>> percent(1, 3), percent(3, 3)
    ('33.3 %', '100.0 %')
    """
    tenths = 1000 * part // all_
    return f"{tenths // 10}.{tenths % 10} %"


def counted(number: int, thing: str) -> str:
    """A number of things.

    >>> counted(1, "offer"), counted(2, "offer")
    ('1 offer', '2 offers')
    """
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
