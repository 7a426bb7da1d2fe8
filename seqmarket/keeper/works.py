"""Solving beside the keeper: one search at a time, in a process of its own that is bounded in time and memory and ends with the keeper.

The process is started ahead of its work, as starting one takes longer than a small round. A search that outlives its limit, or that nobody needs any more, is
killed with its process; the next one gets a new process. What it found is in the archive before anybody is told.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from threading import Thread
from time import monotonic

from seqmarket.chain.block_reader import AssignedRound
from seqmarket.keeper.archive import Archive, Outcome
from seqmarket.keeper.snapshot import Solution, book_key
from seqmarket.sequencer.assigning import Solved
from seqmarket.service.log import Say, silent

SOLVER = "seqmarket.keeper.solver_process"
GRACE_SECONDS = 15
"""How much longer than its limit a search may take: packing its proof has no limit of its own."""


@dataclass(frozen=True, slots=True)
class Job:
    """A search that runs: whose round, of which book, since when (monotonic)."""

    its: AssignedRound
    book: bytes
    begun: float

    @property
    def place(self) -> tuple[int, str, int]:
        """Chain, market, round."""
        return self.its.chain_id, self.its.market, self.its.round


class Works:
    """The keeper's searches; `seconds` is the limit of one, `mib` what its process may hold in memory."""

    def __init__(self, archive: Archive, seconds: int, mib: int, say: Say = silent) -> None:
        self._archive, self._seconds, self._mib, self._say = archive, seconds, mib, say
        self._process: subprocess.Popen | None = None
        self._answer: list[bytes] = []
        self._listener: Thread | None = None
        self._unkept: tuple[Job, Solution, Outcome] | None = None
        self.job: Job | None = None
        self._spawn()

    @property
    def has_news(self) -> bool:
        """Whether `poll` would tell of a search that ended."""
        return self._unkept is not None or (self.job is not None and not self._listener.is_alive())

    def start(self, its: AssignedRound) -> bool:
        """Begins to solve a round; a search for an older book of the same round is ended. False where another round's search is running."""
        if self.job is not None:
            if self.job.place != (its.chain_id, its.market, its.round):
                return False
            self.stop()
        if self._process is None or self._process.poll() is not None:
            self._spawn()
        self.job = Job(its, book_key(its), monotonic())
        self._answer = []
        self._listener = Thread(target=_ask, args=(self._process, pickle.dumps((its, self._seconds, self._mib)), self._answer), daemon=True)
        self._listener.start()
        self._say("keeper.solving", market=its.market, round=its.round, book=self.job.book[:8])
        return True

    def poll(self) -> tuple[Job, Solution] | None:
        """A search that ended since, with its solution, once that is in the archive. Raises sqlite3.Error: the next call tries to keep it again.

        Where the process died, nothing better than the reserves was found.
        """
        if self._unkept is None:
            self._unkept = self._ended()
        if self._unkept is None:
            return None
        job, solution, outcome = self._unkept
        self._archive.keep(job.its, solution, outcome)
        self._unkept = None
        told = {"value": solution.value, "status": outcome.status, "reason": solution.reason, "seconds": round(monotonic() - job.begun, 3)}
        self._say("keeper.solved", market=job.its.market, round=job.its.round, **told)
        return job, solution

    def _ended(self) -> tuple[Job, Solution, Outcome] | None:
        if self.job is None:
            return None
        job, late = self.job, monotonic() - self.job.begun > self._seconds + GRACE_SECONDS
        if self._listener.is_alive() and not late:
            return None
        if self._answer:
            self.job = None
            return job, *pickle.loads(self._answer[0])
        self.stop()
        reason = f"the search was ended after {self._seconds + GRACE_SECONDS} s" if late else f"its process died (at most {self._mib} MiB are allowed)"
        return job, *_nothing(job, reason)

    def stop(self) -> None:
        """Ends the search and its process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdin.close()
            self._process.stdout.close()
        self._process, self.job = None, None

    def _spawn(self) -> None:
        command = [sys.executable, "-m", SOLVER]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ, start_new_session=True)


def solution_of(solved: Solved) -> tuple[Solution, Outcome]:
    """What a search came to, without the round."""
    found, shipment = solved.proved, solved.shipment
    exact = shipment is not None and found.certificate is not None
    solution = Solution(book_key(solved.snapshot), found.value, tuple(found.winners), exact, shipment, solved.reason)
    return solution, Outcome(found.bound, found.status, dict(found.seconds))


def _ask(process: subprocess.Popen, job: bytes, answer: list[bytes]) -> None:
    """Hands over a job and takes its answer, if there comes a whole one. In a thread, as a process that starts takes its time to read."""
    try:
        process.stdin.write(job)
        process.stdin.flush()
        size = int.from_bytes(process.stdout.read(8))
        body = process.stdout.read(size)
    except (OSError, ValueError):  # it died; ValueError: `stop` closed it
        return
    if size and len(body) == size:
        answer.append(body)


def _nothing(job: Job, reason: str) -> tuple[Solution, Outcome]:
    """No offer wins: what is known without a search. Its bound is the sum of all that is offered."""
    reserves, offers = sum(job.its.lineup.reserves), sum(offer.value for offer in job.its.instance.offers)
    return Solution(job.book, reserves, (), False, None, reason), Outcome(reserves + offers, "died", {})
