"""The naive checker in a process of its own: `python -m bench.naive` answers one order, {"text": …, "certificate": …}, with a verdict.

It starts from the two texts alone and never imports the solver.
"""

import json
import sys
from time import perf_counter

from seqmarket.certificate.check import Refused, check
from seqmarket.certificate.form import MalformedCertificate, from_json
from seqmarket.model.cats import parse_cats


def main() -> None:
    """Reads the order, prints {"value", "exact", "seconds"} or {"refused"}."""
    order = json.loads(sys.stdin.readline())
    begun = perf_counter()
    try:
        verdict = check(parse_cats(order["text"]), from_json(order["certificate"]))
        answer = {"value": verdict.value, "exact": verdict.exact, "seconds": perf_counter() - begun}
    except (Refused, MalformedCertificate) as refusal:
        answer = {"refused": str(refusal)}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
