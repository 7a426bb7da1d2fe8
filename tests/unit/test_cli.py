"""The command line: exit statuses, what is printed, and that a certificate is written whole or not at all."""

import json
import os
import subprocess
import sys
import types
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seqmarket.certificate.form import Certificate, Clique, Price, from_json, to_json
from seqmarket.cli import main
from seqmarket.model.instance import Instance, Offer
from seqmarket.model.instance_file import dump_instance

ROOT = Path(__file__).parents[2]
PAIRS = Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2)))
EXACT = Certificate(2, 0, 1, (0,), Price((), None, (Clique((0, 1, 2), 2),)))
WEAKER = Certificate(2, 0, 1, (0,), Price(((0, 1), (1, 1), (2, 1)), None), threshold=4)
FALSE = Certificate(2, 0, 1, (0,), Price((), None, (Clique((0, 1, 2), 1),)))


@dataclass(frozen=True)
class Proved:
    """What the builder hands over."""

    value: int = 2
    winners: tuple[int, ...] = (0,)
    bound: int = 2
    status: str = "optimal"
    certificate: Certificate | None = EXACT
    seconds: dict | None = None
    weaker: Certificate | None = None


@pytest.fixture
def book(tmp_path: Path) -> str:
    """The file of the worked example."""
    path = tmp_path / "book.json"
    path.write_text(dump_instance(PAIRS))
    return str(path)


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch):
    """Puts a builder in place that hands over the given outcome; returns the list of its calls."""
    calls: list[float | None] = []

    def install(proved: Proved):
        def prove(instance: Instance, time_limit: float | None = None, epsilon: bool = False) -> Proved:
            calls.append(time_limit)
            return proved if epsilon else replace(proved, weaker=None)

        module = types.ModuleType("seqmarket.certificate.build")
        module.prove = prove
        monkeypatch.setitem(sys.modules, "seqmarket.certificate.build", module)
        return calls

    install.calls = calls
    return install


def run(*arguments: str) -> Result:
    result = CliRunner(mix_stderr=False).invoke(main, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def assert_one_line_error(result: Result, *parts: str) -> None:
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("Error: ")
    for part in parts:
        assert part in result.stderr, result.stderr


def written(path: Path, certificate: Certificate) -> str:
    path.write_text(to_json(certificate))
    return str(path)


# check


def test_check__exact_certificate__exits_0(book: str, tmp_path: Path):
    result = run("check", book, written(tmp_path / "c.json", EXACT))

    assert result.exit_code == 0
    assert "Accepted: 2 is the optimum" in result.stdout


def test_check__refused_certificate__exits_1_with_the_rule(book: str, tmp_path: Path):
    result = run("check", book, written(tmp_path / "c.json", FALSE))

    assert result.exit_code == 1
    assert result.stdout.startswith("Refused (slack): offer 0 has the negative slack -1")


def test_check__weaker_certificate__exits_3(book: str, tmp_path: Path):
    result = run("check", book, written(tmp_path / "c.json", WEAKER))

    assert result.exit_code == 3
    assert "no proof of an optimum" in result.stdout


@pytest.mark.parametrize(("certificate", "code"), [(EXACT, 0), (FALSE, 1), (WEAKER, 3)])
def test_check__json__is_one_object(book: str, tmp_path: Path, certificate: Certificate, code: int):
    result = run("check", book, written(tmp_path / "c.json", certificate), "--json")
    report = json.loads(result.stdout)

    assert result.exit_code == code
    assert report["accepted"] == (code != 1)
    assert report["exact"] == (code == 0)
    assert report.get("threshold") == {0: 3, 1: None, 3: 4}[code]


def test_check__malformed_certificate__is_a_one_line_error(book: str, tmp_path: Path):
    path = tmp_path / "c.json"
    path.write_text(to_json(EXACT).replace('"scale": 0', '"scale": 0.5'))

    assert_one_line_error(run("check", book, str(path)), "c.json: scale: '0.5' is no integer")


def test_check__certificate_nested_without_end__is_a_one_line_error(book: str, tmp_path: Path):
    path = tmp_path / "c.json"
    path.write_text("[" * 200_000)

    assert_one_line_error(run("check", book, str(path)), "nested deeper")


def test_check__certificate_that_is_no_text__is_a_one_line_error(book: str, tmp_path: Path):
    path = tmp_path / "c.json"
    path.write_bytes(b'{"a": "\xff"}')

    assert_one_line_error(run("check", book, str(path)), "byte 0xff at offset 7")


def test_check__runs_without_the_solver(book: str, tmp_path: Path):
    code = "import sys; from seqmarket.cli import main; main(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    path = written(tmp_path / "c.json", EXACT)
    done = subprocess.run([sys.executable, "-c", code, "check", book, path], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "Accepted" in done.stdout
    assert not [name for name in done.stdout.split() if name.startswith(("seqmarket.solver", "seqmarket.certificate.build"))]


# Bad input


@pytest.mark.parametrize("command", ["solve", "check"])
def test_command__file_missing__is_a_one_line_error(command: str, tmp_path: Path):
    arguments = [str(tmp_path / "none.txt")] * (2 if command == "check" else 1)
    assert_one_line_error(run(command, *arguments), "none.txt: No such file")


@pytest.mark.parametrize("command", ["solve", "check"])
def test_command__directory__is_a_one_line_error(command: str, tmp_path: Path):
    assert_one_line_error(run(command, *[str(tmp_path)] * (2 if command == "check" else 1)), "Is a directory")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "line 1"),
        (b"goods 2\xff", "byte 0xff"),
        (b"{", "the text ends"),
        (b"goods 999\n", "goods 999"),
        (b"\x7fELF\x00\x01", "line 1"),
    ],
)
def test_solve__malformed_file__is_a_one_line_error(content: bytes, part: str, tmp_path: Path):
    path = tmp_path / "book.txt"
    path.write_bytes(content)

    assert_one_line_error(run("solve", str(path)), "book.txt: ", part)


