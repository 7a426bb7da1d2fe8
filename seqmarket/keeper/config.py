"""A keeper's configuration: a TOML file, every value checked and named where it is bad.

    markets = ["devnet/addresses.json"]         # addresses files
    nodes = ["http://127.0.0.1:8545"]           # the first that answers is read from
    folder = "keeper"                           # outbox and archive
    beacons = ["https://api.drand.sh/CHAIN"]    # relays of the drand network that the ticket markets draw by, CHAIN being its hash (left out: none)
    openings = "openings"                       # commitments that bidders handed over (left out: none)
    duties = ["solve", "prove", "settle"]       # left out: all
    log = "-"                                   # a file, or standard output
    listen = 9464                               # the port of /healthz and /metrics (left out: none)

    [account]                                   # one of the three
    key_variable = "KEEPER_KEY"                 # an environment variable that holds a private key
    keyfile = "keeper.json"                     # a keystore file, with passphrase_variable
    test = 7                                    # an account of the devnet

    [fees]
    cap_gwei = 200                              # the most a gas may cost
    cap_ether = "1"                             # the most a transaction may cost

    [limits]
    solve_seconds = 30
    solve_mib = 2048
    in_flight = 8                               # transactions that wait at a time
    look_back_rounds = 16                       # rounds that ended, and may still have something to release
    archive_rounds = 10000

    [patience]                                  # see Patience
    turn_seconds = 4
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, fields
from decimal import Decimal, InvalidOperation
from pathlib import Path

from seqmarket.keeper.duty import CHOICES, Kind
from seqmarket.model import strict_json

GWEI = 10**9


class MalformedConfig(ValueError):
    """A configuration that breaks its form; the message names the file, the path, the value and the rule."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What `decide` takes from the configuration; seconds of the chain's time.

    turn_seconds, most_turns: how long to give way to whoever comes first, see `turns`
    margin_seconds: so long before its end a phase is little time to give way
    reveal_grace_seconds: how long a bidder who handed its opening over may still reveal itself; where it is 0 delegates take turns, see `turns`
    proof_wait_seconds: a partition isn't proposed where its proof can be shown so soon
    capture_after_blocks: how old a draw point may get before its seed is stored without a draw
    """

    kinds: frozenset[Kind] = frozenset(Kind)
    turn_seconds: int = 4
    most_turns: int = 3
    margin_seconds: int = 24
    reveal_grace_seconds: int = 0
    proof_wait_seconds: int = 12
    capture_after_blocks: int = 64


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """Where the keeper's key is; exactly one of the three, `passphrase_variable` with a keyfile."""

    key_variable: str | None = None
    keyfile: Path | None = None
    passphrase_variable: str | None = None
    test: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of what the keeper uses; see the module."""

    solve_seconds: int = 30
    solve_mib: int = 2048
    in_flight: int = 8
    look_back_rounds: int = 16
    archive_rounds: int = 10_000


@dataclass(frozen=True, slots=True)
class KeeperConfig:
    """All of it; paths are as in the file, relative to its folder."""

    markets: tuple[Path, ...]
    nodes: tuple[str, ...]
    folder: Path
    account: AccountConfig
    beacons: tuple[str, ...] = ()
    openings: Path | None = None
    log: Path | None = None
    listen: int | None = None
    cap_wei_per_gas: int = 200 * GWEI
    cap_wei: int = 10**18
    limits: Limits = field(default_factory=Limits)
    patience: Patience = field(default_factory=Patience)


def read(path: Path) -> KeeperConfig:
    """The configuration of a file. Raises MalformedConfig, OSError."""
    try:
        return parse(path.read_text("utf-8"), path.parent)
    except UnicodeDecodeError as broken:
        raise MalformedConfig(f"MalformedConfig({path}): byte {broken.start} is no UTF-8 text") from broken
    except MalformedConfig as broken:
        raise MalformedConfig(f"MalformedConfig({path}): {broken}") from broken


def parse(text: str, beside: Path = Path()) -> KeeperConfig:
    """The configuration of a file's content; its paths are seen from `beside`. Raises MalformedConfig.

    >>> its = parse('markets = ["a.json"]\\nnodes = ["http://127.0.0.1:8545"]\\nfolder = "keeper"\\n[account]\\ntest = 7')
    >>> its.account.test, its.limits.solve_seconds, its.patience.turn_seconds
    (7, 30, 4)
    >>> parse('markets = []\\nnodes = ["http://127.0.0.1:8545"]\\nfolder = "keeper"\\n[account]\\ntest = 7')
    Traceback (most recent call last):
    seqmarket.keeper.config.MalformedConfig: markets: 0 entries, at least 1 is needed
    """
    try:
        return _config(tomllib.loads(text), beside)
    except (tomllib.TOMLDecodeError, strict_json.NotStrictJson) as broken:
        raise MalformedConfig(str(broken)) from broken


def _config(raw: dict, beside: Path) -> KeeperConfig:
    optional = ("beacons", "openings", "duties", "log", "listen", "fees", "limits", "patience")
    top = strict_json.fields(raw, None, ("markets", "nodes", "folder", "account"), optional)
    fees = strict_json.fields(top.get("fees", {}), (None, "fees"), (), ("cap_gwei", "cap_ether"))
    openings, log = (beside / _text(top[name], (None, name)) if name in top else None for name in ("openings", "log"))
    return KeeperConfig(
        markets=tuple(beside / each for each in _texts(top["markets"], (None, "markets"))),
        nodes=tuple(_url(each, ((None, "nodes"), i)) for i, each in enumerate(_texts(top["nodes"], (None, "nodes")))),
        folder=beside / _text(top["folder"], (None, "folder")),
        account=_account(top["account"], beside),
        beacons=tuple(_url(each, ((None, "beacons"), i)) for i, each in enumerate(_texts(top["beacons"], (None, "beacons")))) if "beacons" in top else (),
        openings=openings,
        log=None if top.get("log") == "-" else log,
        listen=_number(top["listen"], (None, "listen"), 1, 65535) if "listen" in top else None,
        cap_wei_per_gas=_number(fees.get("cap_gwei", 200), ((None, "fees"), "cap_gwei"), 1, 10**9) * GWEI,
        cap_wei=_ether(fees.get("cap_ether", "1"), ((None, "fees"), "cap_ether")),
        limits=Limits(**_numbers(top.get("limits", {}), "limits", Limits, least=1)),
        patience=Patience(_kinds(top.get("duties")), **_numbers(top.get("patience", {}), "patience", Patience, least=0)),
    )


def _account(raw: object, beside: Path) -> AccountConfig:
    path = (None, "account")
    its = strict_json.fields(raw, path, (), ("key_variable", "keyfile", "passphrase_variable", "test"))
    if sum(name in its for name in ("key_variable", "keyfile", "test")) != 1:
        raise strict_json.fail(path, "exactly one of key_variable, keyfile and test belongs there")
    if ("keyfile" in its) != ("passphrase_variable" in its):
        raise strict_json.fail(path, "a keyfile and its passphrase_variable belong together")
    if "test" in its:
        return AccountConfig(test=_number(its["test"], (path, "test"), 0, 999))
    if "keyfile" in its:
        return AccountConfig(keyfile=beside / _text(its["keyfile"], (path, "keyfile")), passphrase_variable=_text(its["passphrase_variable"], path))
    return AccountConfig(key_variable=_text(its["key_variable"], (path, "key_variable")))


def _kinds(raw: object) -> frozenset[Kind]:
    if raw is None:
        return frozenset(Kind)
    path = (None, "duties")
    for at, name in enumerate(_texts(raw, path)):
        if name not in CHOICES:
            raise strict_json.fail((path, at), f"{strict_json.brief(name)} where one of {', '.join(CHOICES)} belongs")
    kinds = frozenset(map(Kind, raw))
    return kinds | {Kind.CLAIM, Kind.REFUTE, Kind.READ} if Kind.PROVE in kinds else kinds


def _numbers(raw: object, section: str, of: type, least: int) -> dict[str, int]:
    names = tuple(each.name for each in fields(of) if each.name != "kinds")
    its = strict_json.fields(raw, (None, section), (), names)
    return {name: _number(value, ((None, section), name), least, 10**9) for name, value in its.items()}


def _number(raw: object, path: strict_json.Path, least: int, most: int) -> int:
    number = strict_json.integer(raw, path, least=least)
    if number > most:
        raise strict_json.fail(path, f"{number} is above {most}")
    return number


def _ether(raw: object, path: strict_json.Path) -> int:
    try:
        wei = Decimal(_text(raw, path)) * 10**18
    except InvalidOperation:
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where ether such as \"0.5\" belongs") from None
    if not wei.is_finite() or wei <= 0 or wei != int(wei):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} is no positive amount of whole wei")
    return int(wei)


def _texts(raw: object, path: strict_json.Path) -> tuple[str, ...]:
    found = tuple(_text(each, (path, at)) for at, each in enumerate(strict_json.listing(raw, path)))
    if not found:
        raise strict_json.fail(path, "0 entries, at least 1 is needed")
    return found


def _text(raw: object, path: strict_json.Path) -> str:
    if not isinstance(raw, str) or not raw:
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where a text belongs")
    return raw


def _url(raw: str, path: strict_json.Path) -> str:
    if not raw.startswith(("http://", "https://")):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where an address such as http://127.0.0.1:8545 belongs")
    return raw
