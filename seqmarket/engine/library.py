"""The engine's library through ctypes: instances as flat arrays in, packings and certificates as flat numbers out.

`make setup` compiles the sources beside this file to LIBRARY. Nothing that the engine answers is trusted: callers recompute it.
The flat form of a certificate is described in `replay.h`.
"""

from __future__ import annotations

import ctypes
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from seqmarket.model.instance import Instance

VERSION = 4
FOLDER = Path(__file__).resolve().parent
LIBRARY = FOLDER / ("_engine.dylib" if sys.platform == "darwin" else "_engine.dll" if sys.platform == "win32" else "_engine.so")
MOST_TICKS = 2**62
"""Values, and sums of reserves, from here on don't fit the engine's arithmetic."""
MOST_WORDS = 2**28 - 1
"""What a proof may have, 2 GiB: its copy is made with a length that is a C int."""
NO_LIMIT_SECONDS = 1e9

_PROVED, _OPEN, _OUT_OF_RANGE, _NO_MEMORY = range(4)


class EngineUnavailable(RuntimeError):
    """The engine can't serve: it isn't built, it is another version, or the instance is outside its range; the message says which."""


class _Instance(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("rollups", "groups", "offers", "words")),
        *((name, ctypes.c_void_p) for name in ("bundle", "group_start", "group", "value", "reserve")),
        ("granularity", ctypes.c_int64),
    ]


class _Gas(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ("byte", "live", "priced", "candidate", "member", "word", "near", "row", "other_row", "row_once")]


class _Answer(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int) for name in ("status", "scale", "winners", "live")),
        *((name, ctypes.c_int64) for name in ("gain", "bound", "threshold", "size", "gas", "nodes", "programs", "candidates", "pivots")),
        ("winner", ctypes.POINTER(ctypes.c_int)),
        ("certificate", ctypes.c_void_p),
    ]


class _Claim(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_uint64) for name in ("value_low", "value_high", "threshold_low", "threshold_high")),
        ("scale", ctypes.c_int),
        ("winners", ctypes.c_int),
        ("winner", ctypes.c_void_p),
        ("size", ctypes.c_int64),
        ("certificate", ctypes.c_void_p),
    ]


class _Work(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int64) for name in ("price_nodes", "item_nodes", "offer_nodes", "live_after_root")]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine says: `winners` ascending; gains over the reserves of at most `bound` ticks; and work done.

    `certificate` is the flat proof, at `scale`, that no partition gains `threshold` or more; empty where there is none.
    `proved` says that the threshold is the next possible gain; `gas` is about what the certificate costs to check, its offers read.
    """

    winners: tuple[int, ...]
    bound: int
    proved: bool
    scale: int
    threshold: int
    certificate: array
    gas: int
    live: int
    nodes: int
    programs: int
    candidates: int
    pivots: int


@dataclass(frozen=True, slots=True)
class GasPrices:
    """What kinds of work of a check cost in gas: a byte, an indexed offer, an alive offer at a price node below the root, an alive
    offer that a node branches on, a member of a clique, a candidate's more for every further 256 offers of its board; at a root
    with rows, an offer within the budget before they count, and a row for it, as far as there is room for it in a word; any other row; and what each row costs once."""

    byte: int
    live: int
    priced: int
    candidate: int
    member: int
    word: int
    near: int
    row: int
    other_row: int
    row_once: int


@dataclass(frozen=True, slots=True)
class Work:
    """What checking a certificate took: nodes by kind, and the offers alive after the root's prices."""

    price_nodes: int
    item_nodes: int
    offer_nodes: int
    live_after_root: int