@pytest.mark.parametrize("limit", ["0", "-1", "nan", "inf", "1e999", "soon", ""])
def test_solve__time_limit_that_is_no_positive_finite_number__is_a_one_line_error(limit: str, book: str, builder):
    calls = builder(Proved())

    assert_one_line_error(run("solve", book, f"--time-limit={limit}"), "--time-limit", repr(limit), "positive, finite")
    assert calls == []


# solve


def test_solve__optimal_and_proved__exits_0(book: str, builder):
    calls = builder(Proved(seconds={"solve": 0.5}))
    result = run("solve", book, "--time-limit", "2.5")

    assert result.exit_code == 0
    assert "Value 2, bound 2: optimal, proved" in result.stdout
    assert "Unsold rollups: 2" in result.stdout
    assert calls == [2.5]


def test_solve__json__lists_winners_partition_and_unsold(book: str, builder, tmp_path: Path):
    builder(Proved(seconds={"solve": 0.5}))
    out = tmp_path / "c.json"
    result = run("solve", book, "--certificate", str(out), "--json")

    assert json.loads(result.stdout) == {
        "status": "optimal",
        "value": 2,
        "bound": 2,
        "winners": [0],
        "partition": [{"offer": 0, "bundle": [0, 1], "value": 2, "group": None}],
        "unsold": [2],
        "proved": True,
        "bound_proved": True,
        "certificate": str(out),
        "seconds": {"solve": 0.5},
    }


@pytest.mark.parametrize("status", ["time-limit", "unproved"])
def test_solve__not_proved__exits_1_and_prints_what_is_known(status: str, book: str, builder, tmp_path: Path):
    builder(Proved(status=status, bound=3, certificate=None, seconds={}))
    out = tmp_path / "c.json"
    result = run("solve", book, "--certificate", str(out))

    assert result.exit_code == 1
    assert f"Value 2, bound 3: {status}, not proved" in result.stdout
    assert sorted(os.listdir(tmp_path)) == ["book.json"]


