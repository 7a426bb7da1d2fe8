"""What is kept of a run of the benchmark, as frozen records and as lines of JSON: one of the machine, then one a file and solver."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from statistics import median

PROVED, LATE, UNPROVED, NOTHING, WRONG, KILLED, DIED = "proved", "late", "unproved", "nothing", "wrong", "killed", "died"
OUTCOMES = (PROVED, LATE, UNPROVED, NOTHING, WRONG, KILLED, DIED)


class MalformedResults(ValueError):
    """A results file that breaks its form; the message names the line, the value and the rule."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a worker reports of one run: seconds by the wall and of the processor, the answer as given, memory before and at the peak."""

    seconds: float
    cpu: float
    claim: str
    value: int | None
    winners: tuple[int, ...]
    bound: int | None
    steps: dict[str, float]
    before_kib: int
    peak_kib: int


@dataclass(frozen=True, slots=True)
class Setting:
    """Where, when and how the run took place: `versions` by distribution, `sources` the fingerprint of our code, `limit` in seconds."""

    date: str
    machine: str
    system: str
    python: str
    versions: dict[str, str]
    sources: str
    limit: float


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate: `bytes` in the contract's encoding (None: `unencodable` says why), nodes by kind, the naive checker's word, gas."""

    bytes: int | None
    unencodable: str | None
    nodes: dict[str, int]
    check: str
    check_seconds: float | None
    gas: int | None
    gas_note: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One solver on one file. `runs` and `cpu` are seconds of each run, memory in KiB before and at the peak, values in ticks.

    `outcome` is one of OUTCOMES, `note` says why where it isn't "proved"; `best` is the best value that anybody has found.
    """

    file: str
    solver: str
    outcome: str
    note: str | None
    value: int | None
    best: int
    runs: tuple[float, ...]
    cpu: tuple[float, ...]
    before_kib: int
    peak_kib: int
    steps: dict[str, float]
    proof: Proof | None

    @property
    def family(self) -> str:
        """The distribution that the file was drawn from."""
        return self.file.split("-")[0]

    @property
    def size(self) -> str:
        """Goods and bids, "64-500"."""
        return "-".join(self.file.split("-")[1:3])

    @property
    def seconds(self) -> float:
        """The median of the runs by the wall."""
        return median(self.runs)

    @property
    def processor_seconds(self) -> float:
        """The median of the runs on the processor: what else the machine does adds less to it."""
        return median(self.cpu)


@dataclass(frozen=True, slots=True)
class Results:
    """A run, whole or in part."""

    setting: Setting
    rows: tuple[Row, ...]


def line_of(record: Setting | Row) -> str:
    """A record as a line of JSON; seconds to the microsecond."""
    return json.dumps(_rounded(dataclasses.asdict(record)), ensure_ascii=False) + "\n"


def read(text: str) -> Results:
    """The results of a file's text. Raises MalformedResults."""
    lines = text.splitlines()
    if not lines:
        raise MalformedResults("line 1: the file is empty, it begins with the setting")
    setting = _record(Setting, _parsed(lines[0], 1), 1)
    rows = []
    for number, line in enumerate(lines[1:], start=2):
        data = _parsed(line, number)
        if data.get("proof") is not None:
            data["proof"] = _record(Proof, data["proof"], number)
        row = _record(Row, data | {key: tuple(data[key]) for key in ("runs", "cpu") if key in data}, number)
        if row.outcome not in OUTCOMES:
            raise MalformedResults(f"line {number}: outcome {row.outcome!r} is none of {', '.join(OUTCOMES)}")
        if row.outcome == PROVED and not row.runs:
            raise MalformedResults(f"line {number}: {row.solver} proved {row.file} without a run")
        rows.append(row)
    return Results(setting, tuple(rows))


def _parsed(line: str, number: int) -> dict:
    try:
        data = json.loads(line)
    except json.JSONDecodeError as error:
        raise MalformedResults(f"line {number}: no JSON: {error}") from error
    if not isinstance(data, dict):
        raise MalformedResults(f"line {number}: {line[:40]!r} is no JSON object")
    return data


def _record(kind: type, data: dict, number: int) -> Setting | Row | Proof:
    expected = {field.name for field in dataclasses.fields(kind)}
    for key in sorted(expected ^ data.keys()):
        raise MalformedResults(f"line {number}: the key {key!r} is {'missing' if key in expected else 'unknown'} in a {kind.__name__}")
    return kind(**data)


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, tuple | list) else value
