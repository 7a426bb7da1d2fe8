"""The ABIs of the contracts as JSON, kept equal to what the compiler gives by `scripts/refresh_abi.py` and a test."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

CONTRACTS = ("SealedBidMarket", "SequencingRights", "CertificateChecker", "TicketMarket", "Tickets", "BlockHashRandomness", "DrandRandomness")


@cache
def load(contract: str) -> list[dict]:
    """The ABI of one of CONTRACTS.

    >>> any(entry.get("name") == "commit" for entry in load("SealedBidMarket"))
    True
    """
    return json.loads(files(__package__).joinpath(f"{contract}.json").read_text("utf-8"))


def dump(abi: list[dict]) -> str:
    """The text of an ABI file: an entry a line."""
    return "[\n" + ",\n".join(json.dumps(entry, sort_keys=True) for entry in abi) + "\n]\n"
