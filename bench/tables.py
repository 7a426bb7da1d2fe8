"""From rows to tables of text: proved files, ratios of times, certificates, every file. Floats begin here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import geometric_mean, median

from bench.record import PROVED, WRONG, Results, Row
from bench.solvers import SOLVERS
from bench.suite import FAMILIES, SIZES, Auction

NONE = "–"
OURS, MAIN_PEER = "ours", "cpsat"


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are as wide as `headers`; the first column is text, the others are aligned to the right."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables_of(results: Results) -> tuple[Table, ...]:
    """All tables, in the order they are shown in."""
    by_file = by_files(results.rows)
    return families(by_file), peers(by_file), certificates(by_file), files(by_file)


def by_files(rows: Iterable[Row]) -> dict[str, dict[str, Row]]:
    """File -> solver -> row, by family and then by size."""
    found: dict[str, dict[str, Row]] = {}
    for row in sorted(rows, key=lambda r: (FAMILIES.index(r.family), SIZES.index(r.size), list(SOLVERS).index(r.solver))):
        found.setdefault(row.file, {})[row.solver] = row
    return found


def ratios(files: Iterable[dict[str, Row]], solver: str, peer: str, seconds: Callable[[Row], float] = attrgetter("seconds")) -> list[float]:
    """Time of `solver` over that of `peer` on each file that both prove."""
    both = [f for f in files if all(name in f and f[name].outcome == PROVED for name in (solver, peer))]
    return [seconds(f[solver]) / seconds(f[peer]) for f in both]


def families(by_file: dict[str, dict[str, Row]]) -> Table:
    """A row a distribution, and one for all."""
    present = _solvers(by_file)
    proved = (f"proved: {SOLVERS[name].label}" for name in present)
    headers = ("distribution", "files", *proved, "both prove", "ours / CP-SAT, median", "geometric mean")
    rows = []
    for name in (*FAMILIES, "all"):
        group = [f for file, f in by_file.items() if name in (file.split("-")[0], "all")]
        if group:
            counts = [str(sum(s in f and f[s].outcome == PROVED for f in group)) for s in present]
            rows.append((name, str(len(group)), *counts, *_spread(ratios(group, OURS, MAIN_PEER))))
    return Table("Proved within the limit, and time ours / CP-SAT over the files that both prove", headers, tuple(rows))


def peers(by_file: dict[str, dict[str, Row]]) -> Table:
    """A row a solver: what it came to, our time over its own, its memory."""
    counted = ("proved", "best value reached", "wrong")
    timed = ("both prove", "ours / it, median", "geometric mean", "of processor time", "seconds where all prove")
    headers = ("solver", *counted, *timed, "peak MiB, median", "largest")
    present = _solvers(by_file)
    everywhere = [f for f in by_file.values() if all(name in f and f[name].outcome == PROVED for name in present)]
    rows = []
    for name in present:
        own = [f[name] for f in by_file.values() if name in f]
        reached = sum(row.value == row.best and row.outcome != WRONG for row in own)
        peaks = [row.peak_kib / 1024 for row in own if row.peak_kib] or [0.0]
        spread = (NONE,) * 4
        if name != OURS:
            of_processor = ratios(by_file.values(), OURS, name, attrgetter("processor_seconds"))
            spread = *_spread(ratios(by_file.values(), OURS, name)), _spread(of_processor)[2]
        total = f"{sum(f[name].seconds for f in everywhere):.2f} ({len(everywhere)} files)"
        counts = (sum(row.outcome == PROVED for row in own), reached, sum(row.outcome == WRONG for row in own))
        rows.append((SOLVERS[name].label, *map(str, counts), *spread, total, f"{median(peaks):.0f}", f"{max(peaks):.0f}"))
    return Table("The solvers over all files", headers, tuple(rows))


def certificates(by_file: dict[str, dict[str, Row]]) -> Table:
    """A row a distribution: how large its certificates are, in what the chain reads and in nodes."""
    headers = ("distribution", "certificates", "naive check", "bytes, median", "largest", "nodes, median of each kind", "gas, median", "measured")
    rows = []
    for name in (*FAMILIES, "all"):
        proofs = [f[OURS].proof for file, f in by_file.items() if name in (file.split("-")[0], "all") and OURS in f and f[OURS].proof]
        if not proofs:
            continue
        sizes, gas = ([n for n in ns if n is not None] for ns in ([p.bytes for p in proofs], [p.gas for p in proofs]))
        accepted = sum(p.check == "accepted" for p in proofs)
        kinds = list(dict.fromkeys(kind for p in proofs for kind in p.nodes))
        nodes = ", ".join(f"{median(p.nodes.get(kind, 0) for p in proofs):,.0f} {kind}" for kind in kinds)
        size = (f"{median(sizes):,.0f}", f"{max(sizes):,}") if sizes else ("n/a", "n/a")
        rows.append((name, str(len(proofs)), str(accepted), *size, nodes, f"{median(gas):,.0f}" if gas else "n/a", str(len(gas))))
    return Table("Certificates", headers, tuple(rows))


def files(by_file: dict[str, dict[str, Row]]) -> Table:
    """A row a file: seconds where a solver proves, else what it came to, and the certificate."""
    present = _solvers(by_file)
    headers = ("file", "best value", *(f"{SOLVERS[name].label}, s" for name in present), "certificate bytes", "nodes", "gas")
    rows = []
    for file, row_of in by_file.items():
        cells = [_cell(row_of.get(name)) for name in present]
        best = max(row.best for row in row_of.values())
        proof = row_of[OURS].proof if OURS in row_of else None
        facts = (NONE,) * 3
        if proof is not None:
            nodes = ", ".join(f"{count:,} {kind}" for kind, count in proof.nodes.items())
            facts = (_number(proof.bytes), nodes, proof.gas_note or _number(proof.gas))
        rows.append((file.removesuffix(".txt"), f"{best:,}", *cells, *facts))
    return Table("Every file: seconds to prove, else how far below the best value known", headers, tuple(rows))


def faults(rows: Iterable[Row]) -> list[str]:
    """A line for each answer that is wrong and each solver that ended before its time."""
    said = ((row, f"{row.file}: {SOLVERS[row.solver].label} {row.outcome}: {row.note}") for row in rows)
    return [line for row, line in said if row.outcome in (WRONG, "killed", "died")]


def news(rows: Iterable[Row], auctions: Iterable[Auction]) -> list[str]:
    """A line for each file whose best value wasn't known, or wasn't known to be the optimum, before these rows."""
    known = {auction.file: auction for auction in auctions}
    found: dict[str, str] = {}
    for row in rows:
        listed = known[row.file]
        if row.outcome == PROVED and not listed.proved:
            found[row.file] = f"{row.file}: {SOLVERS[row.solver].label} proves {row.value:,}; the list has {listed.best_known:,}, unproved"
        elif row.best > listed.best_known:
            found.setdefault(row.file, f"{row.file}: a packing is worth {row.best:,}; the list has {listed.best_known:,}")
    return list(found.values())


def _solvers(by_file: dict[str, dict[str, Row]]) -> list[str]:
    return [name for name in SOLVERS if any(name in f for f in by_file.values())]


def _spread(found: Sequence[float]) -> tuple[str, str, str]:
    if not found:
        return "0", NONE, NONE
    return str(len(found)), f"{median(found):.2f}", f"{geometric_mean(found):.2f}"


def _number(value: int | None) -> str:
    return "n/a" if value is None else f"{value:,}"


def _cell(row: Row | None) -> str:
    if row is None:
        return NONE
    if row.outcome == PROVED:
        return f"{row.seconds:.2f}" if row.seconds >= 1 else f"{row.seconds:.4f}"
    if row.outcome == "unproved":
        return "best" if row.value == row.best else f"−{100 * (row.best - row.value) / row.best:.2f} %"
    return row.outcome