@cache
def loaded(path: Path) -> ctypes.CDLL:
    """The library at `path`. Raises EngineUnavailable where there is none, or one of another version."""
    try:
        library = ctypes.CDLL(str(path))
        version = library.engine_version()
    except (OSError, AttributeError) as broken:
        raise EngineUnavailable(f"{path} can't be loaded ({broken}): run 'make setup'") from broken
    if version != VERSION:
        raise EngineUnavailable(f"{path} is version {version}, not {VERSION}: run 'make setup'")
    library.engine_solve.restype = ctypes.POINTER(_Answer)
    library.engine_solve.argtypes = [ctypes.POINTER(_Instance), ctypes.POINTER(_Gas), ctypes.c_double, ctypes.c_double, ctypes.c_double]
    library.engine_free.argtypes = [ctypes.POINTER(_Answer)]
    library.engine_check.argtypes = [ctypes.POINTER(_Instance), ctypes.POINTER(_Claim), ctypes.POINTER(_Work)]
    return library


class FlatInstance:
    """An instance laid out for the engine, to be used for several calls. Raises EngineUnavailable where it doesn't fit."""

    def __init__(self, instance: Instance, granularity: int) -> None:
        offers = instance.offers
        most = max(sum(instance.reserves), *[o.value for o in offers], 0)
        if most >= MOST_TICKS:
            raise EngineUnavailable(f"{most} ticks are outside the engine's range")
        self._library = loaded(LIBRARY)
        words = (instance.rollups + 63) // 64
        self._kept = (
            b"".join([o.bundle.to_bytes(8 * words, "little") for o in offers]),
            array("i", [0, *accumulate(len(o.groups) for o in offers)]),
            array("i", [g for o in offers for g in o.groups]),
            array("q", [o.value for o in offers]),
            array("q", instance.reserves),
        )
        self._raw = _Instance(instance.rollups, instance.groups, len(offers), words, *map(_address, self._kept), granularity)

    def solve(self, seconds: float | None, gas: GasPrices, thrift: float, spare: float = 0.0) -> Answer:
        """The best packing within about `seconds` and its proof. Raises EngineUnavailable.

        A proof found in t seconds may take `thrift`·t more, or `spare` seconds where that is longer, to be built in other ways too; the one of
        the least gas is answered.
        """
        prices = _Gas(*(getattr(gas, name) for name, _ in _Gas._fields_))
        raw = self._library.engine_solve(self._raw, prices, NO_LIMIT_SECONDS if seconds is None else max(seconds, 0.0), thrift, spare)
        try:
            if not raw or raw.contents.status in (_OUT_OF_RANGE, _NO_MEMORY):
                raise EngineUnavailable("the values are outside the engine's range" if raw and raw.contents.status == _OUT_OF_RANGE else "no memory")
            a = raw.contents
            if a.size > MOST_WORDS:
                raise EngineUnavailable(f"a proof of {a.size} words, more than {MOST_WORDS}")
            certificate = array("q")
            if a.size:
                certificate.frombytes(ctypes.string_at(a.certificate, 8 * a.size))
            return Answer(
                tuple(sorted(a.winner[: a.winners])), a.bound, a.status == _PROVED, a.scale, a.threshold, certificate,
                a.gas, a.live, a.nodes, a.programs, a.candidates, a.pivots,
            )  # fmt: skip
        finally:
            self._library.engine_free(raw)

    def check(self, value: int, threshold: int, scale: int, winners: Sequence[int], certificate: array) -> Work | None:
        """The work of an accepted claim over values, None where it is refused. Raises EngineUnavailable without memory."""
        own = array("i", winners)
        halves = (value & 2**64 - 1, value >> 64, threshold & 2**64 - 1, threshold >> 64)
        work = _Work()
        claim = _Claim(*halves, scale, len(own), _address(own), len(certificate), _address(certificate))
        answer = self._library.engine_check(self._raw, claim, work)
        if answer < 0:
            raise EngineUnavailable("no memory")
        return Work(work.price_nodes, work.item_nodes, work.offer_nodes, work.live_after_root) if answer else None


def _address(data: bytes | array) -> int | None:
    if isinstance(data, bytes):
        return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value
    return data.buffer_info()[0]
