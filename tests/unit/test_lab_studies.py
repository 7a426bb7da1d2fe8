"""The studies' pages, plots and commands: what is printed is what was found, and bad input is refused before anything runs."""

import importlib
import json
import re
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seqmarket.cli import main
from seqmarket.lab.findings import Findings, MissingSection, Section, Study, filled_in, shown
from seqmarket.lab.plots import bars, fields, lines, save
from seqmarket.lab.pools.report import seed_figures
from seqmarket.lab.sweeps.cell import Sweep, grid
from seqmarket.lab.sweeps.interval import Interval, means
from seqmarket.lab.withholding.report import regrets
from seqmarket.lab.withholding.study import FORFEITS_BPS
from seqmarket.lab.withholding.symmetric import gain
from tests.sweep_rows import squares

PAGES = Path(__file__).parents[2] / "docs" / "lab"
STUDIES = ("curves", "formats", "pools", "withholding")
POINTS = [(0.0, Interval(1.0, 0.25, 4)), (1.0, Interval(2.0, 0.5, 4))]


def ran(words: str) -> Result:
    result = CliRunner(mix_stderr=False).invoke(main, words.split())
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def findings(table) -> Findings:
    found = means(table, ("x", "power"), "result")
    section = Section("squares", ("x", "power", "result"), tuple((*key, value) for key, value in found.items()))
    return Findings((section,), {"squares": partial(lines, {"a": POINTS}, "x", "y", "t")})


@pytest.fixture
def small(monkeypatch):
    """A study of a moment in the place of the pools'."""
    study = Study("squares", lambda seeds: Sweep("squares", "1", grid(range(seeds), x=[1, 2]), squares), findings)
    monkeypatch.setattr("seqmarket.lab.pools.report.STUDY", study)


def test_study__run_again__resumes_and_refuses_what_is_not_its_own(small, tmp_path):
    result = ran(f"lab pools --json --seeds 3 --out {tmp_path}/results")
    report = json.loads(result.stdout)

    assert result.exit_code == 0 and result.stderr == ""
    assert list(report) == ["study", "version", "seeds", "cells", "seconds", "sections", "plots"]
    assert report["seeds"] == 3 and report["cells"] == 6
    assert report["sections"]["squares"][1] == {"x": 1, "power": 2, "result": {"mean": 2.0, "half": pytest.approx(2.484, abs=1e-3), "seeds": 3}}
    assert [Path(path).name for path in report["plots"]] == ["squares.png", "squares.svg"] and all(Path(path).exists() for path in report["plots"])

    again = ran(f"lab pools --seeds 3 --out {tmp_path}/results")
    assert again.stdout.startswith("### Squares\n\n| x | power | result |\n| --- | --- | --- |\n| 1 | 1 | 2.0 ± 2.5 |")
    other = ran(f"lab pools --seeds 4 --out {tmp_path}/results")
    assert other.exit_code == 2 and "results of another cells" in other.stderr


@pytest.mark.parametrize("study", STUDIES)
def test_study__bad_input__is_one_line_and_exit_2_before_anything_runs(study, tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    for words, message in (
        ("--seeds 1", "--seeds 1: intervals need 2 seeds"), ("--seeds 0.5", "must be a whole number"), ("--seeds 1001", "at most 1000"),
        (f"--out {tmp_path}", "holds files but no sweep.json"), (f"--out {tmp_path}/letters.txt", "letters.txt"),
    ):
        result = ran(f"lab {study} {words}")
        assert result.exit_code == 2 and message in result.stderr and result.stdout == "" and result.stderr.count("\n") == 1


def test_study__no_scheduler__exits_1(small, monkeypatch):
    monkeypatch.setattr("seqmarket.lab.sweeps.run.PATIENCE_SECONDS", 1)
    result = ran("lab pools --seeds 2 --scheduler tcp://127.0.0.1:9")
    assert result.exit_code == 1 and "no Dask scheduler answers there" in result.stderr


@pytest.mark.parametrize("study", STUDIES)
def test_page__of_a_study__names_its_command_and_shows_its_plots(study):
    page = (PAGES / f"{study}.md").read_text()
    (seeds,) = re.findall(rf"^    seqmarket lab {study} --seeds (\d+) ", page, re.MULTILINE)
    assert f"95 %, Student's t over {seeds} seeds" in page and f"[default: {seeds}]" in ran(f"lab {study} --help").stdout
    shown = re.findall(r"\]\(img/([a-z-]+)\.png\)", page)
    assert shown and all((PAGES / "img" / f"{name}{suffix}").exists() for name in shown for suffix in (".png", ".svg"))
    for name, body in re.findall(r"<!-- section ([^\n]*) -->\n(.*?)<!-- end -->", page, re.DOTALL):
        assert body.count("\n") > 3, f"{study}: the table of {name} is empty"
    assert importlib.import_module(f"seqmarket.lab.{study}.report").STUDY.name == study


@pytest.mark.parametrize(("study", "section"), [("pools", seed_figures), ("withholding", regrets)])
def test_page__computed_section__is_what_the_code_gives(study, section):
    assert section().markdown() in (PAGES / f"{study}.md").read_text()


def test_page__textbook_case__is_what_the_code_gives():
    (line,) = [line for line in (PAGES / "withholding.md").read_text().splitlines() if line.startswith("| 2 | 0.25 | 53 % |")]
    assert line.endswith(" | ".join(shown(found.gain / found.paid) for found in (gain(2, 0.25, bps) for bps in FORFEITS_BPS)) + " |")


def test_filled_in__page_without_the_section__raises_MissingSection():
    with pytest.raises(MissingSection, match="section prices"):
        filled_in("nothing", Findings((Section("prices", ("p",), ()),), {}))


@pytest.mark.parametrize(
    "draw",
    [
        partial(lines, {"a": POINTS, "b": POINTS}, "x", "y", "t"),
        partial(bars, {"g": {"a": POINTS[0][1], "b": POINTS[1][1]}}, "y", "t"),
        partial(fields, {"p": [[(0, "1"), (2, "x")]]}, ("one", "two", "three"), ["1", "2"], ["r"], "x", "y", "t"),
    ],
)
def test_plots__same_data__give_the_same_bytes_without_a_date(draw, tmp_path):
    first = [path.read_bytes() for path in save(draw(), tmp_path, "first")]
    second = [path.read_bytes() for path in save(draw(), tmp_path, "second")]
    assert first == second
    assert first[0].startswith(b"\x89PNG") and b"<svg" in first[1] and b"dc:date" not in first[1] and b"matplotlib" not in first[0]
