"""`seqmarket lab`: what it prints, that bad input is one line that names the value and the rule, and that `docs/lab.md` is up to date."""

import json
import re
from fractions import Fraction as F
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seqmarket.cli import main
from seqmarket.lab.equilibrium.game import Rule
from seqmarket.lab.equilibrium.solve import equilibrium
from seqmarket.lab.equilibrium.splitting import merger, sybil

PAGE = (Path(__file__).parents[2] / "docs" / "lab.md").read_text()
BLOCKS = dict(re.findall(r"<!-- seqmarket (lab [^>]*) -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL))
KEYS = [
    "rule", "values", "alpha", "kind", "method", "bids", "shares", "payments", "payoffs", "strategies",
    "revenue", "fairness", "out", "gains", "epsilon", "exact",
]


def ran(words: str) -> Result:
    result = CliRunner(mix_stderr=False).invoke(main, words.split())
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def table_after(words: str) -> list[list[str]]:
    """The body of the first table below these words."""
    lines = PAGE[PAGE.index(words) :].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|---"))
    body = []
    for line in lines[start + 1 :]:
        if not line.startswith("|"):
            return body
        body.append([cell.strip() for cell in line.strip("|").split("|")])
    return body


def test_equilibrium__json__has_the_stable_names_and_the_seeds_numbers():
    result = ran("lab equilibrium --rule proportional-all-pay --values 4 2 --json")
    report = json.loads(result.stdout)

    assert result.exit_code == 0 and list(report) == KEYS
    assert report["exact"] == {
        "bids": ["8/9", "4/9"], "shares": ["2/3", "1/3"], "payments": ["8/9", "4/9"], "payoffs": ["16/9", "2/9"], "revenue": "4/3",
    }
    assert report["bids"] == [8 / 9, 4 / 9] and report["revenue"] == 4 / 3 and report["alpha"] is None
    assert 0 < report["epsilon"] == max(report["gains"]) < 5e-8


@pytest.mark.parametrize("rule", [rule for rule in Rule])
def test_equilibrium__every_rule__prints_the_figures_of_the_library(rule):
    alpha = " --alpha 3/2" if rule is Rule.TULLOCK else ""
    report = json.loads(ran(f"lab equilibrium --json --rule {rule}{alpha} --values 10 8 0.5").stdout)
    found = equilibrium(rule, (10, 8, F(1, 2)), F(3, 2) if alpha else None)

    assert report["rule"] == rule and report["values"] == [10, 8, 0.5] and report["alpha"] == (1.5 if alpha else None)
    assert report["kind"] == found.kind and report["method"] == found.method and report["out"] == list(found.out)
    assert report["shares"] == [float(share) for share in found.outcome.shares]
    assert report["epsilon"] == found.verdict.epsilon
    assert (report["exact"] is not None) is found.is_exact


def test_equilibrium__text__names_revenue_fairness_and_epsilon():
    result = ran("lab equilibrium --values 4 2 --rule highest-bid-all-pay")

    assert result.exit_code == 0
    assert "  player 1: 0.000000 with probability 0.500000; anywhere from 0.000000 to 2.000000 with probability 0.500000\n" in result.stdout
    assert "Revenue 1.500000 = 3/2, fairness 0.433013; without a chance: nobody\n" in result.stdout
    assert result.stdout.endswith("A mixed equilibrium (closed form); nobody gains more than ε = 1.4e-14 by another bid.\n")


def test_equilibrium__exponent_above_2__exits_1_and_says_why():
    text, machine = ran("lab equilibrium --rule tullock --alpha 3 --values 4 2"), ran("lab equilibrium --rule tullock --alpha 3 --values 4 2 --json")

    assert text.exit_code == machine.exit_code == 1
    assert text.stdout.startswith("No equilibrium is known: alpha 3: above 2 no pure equilibrium exists")
    assert json.loads(machine.stdout)["kind"] is None and "above 2" in json.loads(machine.stdout)["reason"]


def test_frontier__json__has_a_row_an_exponent_known_or_not():
    report = json.loads(ran("lab frontier --values=4 2 --alphas 1 1.5 3 --json").stdout)

    assert report["values"] == [4, 2] and [row["alpha"] for row in report["points"]] == [1, 1.5, 3]
    assert list(report["points"][0]) == ["alpha", "kind", "revenue", "fairness", "epsilon", "efficient"]
    assert report["points"][0]["revenue"] == 4 / 3 and report["points"][2]["kind"] is None


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("equilibrium --rule lottery --values 4 2", "'lottery': the rule is one of proportional-all-pay, winner-take-all"),
        ("equilibrium --rule winner-take-all --values 4", "1 players: a contest needs at least 2"),
        ("equilibrium --rule winner-take-all --values 4 0", "value 0: it must be a number from 10^-18 to 10^18"),
        ("equilibrium --rule winner-take-all --values 4 -2", "value -2: it must be a number from 10^-18 to 10^18"),
        ("equilibrium --rule winner-take-all --values 4 two", "--values 'two': a number is written as 4, 0.25 or 1/3"),
        ("equilibrium --rule winner-take-all --values 4 1e9", "--values '1e9': a number is written as"),
        ("equilibrium --rule winner-take-all --values 4 1/0", "--values '1/0': a number is written as"),
        ("equilibrium --rule winner-take-all --values 4 nan", "--values 'nan': a number is written as"),
        ("equilibrium --rule winner-take-all --values", "--values: its numbers are missing"),
        ("equilibrium --values --rule winner-take-all", "--values: its numbers are missing"),
        ("equilibrium --rule winner-take-all --values" + 101 * " 1", "--values: 101 players, at most 100 are computed"),
        ("equilibrium --rule winner-take-all --alpha 1 --values 4 2", "alpha 1: winner-take-all has none, only tullock has"),
        ("equilibrium --rule tullock --values 4 2", "tullock: alpha is missing"),
        ("equilibrium --rule tullock --alpha 0 --values 4 2", "alpha 0: it must be a number from 1/1000"),
        ("equilibrium --rule tullock --alpha -1 --values 4 2", "alpha -1: it must be a number from 1/1000"),
        ("equilibrium --rule tullock --alpha ∞ --values 4 2", "--alpha '∞': a number is written as"),
        ("frontier --values 4 2 --alphas 1 0", "alpha 0: it must be a number from 1/1000"),
        ("frontier --values 4 2 --alphas", "--alphas: its numbers are missing"),
        ("rules --values" + 11 * " 1", "--values: 11 players, at most 10 are computed"),
        ("rules --values 4 2 --names 0", "--names 0: a player bids under 1 to 1000000 names"),
        ("rules --values 4 2 --names x", "--names 'x': it must be a whole number"),
        ("rules --values 4 2 --alphas 0", "alpha 0: it must be a number from 1/1000"),
    ],
)
def test_lab__bad_input__exits_2_with_one_line(words, line):
    result = ran(f"lab {words}")

    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith(f"Error: {line}") and result.stderr.count("\n") == 1


