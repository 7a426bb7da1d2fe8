"""`seqmarket keeper`: keep markets alive, see what a keeper has done, check its configuration."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqmarket.cli.errors import BadInput, Refused, printable
from seqmarket.cli.options import json_option

if TYPE_CHECKING:
    from seqmarket.keeper.config import KeeperConfig

SHOWN_ROUNDS = 20
config_option = click.option("--config", "path", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The keeper's configuration (TOML).")


@click.command()
@config_option
@click.pass_context
def run(context: click.Context, path: Path) -> None:
    """Keep the markets of a configuration alive until SIGTERM.

    Exit status: 0 ended as asked; 1 it can't run (key, files, configuration); 2 bad input.
    """
    from seqmarket.keeper.supervise import KEEPER

    config = _read(path)
    _require_key(config)
    context.exit(_supervised(config, path, KEEPER))


@click.command()
@config_option
@click.pass_context
def trigger(context: click.Context, path: Path) -> None:
    """Hand each new block to a keeper's worker elsewhere, until SIGTERM.

    Needs no key: the worker, `silverback worker seqmarket.keeper.bot:bot`, has it. Both find each other by the broker and the result backend that
    SILVERBACK_BROKER_CLASS, SILVERBACK_RESULT_BACKEND_CLASS and their _KWARGS name. Exit status: 0 ended as asked; 1 it can't run; 2 bad input.
    """
    from seqmarket.keeper.supervise import TRIGGER

    context.exit(_supervised(_read(path), path, TRIGGER))


@click.command("check-config")
@config_option
@json_option
def check_config(path: Path, as_json: bool) -> None:
    """Check a configuration, its key and its addresses files, and ask its nodes.

    Exit status: 0 all is well; 1 key, file or node is not; 2 bad input.
    """
    from seqmarket.chain.deployment import MalformedAddresses
    from seqmarket.chain.deployment import read as read_deployment
    from seqmarket.chain.errors import ChainError
    from seqmarket.chain.market import Market
    from seqmarket.chain.node import connect

    config = _read(path)
    account = _require_key(config)
    try:
        deployments = {str(each): read_deployment(each) for each in config.markets}
        for node in config.nodes:
            for deployment in deployments.values():
                Market.at(connect(node), deployment)
    except (ChainError, MalformedAddresses, OSError) as broken:
        raise Refused(str(broken)) from broken
    duties = sorted(config.patience.kinds)
    found = {"account": account, "markets": {name: its.addresses["market"] for name, its in deployments.items()}, "nodes": list(config.nodes), "duties": duties}
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(f"Account {account}; duties: {', '.join(duties)}")
    for name, address in found["markets"].items():
        click.echo(f"Market {address} ({printable(name)}) stands on every node")


@click.command()
@config_option
@json_option
def status(path: Path, as_json: bool) -> None:
    """Show what a keeper's archive says of the newest rounds, and its health where it has a page.

    Exit status: 0; 1 there is no archive yet; 2 bad input.
    """
    config = _read(path)
    rounds = _rounds(config)
    health = None if config.listen is None else _health(config.listen)
    if as_json:
        click.echo(json.dumps({"health": health, "rounds": rounds}))
        return
    if health is not None:
        click.echo("Health: " + ("well" if health.get("ok") else f"not well: {json.dumps(health)}"))
    for its in rounds:
        click.echo(f"Round {its['round']} of {its['market']}: {', '.join(its['moments'])}; {its['sent']} transactions, {its['gas']} gas")


def _supervised(config: KeeperConfig, path: Path, part: str) -> int:
    from seqmarket.keeper.supervise import start_of, supervise
    from seqmarket.service.drain import Drain
    from seqmarket.service.log import Log

    with Drain() as drain:
        return supervise(config.nodes, start_of(path, part), drain, Log(sys.stdout))


def _read(path: Path) -> KeeperConfig:
    from seqmarket.keeper.config import MalformedConfig, read

    try:
        return read(path)
    except MalformedConfig as broken:
        raise BadInput(str(broken)) from broken
    except OSError as broken:
        raise BadInput(f"{printable(str(path))}: {broken.strerror}") from broken


def _require_key(config: KeeperConfig) -> str:
    from seqmarket.keeper.senders import NoKey, key_of

    try:
        return key_of(config.account).address
    except NoKey as broken:
        raise Refused(str(broken)) from broken


def _rounds(config: KeeperConfig) -> list[dict]:
    from seqmarket.keeper.archive import Archive

    file = config.folder / "archive.sqlite"
    if not file.exists():
        raise Refused(f"NoArchive({printable(str(file))}): this keeper hasn't run yet")
    archive = Archive(file, config.limits.archive_rounds)
    try:
        found = []
        for place in archive.rounds(SHOWN_ROUNDS):
            sent, solution = archive.sent(*place), archive.solution(*place)
            found.append({
                "chain_id": place[0], "market": place[1], "round": place[2], "value": solution.value if solution else None,
                "moments": {name: at for name, (at, _) in archive.moments(*place).items()},
                "sent": len(sent), "gas": sum(its.gas_used or 0 for its in sent), "fee_wei": sum(its.fee_wei or 0 for its in sent),
            })  # fmt: skip
        return found
    finally:
        archive.close()


def _health(port: int) -> dict:
    """What the page says; a page that doesn't answer says so."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as unwell:
        return json.load(unwell)
    except (OSError, ValueError) as broken:
        return {"ok": False, "why": f"{type(broken).__name__}: the page doesn't answer"}
