"""The benchmark's results: kept line by line, read strictly, and turned into tables that nobody writes by hand."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench import report, tables
from bench.__main__ import _is_whole, main
from bench.document import NoMarks
from bench.proofs import examine, nodes_of
from bench.record import MalformedResults, Proof, Results, Row, Setting, line_of, read
from bench.solvers import SOLVERS
from bench.sources import fingerprint
from bench.suite import Auction, listed
from seqmarket.certificate.form import Certificate, Item, Price, Search, to_json

DOCS = Path(__file__).parents[2] / "docs"
SETTING = Setting("2026-01-02", "a processor, 2 cores, 4 GiB", "an OS", "3.11.7", {"ortools": "1.2"}, "0123456789", 20.0)
PROOF = Proof(131, None, {"Price": 1, "Item": 3}, "accepted", 0.25, None, None)
PAIR = "goods 2\nbids 1\ndummy 0\n0\t5\t0\t1\t#\n"


def row(solver="ours", file="paths-16-100-1000.txt", seconds=(0.5,), outcome="proved", value=9, best=9, proof=None) -> Row:
    return Row(file, solver, outcome, None, value, best, seconds, seconds, 1024, 2048, {}, proof)


def results(*rows: Row) -> Results:
    return Results(SETTING, rows)


def text_of(found: Results) -> str:
    return "".join(map(line_of, (found.setting, *found.rows)))


def cells(table: tables.Table, name: str) -> dict[str, str]:
    (found,) = [cells for cells in table.rows if cells[0] == name]
    return dict(zip(table.headers, found, strict=True))


def test_read__what_was_written__is_the_same():
    found = results(row(seconds=(0.125, 2.0), proof=PROOF), row("scip", outcome="killed", seconds=(), value=None))

    assert read(text_of(found)) == found


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda data: data.pop("best"), "line 2: the key 'best' is missing in a Row"),
        (lambda data: data.update(more=1), "line 2: the key 'more' is unknown in a Row"),
        (lambda data: data["proof"].pop("bytes"), "line 2: the key 'bytes' is missing in a Proof"),
        (lambda data: data.update(outcome="won"), "line 2: outcome 'won' is none of proved"),
        (lambda data: data.update(runs=[]), "line 2: ours proved paths-16-100-1000.txt without a run"),
    ],
)
def test_read__line_that_breaks_the_form__raises_MalformedResults(change, words):
    data = json.loads(line_of(row(proof=PROOF)))
    change(data)

    with pytest.raises(MalformedResults, match=words):
        read(line_of(SETTING) + json.dumps(data))


@pytest.mark.parametrize("text, words", [("", "line 1: the file is empty"), ("{", "line 1: no JSON"), ("[]\n", r"line 1: '\[\]' is no JSON object")])
def test_read__no_results__raises_MalformedResults(text, words):
    with pytest.raises(MalformedResults, match=words):
        read(text)


def test_seconds__of_a_row__are_the_median():
    assert row(seconds=(9.0, 1.0, 2.0)).seconds == 2.0


def test_ratios__files_that_both_prove__and_no_others():
    late = "paths-32-250-1000.txt"
    by_file = tables.by_files([row(seconds=(1.0,)), row("cpsat", seconds=(4.0,)), row(file=late), row("cpsat", late, outcome="late"), row(file="L2-16-100-1000.txt")])

    assert tables.ratios(by_file.values(), "ours", "cpsat") == [0.25]


def test_families__two_distributions__have_median_and_geometric_mean():
    times = {"paths-16-100-1000.txt": (1.0, 1.0), "paths-32-250-1000.txt": (1.0, 4.0), "paths-64-500-1000.txt": (16.0, 1.0), "L2-16-100-1000.txt": (1.0, 1.0)}
    rows = [row(name, file, (seconds,)) for file, pair in times.items() for name, seconds in zip(("ours", "cpsat"), pair, strict=True)]
    table = tables.families(tables.by_files(rows))

    assert [cells[0] for cells in table.rows] == ["L2", "paths", "all"]
    assert cells(table, "paths") == {
        "distribution": "paths",
        "files": "3",
        "proved: ours": "3",
        "proved: CP-SAT": "3",
        "both prove": "3",
        "ours / CP-SAT, median": "1.00",
        "geometric mean": "1.59",
    }
    assert cells(table, "all")["both prove"] == "4"


def test_families__nothing_in_common__has_no_ratio():
    table = tables.families(tables.by_files([row(), row("cpsat", outcome="unproved")]))

    assert cells(table, "all")["both prove"] == "0"
    assert cells(table, "all")["geometric mean"] == tables.NONE


def test_peers__wrong_answer__reaches_no_best_value():
    found = cells(tables.peers(tables.by_files([row(), row("highs", outcome="wrong")])), "HiGHS")

    assert (found["proved"], found["best value reached"], found["wrong"]) == ("0", "0", "1")


def test_certificates__one_without_an_encoding__is_counted_apart():
    rows = [row(proof=PROOF), row(file="paths-32-250-1000.txt", proof=replace(PROOF, bytes=None, unencodable="cuts", gas=7, nodes={"Price": 3}))]
    found = cells(tables.certificates(tables.by_files(rows)), "paths")

    assert (found["certificates"], found["bytes, median"], found["gas, median"], found["measured"]) == ("2", "131", "7", "1")
    assert found["nodes, median of each kind"] == "2 Price, 2 Item"


def test_files__without_a_proof__say_how_far_below_the_best():
    rows = [row(outcome="unproved", value=90, best=100), row("cpsat", outcome="unproved", value=100, best=100), row("scip", outcome="killed", best=100)]
    (line,) = tables.files(tables.by_files(rows)).rows

    assert line[:5] == ("paths-16-100-1000", "100", "−10.00 %", "best", "killed")


def test_news__optimum_that_was_not_known__is_told():
    open_file, closed = Auction("a", "paths", "16-100", "", 9, False), Auction("b", "paths", "16-100", "", 9, True)

    assert tables.news([row(file="b")], [open_file, closed]) == []
    assert tables.news([row(file="a")], [open_file, closed]) == ["a: ours proves 9; the list has 9, unproved"]
    assert tables.news([row(file="a", outcome="unproved", best=11)], [open_file]) == ["a: a packing is worth 11; the list has 9"]


def test_refreshed__document__keeps_what_stands_around_the_marks():
    document = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    fresh = report.refreshed(document, results(row()))

    assert fresh.startswith(f"before\n{report.BEGIN}\n2026-01-02; a processor") and fresh.endswith(f"{report.END}\nafter\n")
    assert "old" not in fresh and "| paths | 1 | 1 |" in fresh
    assert report.refreshed(fresh, results(row())) == fresh


def test_refreshed__document_without_marks__raises_NoMarks():
    with pytest.raises(NoMarks, match="no .* in the document"):
        report.refreshed(f"{report.BEGIN}\n", results(row()))


def test_docs__tables__are_what_the_kept_results_give():
    document = (DOCS / "benchmarks.md").read_text()

    assert report.refreshed(document, read((DOCS / "benchmarks.jsonl").read_text())) == document


def test_main__results_of_a_part__are_shown_and_written_nowhere(tmp_path, capsys):
    file = tmp_path / "part.jsonl"
    file.write_text(text_of(results(row(proof=PROOF), row("cpsat"))))

    assert main(["--from", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "131" in shown and "written" not in shown


def test_main__answer_of_ours_that_is_wrong__exits_1(tmp_path, capsys):
    file = tmp_path / "part.jsonl"
    file.write_text(text_of(results(row(outcome="wrong"))))

    assert main(["--from", str(file)]) == 1
    assert "paths-16-100-1000.txt: ours wrong" in capsys.readouterr().out


def test_main__no_results__is_one_line_and_exits_2(tmp_path, capsys):
    assert main(["--from", str(tmp_path / "none.jsonl")]) == 2
    assert "No such file" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--family", "L9"], ["--size", "1-1"], ["--solvers", "gurobi"], ["--limit", "0"], ["--limit", "nan"]])
def test_main__unknown_name_or_time__is_refused(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert arguments[1] in capsys.readouterr().err


def test_is_whole__every_file_by_every_solver__and_nothing_less():
    rows = [row(name, auction.file) for auction in listed() for name in SOLVERS]

    assert _is_whole(results(*rows))
    assert not _is_whole(results(*rows[1:]))


def test_nodes_of__any_tree__counts_by_kind():
    tree = Price(((0, 1),), Item(0, (None, Search(), Price((), Search()))))

    assert nodes_of(Certificate(1, 0, 1, (0,), tree)) == {"Price": 2, "Item": 1, "Search": 2}


def test_examine__certificate__is_encoded_checked_and_metered():
    good = to_json(Certificate(5, 0, 1, (0,), Price(((0, 5),), None)))

    assert examine(PAIR, good, 5, None, None).check == "skipped"
    assert examine(PAIR, good, 5, 60.0, None).check == "accepted"
    assert examine(PAIR, good, 6, 60.0, None).check == "refused: proves 5, the claim is 6"
    metered = [examine(PAIR, good, 5, None, lambda *_: answer) for answer in (70_000, "over the cap")]
    assert [(found.gas, found.gas_note) for found in metered] == [(70_000, None), (None, "over the cap")]
    assert metered[0].bytes is not None and metered[0].nodes == {"Price": 1}


def test_examine__certificate_that_proves_nothing__is_refused():
    bad = to_json(Certificate(5, 0, 1, (0,), Price(((0, 9),), None)))

    assert examine(PAIR, bad, 5, 60.0, None).check.startswith("refused: ")


def test_fingerprint__of_sources__changes_with_names_and_contents__and_not_with_what_is_built(tmp_path):
    (tmp_path / "a.py").write_text("1")
    first = fingerprint(tmp_path)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_text("1")
    (tmp_path / "_engine.so").write_text("1")
    assert fingerprint(tmp_path) == first

    (tmp_path / "a.py").rename(tmp_path / "b.py")
    renamed = fingerprint(tmp_path)
    (tmp_path / "b.py").write_text("2")
    assert len({first, renamed, fingerprint(tmp_path)}) == 3
