"""`seqmarket quote`: what it prints, and that bad input is one line that names the value and the rule."""

import json

import pytest
from click.testing import CliRunner, Result

from seqmarket.cli import main
from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks, marginal_ticks

LINEAR = {"--curve": "linear", "--base": "10", "--target": "4", "--sold": "5", "--count": "3"}
TIMED = LINEAR | {"--curve": "time-phased", "--elapsed": "90", "--phase": "60", "--sale": "120"}
KEYS = ["curve", "base_ticks", "target", "sold", "count", "cost_ticks", "first_ticks", "last_ticks", "remaining"]


def quoted(options: dict[str, str], *flags: str) -> Result:
    words = [word for pair in options.items() for word in pair]
    result = CliRunner(mix_stderr=False).invoke(main, ["quote", *words, *flags])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_quote__worked_example__prints_cost_first_last_and_what_one_more_costs():
    result = quoted(LINEAR | {"--count": "2"})
    assert result.exit_code == 0
    assert result.stdout == "Cost of 2 tickets: 25 ticks; the first costs 10 ticks, the last 15 ticks.\nRemaining: 1 of 8; one more costs 20 ticks.\n"


def test_quote__the_last_tickets__offers_no_more():
    result = quoted(LINEAR)
    assert result.exit_code == 0
    assert result.stdout == "Cost of 3 tickets: 45 ticks; the first costs 10 ticks, the last 20 ticks.\nRemaining: 0 of 8.\n"


def test_quote__one_ticket_at_one_tick__says_ticket_and_tick():
    assert quoted(LINEAR | {"--base": "1", "--count": "1"}).stdout.startswith("Cost of 1 ticket: 1 tick; the first costs 1 tick, the last 1 tick.\n")


@pytest.mark.parametrize(
    ("options", "curve", "elapsed"),
    [
        (LINEAR, Curve(CurveKind.LINEAR, 4), 0),
        (LINEAR | {"--curve": "quadratic", "--steepness-bps": "15000"}, Curve(CurveKind.QUADRATIC, 4, 15_000), 0),
        (LINEAR | {"--curve": "exponential", "--steepness-bps": "10000"}, Curve(CurveKind.EXPONENTIAL, 4, 10_000), 0),
        (TIMED, Curve(CurveKind.TIME_PHASED, 4, 0, 60, 120), 90),
    ],
    ids=["linear", "quadratic", "exponential", "time-phased"],
)
def test_quote__json__has_the_stable_names_and_the_numbers_of_the_model(options, curve, elapsed):
    result = quoted(options, "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(report) == KEYS
    assert report == {
        "curve": options["--curve"],
        "base_ticks": 10,
        "target": 4,
        "sold": 5,
        "count": 3,
        "cost_ticks": cost_ticks(curve, 10, 5, 3, elapsed),
        "first_ticks": marginal_ticks(curve, 10, 6, elapsed),
        "last_ticks": marginal_ticks(curve, 10, 8, elapsed),
        "remaining": 0,
    }


def test_quote__e_to_the_one__last_ticket_costs_the_whole_above_27_18():
    assert json.loads(quoted(LINEAR | {"--curve": "exponential", "--steepness-bps": "10000"}, "--json").stdout)["last_ticks"] == 28


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"--curve": "cubic"}, ("--curve 'cubic'", "linear, quadratic, exponential, time-phased")),
        ({"--count": "0"}, ("--count 0", "at least 1 ticket")),
        ({"--count": "4"}, ("count is 4", "3 of 8 tickets remain")),
        ({"--sold": "9"}, ("sold is 9", "holds 8")),
        ({"--sold": "8", "--count": "1"}, ("count is 1", "0 of 8 tickets remain")),
        ({"--base": "0"}, ("--base 0", "at least 1 tick")),
        ({"--base": "-1"}, ("--base '-1'", "whole number")),
        ({"--base": "1.5"}, ("--base '1.5'", "whole number")),
        ({"--base": "9" * 79}, ("--base", "78 digits")),
        ({"--base": "٣"}, ("--base", "whole number")),
        ({"--base": str(2**53)}, (f"base_ticks is {2**53}", f"the highest base price of the curve is {2**53 - 1}")),
        ({"--target": "0"}, ("target is 0", "at least 1")),
        ({"--target": "32768"}, ("target is 32768", "at most 32767")),
        ({"--steepness-bps": "1"}, ("--steepness-bps '1'", "linear curves have none")),
        ({"--steepness-bps": "0"}, ("--steepness-bps '0'", "linear curves have none")),
        ({"--elapsed": "1"}, ("--elapsed '1'", "only time-phased")),
        ({"--curve": "quadratic"}, ("--curve quadratic", "--steepness-bps is missing")),
        ({"--curve": "quadratic", "--steepness-bps": "0"}, ("steepness_bps is 0", "at least 1")),
        ({"--curve": "exponential", "--steepness-bps": "80001"}, ("steepness_bps is 80001", "at most 80000")),
        ({"--curve": "time-phased", "--elapsed": "0", "--phase": "0"}, ("--curve time-phased", "--sale is missing")),
        (TIMED | {"--phase": "120"}, ("phase_seconds is 120", "at most 119")),
        (TIMED | {"--sale": "0"}, ("sale_seconds is 0", "at least 1")),
        (TIMED | {"--sale": str(2**32)}, (f"sale_seconds is {2**32}", f"at most {2**32 - 1}")),
        (TIMED | {"--steepness-bps": "5"}, ("--steepness-bps '5'", "time-phased curves have none")),
    ],
    ids=lambda value: " ".join(f"{name} {text[:12]}" for name, text in value.items()) if isinstance(value, dict) else "",
)
def test_quote__bad_input__is_one_line_with_value_and_rule(changes, parts):
    result = quoted(LINEAR | changes, "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("Error: ")
    for part in parts:
        assert part in result.stderr, result.stderr
