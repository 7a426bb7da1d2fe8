"""The process that searches for a keeper: rounds come on standard input, solutions go to standard output, each a pickle; the answer's length before it.

Started by `works` alone. It is ended by the kernel when the keeper dies, however that dies, and never holds more memory than it was allowed.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys

from seqmarket.service.parent import end_with_parent
from seqmarket.keeper.works import solution_of
from seqmarket.sequencer.assigning import solve


def main() -> None:
    """Solves what comes until the input ends."""
    end_with_parent()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    while True:
        try:
            its, seconds, mib = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        resource.setrlimit(resource.RLIMIT_AS, (mib << 20, resource.getrlimit(resource.RLIMIT_AS)[1]))
        body = pickle.dumps(solution_of(solve(its, seconds)))
        answers.write(len(body).to_bytes(8) + body)
        answers.flush()


if __name__ == "__main__":
    main()
