"""`docs/tickets.md`: its prices are those of the model."""

import re
from pathlib import Path

from seqmarket.chain.status import ether
from seqmarket.model.base_price import BasePriceTerms, BaseRule, next_ticks
from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks, marginal_ticks

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "tickets.md").read_text()
TARGET, BASE, TICK_WEI = 100, 10_000_000, 10**9
CURVES = (Curve(CurveKind.LINEAR, TARGET), Curve(CurveKind.QUADRATIC, TARGET, 10_000), Curve(CurveKind.EXPONENTIAL, TARGET, 10_000))


def rows(head: str) -> list[list[str]]:
    """The rows of the page's table that begins with this head."""
    table = PAGE.split(f"\n| {head} |", 1)[1].split("\n\n", 1)[0].split("\n")[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


def shown(ticks: int) -> str:
    return ether(ticks, TICK_WEI)


def test_prices__of_the_page__are_those_of_the_curves():
    *single, whole = rows("ticket")

    assert [row[1:] for row in single] == [[shown(marginal_ticks(curve, BASE, int(row[0]))) for curve in CURVES] for row in single]
    assert whole == ["all 200", *(shown(cost_ticks(curve, BASE, 0, 2 * TARGET)) for curve in CURVES)]


def test_base_prices__of_the_page__are_those_of_the_rule():
    terms = BasePriceTerms(BaseRule.EIP1559, BASE)

    assert rows("sold of 200") == [[str(sold), shown(next_ticks(terms, BASE, sold, TARGET))] for sold in (0, 50, 100, 150, 200)]


def test_page__names_of_functions__are_those_of_the_package():
    code = re.search(r"```python\n(.+?)```", PAGE, re.DOTALL)[1]
    names = set(re.findall(r"(assigning|drawing|ticketing)\.(\w+)", code))

    from seqmarket.sequencer import assigning, drawing, ticketing

    modules = {"assigning": assigning, "drawing": drawing, "ticketing": ticketing}
    assert names and all(hasattr(modules[module], name) for module, name in names)