def test_solve__epsilon__writes_the_weaker_certificate_and_exits_3(book: str, builder, tmp_path: Path):
    builder(Proved(status="epsilon", bound=3, certificate=None, weaker=WEAKER, seconds={}))
    out = tmp_path / "c.json"
    result = run("solve", book, "--epsilon", "--certificate", str(out))

    assert result.exit_code == 3
    assert "Value 2, bound 3: epsilon, only the bound is proved" in result.stdout
    assert out.read_text() == to_json(WEAKER)
    assert run("check", book, str(out)).exit_code == 3


@pytest.mark.parametrize("weaker", [FALSE, EXACT])
def test_solve__epsilon_that_is_not_accepted_as_such__is_not_written(weaker: Certificate, book: str, builder, tmp_path: Path):
    builder(Proved(status="epsilon", bound=3, certificate=None, weaker=weaker, seconds={}))
    result = run("solve", book, "--epsilon", "--certificate", str(tmp_path / "c.json"))

    assert result.exit_code == 1
    assert sorted(os.listdir(tmp_path)) == ["book.json"]


@pytest.mark.parametrize("certificate", [FALSE, WEAKER])
def test_solve__certificate_that_is_not_accepted__is_not_written(certificate: Certificate, book: str, builder, tmp_path: Path):
    builder(Proved(certificate=certificate, seconds={}))
    result = run("solve", book, "--certificate", str(tmp_path / "c.json"), "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["proved"] is False
    assert result.stderr.startswith("Not proved: ")
    assert sorted(os.listdir(tmp_path)) == ["book.json"]


def test_solve__certificate_of_another_value__is_not_written(book: str, builder, tmp_path: Path):
    builder(Proved(value=4, seconds={}))
    result = run("solve", book, "--certificate", str(tmp_path / "c.json"))

    assert result.exit_code == 1
    assert sorted(os.listdir(tmp_path)) == ["book.json"]


def test_solve__certificate__replaces_the_old_file_whole(book: str, builder, tmp_path: Path):
    builder(Proved(seconds={}))
    out = tmp_path / "c.json"
    out.write_text("old")
    result = run("solve", book, "--certificate", str(out))

    assert result.exit_code == 0
    assert from_json(out.read_text()) == EXACT
    assert sorted(os.listdir(tmp_path)) == ["book.json", "c.json"]


def test_solve__link_as_certificate__replaces_what_it_points_to(book: str, builder, tmp_path: Path):
    builder(Proved(seconds={}))
    (tmp_path / "link.json").symlink_to(tmp_path / "c.json")
    run("solve", book, "--certificate", str(tmp_path / "link.json"))

    assert (tmp_path / "link.json").is_symlink()
    assert from_json((tmp_path / "c.json").read_text()) == EXACT


def test_solve__writing_that_fails__leaves_the_old_file(book: str, builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    builder(Proved(seconds={}))
    out = tmp_path / "c.json"
    out.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("seqmarket.cli.files.os.fsync", full)
    result = run("solve", book, "--certificate", str(out), "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout)["certificate"] is None
    assert "c.json: the certificate couldn't be written: No space left on device" in result.stderr
    assert out.read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["book.json", "c.json"]


@pytest.mark.parametrize("place", ["none/c.json", ".", "book.json", "book.json/c.json", "/dev/null", ""])
def test_solve__unwritable_certificate__is_reported_before_solving(place: str, book: str, builder, tmp_path: Path):
    calls = builder(Proved(seconds={}))

    out = str(tmp_path / place) if place else ""
    assert_one_line_error(run("solve", book, "--certificate", out), "certificate")
    assert calls == []
    assert sorted(os.listdir(tmp_path)) == ["book.json"]


def test_solve__then_check__agree_on_a_file_of_the_suite(tmp_path: Path):
    pytest.importorskip("seqmarket.certificate.build")
    vectors = ROOT / "tests" / "vectors" / "cats"
    name = "paths-16-100-1000.txt"
    solved = run("solve", str(vectors / name), "--certificate", str(tmp_path / "c.json"), "--json")
    checked = run("check", str(vectors / name), str(tmp_path / "c.json"), "--json")

    assert solved.exit_code == checked.exit_code == 0
    best = json.loads((vectors / "best_known.json").read_text())[name]
    assert json.loads(solved.stdout)["value"] == json.loads(checked.stdout)["value"] == best