@pytest.mark.parametrize("words", ["equilibrium --values 4 2", "equilibrium --rule winner-take-all", "equilibrium 4 --rule tullock --values 4 2"])
def test_lab__options_missing_or_words_too_many__exits_2(words):
    assert ran(f"lab {words}").exit_code == 2


def test_page__holds_four_outputs_of_commands():
    assert [words.split()[1] for words in BLOCKS] == ["rules", "rules", "frontier", "seeds"]


@pytest.mark.parametrize("words", BLOCKS)
def test_page__each_table_of_a_command__is_what_it_prints(words):
    printed = ran(words).stdout.rstrip("\n")

    assert BLOCKS[words] == (printed if printed.startswith("|") else "\n" + "\n".join(f"    {line}" for line in printed.splitlines()) + "\n")


def test_page__names_under_winner_pays__are_the_records():
    found = equilibrium("proportional-winner-pays", (4, 2))
    rows = table_after("## Why all pay")
    for row in rows:
        split = sybil(found, 0, int(row[0]))
        kept = 4 * split.split_share - split.split_payment
        assert row[1:] == [f"{float(number):.4f}" for number in (split.split_share, split.split_payment, kept, split.fixed, split.settled)]
    assert [row[0] for row in rows] == ["1", "2", "10", "100", "1000"]


def test_page__merger_that_costs__is_the_record():
    joined = merger(equilibrium("proportional-winner-pays", (10, 8, 5, 3, 1)), (0, 1))

    assert f"10 and 8 would lose {-joined.settled_gain:.4f} by it" in PAGE
