"""Beacons of a drand network, fetched from its relays beside a keeper's steps.

A relay is an HTTP address below which `/public/ROUND` answers as drand's own nodes do, `{"round": …, "signature": …}`. What it says is held to its form here, and to
the group key by the contract. Where relays disagree, each answer has its turn, so one that lies can't keep a round from its seed.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import requests

from seqmarket.model import drand, strict_json
from seqmarket.service.log import Say, silent

TIMEOUT_SECONDS = 5
MOST_BYTES = 10_000
KEPT_ANSWERS = 256


class NoBeacon(ValueError):
    """A relay that hasn't published a beacon, or answers with something else."""


class Beacons:
    """What the relays of one network say."""

    def __init__(self, relays: tuple[str, ...], say: Say = silent) -> None:
        self._relays, self._say = relays, say
        self._threads = ThreadPoolExecutor(max(1, len(relays)), "beacons")
        self._asked: dict[tuple[int, str], Future[bytes]] = {}
        self._answers: dict[tuple[int, str], bytes] = {}

    def of(self, point: int, turn: int) -> bytes | None:
        """The beacon of a point, x ‖ y, as the contract takes it; None where it isn't here yet. Relays that gave none are asked again meanwhile.

        `turn`: any number that changes from call to call; where relays disagree it says whose answer this is.
        """
        for relay in self._relays:
            self._ask(point, relay)
        found = list(dict.fromkeys(self._answers[point, relay] for relay in self._relays if (point, relay) in self._answers))
        return found[turn % len(found)] if found else None

    def close(self) -> None:
        """Asks nobody any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, point: int, relay: str) -> None:
        if (point, relay) in self._answers:
            return
        asked = self._asked.get((point, relay))
        if asked is not None and not asked.done():
            return
        self._asked.pop((point, relay), None)
        why = None if asked is None else asked.exception()
        if asked is not None and why is None:
            self._answers = dict([*self._answers.items(), ((point, relay), asked.result())][-KEPT_ANSWERS:])
            return
        if why is not None:
            self._say("keeper.no_beacon", relay=relay, point=point, why=f"{type(why).__name__}: {why}")
        self._asked[point, relay] = self._threads.submit(fetch, relay, point)
        # what nobody asked about for longest; never by whether it is done, as nobody may have looked yet
        self._asked = dict([*self._asked.items()][-KEPT_ANSWERS:])


def fetch(relay: str, point: int) -> bytes:
    """A relay's beacon of a point; 96 bytes. Raises NoBeacon, requests.RequestException, and what `drand.decompress` raises."""
    with requests.get(f"{relay.rstrip('/')}/public/{point}", timeout=TIMEOUT_SECONDS, stream=True) as answer:
        if answer.status_code != requests.codes.ok:
            raise NoBeacon(f"status {answer.status_code}")
        body = answer.raw.read(MOST_BYTES, decode_content=True)
    return parse(body, point)


def parse(body: bytes, point: int) -> bytes:
    """The beacon that a relay's answer holds; 96 bytes. Raises NoBeacon, and what `drand.decompress` raises.

    >>> signature = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
    >>> len(parse(f'{{"round": 1000, "signature": "{signature}"}}'.encode(), 1000))
    96
    >>> parse(f'{{"round": 1001, "signature": "{signature}"}}'.encode(), 1000)
    Traceback (most recent call last):
    seqmarket.keeper.beacons.NoBeacon: round 1001 where 1000 was asked for
    """
    try:
        its = strict_json.read(body.decode("utf-8"))
        found, signature = its["round"], bytes.fromhex(its["signature"])
    except (strict_json.NotStrictJson, UnicodeDecodeError, KeyError, TypeError, ValueError) as broken:
        raise NoBeacon(f"no beacon, but {strict_json.brief(body.decode('utf-8', 'replace'))}") from broken
    if found != point:
        raise NoBeacon(f"round {found} where {point} was asked for")
    return drand.decompress(signature)
