"""Every answer is checked exactly: a packing is a packing, its value is recomputed, a claim that another's packing beats is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.answer import OPTIMAL
from bench.race import Raced
from bench.record import LATE, NOTHING, PROVED, UNPROVED, WRONG, Proof, Row, Run
from bench.suite import Auction
from seqmarket.model.instance import Instance

CERTIFYING = ("ours",)


class NotAPacking(ValueError):
    """The winners can't all win; the message names the offer and the rule."""


def worth(instance: Instance, winners: Sequence[int]) -> int:
    """Value in ticks of winners and the reserves of what they leave. Raises NotAPacking."""
    covered = 0
    for j in winners:
        if not 0 <= j < len(instance.offers):
            raise NotAPacking(f"offer {j} is outside 0 … {len(instance.offers) - 1}")
        if covered & instance.offer_items[j]:
            raise NotAPacking(f"offer {j} shares item {(covered & instance.offer_items[j]).bit_length() - 1} with another winner")
        covered |= instance.offer_items[j]
    unsold = sum(reserve for item, reserve in enumerate(instance.reserves) if not covered >> item & 1)
    return sum(instance.offers[j].value for j in winners) + unsold


def fault_of(instance: Instance, run: Run) -> str | None:
    """Why the answer can't be, whatever others found; None for a packing of the value it says, or for no answer at all."""
    if run.value is None:
        return "claims an optimum and gives no packing" if run.claim == OPTIMAL else None
    try:
        value = worth(instance, run.winners)
    except NotAPacking as broken:
        return str(broken)
    return None if value == run.value else f"says {run.value:,}, its winners are worth {value:,}"


def judge(
    auction: Auction, instance: Instance, raced: Mapping[str, Raced], proofs: Mapping[str, Proof], limit: float
) -> list[Row]:
    """A row a solver, in the order of `raced`."""
    faults = {name: next(filter(None, (fault_of(instance, run) for run in own.runs)), None) for name, own in raced.items()}
    sound = [run.value for name, own in raced.items() if faults[name] is None for run in own.runs if run.value is not None]
    best = max([auction.best_known, *sound])
    rows = []
    for name, own in raced.items():
        proof = proofs.get(name)
        fault = faults[name] or _contradiction(own.runs, best) or _unproved_claim(name, own, proof)
        outcome, note = (WRONG, fault) if fault else own.failure or _outcome(own.runs, limit)
        values = [run.value for run in own.runs if run.value is not None]
        rows.append(
            Row(
                file=auction.file,
                solver=name,
                outcome=outcome,
                note=note,
                value=min(values, default=None),
                best=best,
                runs=tuple(run.seconds for run in own.runs),
                cpu=tuple(run.cpu for run in own.runs),
                before_kib=own.runs[0].before_kib if own.runs else 0,
                peak_kib=own.runs[-1].peak_kib if own.runs else 0,
                steps=own.runs[-1].steps if own.runs else {},
                proof=proof,
            )
        )
    return rows


def _contradiction(runs: Sequence[Run], best: int) -> str | None:
    for run in runs:
        if run.claim == OPTIMAL and run.value < best:
            return f"claims that {run.value:,} is optimal, a packing is worth {best:,}"
        if run.bound is not None and run.bound < best:
            return f"claims the bound {run.bound:,}, a packing is worth {best:,}"
    return None


def _unproved_claim(name: str, raced: Raced, proof: Proof | None) -> str | None:
    if name not in CERTIFYING or raced.failure or not raced.runs or raced.runs[-1].claim != OPTIMAL:
        return None
    if proof is None:
        return "claims an optimum and gives no certificate"
    return f"the naive checker {proof.check}" if proof.check.startswith("refused") else None


def _outcome(runs: Sequence[Run], limit: float) -> tuple[str, str | None]:
    if all(run.claim == OPTIMAL for run in runs):
        slowest = max(run.seconds for run in runs)
        return (PROVED, None) if slowest <= limit else (LATE, f"proved after {slowest:.2f} s")
    if any(run.value is None for run in runs):
        return NOTHING, "found no packing within the limit"
    return UNPROVED, "no proof within the limit"
