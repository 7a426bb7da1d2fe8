"""The page of a round: one well-formed document that fetches nothing, escapes everything, and stays readable in size."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from seqmarket.chain.bills import Bill
from seqmarket.model.book import single_ticks
from seqmarket.report.charts import Bar, Step, bars, price_path
from seqmarket.report.costs import Cost, totals
from seqmarket.report.gather import State
from seqmarket.report.html import VOID
from seqmarket.report.mosaic import Area, Cell, cells_of, colours_of, mosaic
from seqmarket.report.page import page
from seqmarket.report.proof import Pricing
from seqmarket.report.style import PALETTE, STYLE, ink_on
from tests.report_rounds import PROVER, Size, report_of

HOSTILE = """"><script>alert('x')</script><img src=x onerror=alert(1)>&amp;'"""
SIZES = (Size(1, 1), Size(4, 12), Size(32, 150), Size(256, 400))
URL = re.compile(r"""(https?:)?//[a-z]|\burl\(|@import|\b(src|href|action|data)=|<(script|link|iframe|object|embed|img|base)\b|\son[a-z]+=""", re.IGNORECASE)


class Outline(HTMLParser):
    """Raises where an element isn't closed in its turn; collects text, and the attributes by element."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.seen: list[tuple[str, dict]] = []
        self.text: list[str] = []

    def handle_starttag(self, name: str, attributes: list) -> None:
        assert name not in VOID, f"{name} isn't closed"
        self.open.append(name)
        self.seen.append((name, dict(attributes)))

    def handle_startendtag(self, name: str, attributes: list) -> None:
        assert name in VOID, f"{name} may not close itself"
        self.seen.append((name, dict(attributes)))

    def handle_endtag(self, name: str) -> None:
        assert self.open and self.open.pop() == name, f"</{name}> closes nothing"

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(text: str) -> Outline:
    outline = Outline()
    outline.feed(text)
    outline.close()
    assert outline.open == []
    return outline


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size.rollups} rollups")
def report(request):
    return report_of(request.param)


def test_page__of_any_size__is_well_formed_and_fetches_nothing(report):
    text = page(report)

    outline = read(text)

    assert text.startswith("<!doctype html>") and outline.seen[0][0] == "html"
    assert URL.search(text) is None
    ids = [attributes["id"] for _, attributes in outline.seen if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_page__every_state__is_well_formed():
    report = report_of(Size(4, 12))
    for state in State:
        for decided_at in (None, 5):
            assert state.value in "".join(read(page(replace(report, state=state, decided_at=decided_at))).text)


def test_page__without_prices_or_proof__says_why(report):
    text = page(replace(report, proof=None, pricing=Pricing(None, "solving again for 10 s gave none", better=10**10)))

    assert "There are no prices: solving again for 10 s gave none." in text
    assert "Solving again found a partition worth 10, more than what was posted." in text
    assert "none on chain" in text


def test_page__every_offer_and_rollup__stands_in_it(report):
    outline, its = read(page(report)), report.snapshot
    rows = [attributes for name, attributes in outline.seen if name == "td" and attributes["data-label"] == "What became of it"]
    cells = [name for name, attributes in outline.seen if name == "text"]

    assert len(rows) == len(its.instance.offers)
    assert len(cells) >= its.lineup.size
    assert "".join(outline.text).count(" won") >= len(its.winners)
    assert sum(row.share for row in report.revenue) == sum(winner.value_ticks for winner in its.winners)
    assert [row.single for row in report.revenue] == list(single_ticks(its.instance))


def test_page__a_thousand_offers_on_256_rollups__stays_below_two_megabytes():
    text = page(report_of(Size(256, 1_000, each=1)))

    assert len(text.encode()) < 2_000_000
    assert text.count('data-label="What became of it"') == 1_000


def test_page__hostile_text__stays_text():
    report = report_of(Size(4, 12))
    bill = Bill(b"\1", 1, HOSTILE, 1, 1)
    hostile = replace(
        report,
        market_format=HOSTILE,
        offerers=(HOSTILE,) * len(report.offerers),
        rewards=((HOSTILE, 1),),
        costs=(Cost(HOSTILE, bill), Cost("prove", bill)),
        snapshot=replace(report.snapshot, market=HOSTILE),
        pricing=replace(report.pricing, source=HOSTILE),
        proof=replace(report.proof, prover=HOSTILE),
    )

    outline = read(page(hostile))

    assert {name for name, _ in outline.seen} == {name for name, _ in read(page(report)).seen}
    assert not any(key.startswith("on") for _, attributes in outline.seen for key in attributes)
    assert HOSTILE in "".join(outline.text)


def test_style__the_only_text_that_is_not_escaped__closes_no_element():
    assert "<" not in STYLE


# --------------------------------------------------------------- pictures


def test_cells_of__areas_of_any_size__are_connected_and_cover_each_rollup_once():
    for size in SIZES:
        its = report_of(size).snapshot
        areas = [Area(tuple(i for i in range(size.rollups) if its.instance.offers[w.offer].bundle >> i & 1), "") for w in its.winners]
        taken = {i for area in areas for i in area.rollups}

        cells = cells_of(areas, [i for i in range(size.rollups) if i not in taken])

        assert sorted(cell.rollup for cell in cells) == list(range(size.rollups))
        assert len({(cell.row, cell.column) for cell in cells}) == size.rollups
        for number in range(len(areas)):
            assert_connected([cell for cell in cells if cell.area == number])
        assert_told_apart(cells)


def assert_connected(cells: list[Cell]) -> None:
    left = {(cell.row, cell.column) for cell in cells}
    todo = [left.pop()]
    while todo:
        row, column = todo.pop()
        near = left & {(row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)}
        left -= near
        todo += near
    assert not left


def assert_told_apart(cells: tuple[Cell, ...]) -> None:
    """Areas side by side differ in colour."""
    fills, at = colours_of(cells), {(cell.row, cell.column): cell.area for cell in cells}
    for (row, column), area in at.items():
        for other in (at.get((row, column + 1)), at.get((row + 1, column))):
            if area is not None and other is not None and area != other:
                assert fills[area] != fills[other]


def test_mosaic__its_text_alternative__tells_the_whole_partition():
    picture = mosaic([Area((0, 2), "offer 7, 3 ether"), Area((5,), "offer 9, 1 ether")], [1, 3])

    assert "Bundle 1, offer 7, 3 ether: rollups 0, 2. Bundle 2, offer 9, 1 ether: rollups 5. Unsold: 1, 3." in picture
    assert 'role="img"' in picture and "rollup 3: unsold" in picture


@pytest.mark.parametrize("fill", PALETTE)
def test_palette__text_on_a_bundle__has_the_contrast_of_wcag_aa(fill):
    def light(colour: str) -> float:
        parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
        r, g, b = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    dark, bright = sorted((light(fill), light(ink_on(fill))))
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("count", [1, 32, 33, 256])
def test_bars__of_few_and_many_rollups__are_one_each_on_one_scale(count):
    outline = read(bars([Bar(str(i), 10 * (i + 1), 5) for i in range(count)], "prices", str))
    drawn = [attributes for name, attributes in outline.seen if name == "rect"]
    side = "width" if count <= 32 else "height"

    lengths = [int(attributes[side]) for attributes in drawn]

    assert len(lengths) == count and lengths == sorted(lengths)
    longest = lengths[-1]
    assert all(abs(length - longest * (i + 1) / count) <= 1 for i, length in enumerate(lengths))


def test_bars__nothing_has_a_price__are_drawn_without_a_division_by_zero():
    assert len(read(bars([Bar("0", 0, 0)], "prices", str)).seen) > 1


def test_price_path__steps_and_the_ticket_drawn__are_where_they_belong():
    picture = price_path([Step(0, 10, ((0, 5), (9, 5))), Step(10, 10, ((10, 5), (19, 10)))], 20, 10, "path", str)

    # 304 wide for 20 tickets, 128 high for 10 ticks, rounded down; a purchase's last price holds to where the next one begins.
    assert 'd="M8 84 L144 84 L160 84 L160 84 L296 20 L312 20"' in picture
    assert "ticket 10 drawn" in picture and "10 a ticket at most" in picture


def test_totals__of_two_reveals__add_up():
    costs = [Cost("reveal", Bill(b"a", 1, PROVER, 5, 50)), Cost("reveal", Bill(b"b", 2, PROVER, 7, 70)), Cost("prove", Bill(b"c", 3, PROVER, 9, 90))]

    assert [(its.duty, its.count, its.gas, its.least, its.most, its.wei) for its in totals(costs)] == [
        ("reveal", 2, 12, 5, 7, 120), ("prove", 1, 9, 9, 9, 90),
    ]  # fmt: skip
