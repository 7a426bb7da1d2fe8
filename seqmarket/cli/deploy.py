"""`seqmarket deploy`: a market of a parameters file; also `ape run deploy`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqmarket import devnet
from seqmarket.chain.status import ether
from seqmarket.cli import show
from seqmarket.cli.market import ADDRESSES, MarketCommand, account_option
from seqmarket.cli.options import dry_run_option, json_option

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from web3 import Web3

    from seqmarket.chain.deploy_rehearsal import Created

GWEI = 10**9


@click.command(cls=MarketCommand)
@click.option(
    "--parameters", type=click.Path(path_type=Path), default=devnet.PARAMETERS["sealed-bids"], show_default="the devnet's",
    help="The parameters file, of a market of bids or of tickets.",
)  # fmt: skip
@click.option("--addresses", type=click.Path(path_type=Path), default=ADDRESSES, show_default=True, help="The addresses file to write; must be new.")
@account_option()
@dry_run_option
@json_option
def deploy(web3: Web3, account: AccountAPI, parameters: Path, addresses: Path, dry_run: bool, as_json: bool) -> None:
    """Deploy a market and write its addresses file.

    The terms are those of the parameters file for ever: read them again before you send.
    """
    from seqmarket.chain.deploy_rehearsal import rehearse
    from seqmarket.chain.deployment import blueprint_of, build, require_free, save
    from seqmarket.with_ape import ApeAccount, creation_codes

    require_free(addresses)
    blueprint = blueprint_of(parameters.read_text("utf-8"), web3.eth.get_block("latest")["timestamp"])
    sender = ApeAccount.of(account)
    report = {"chain_id": web3.eth.chain_id, "dry_run": dry_run, "genesis": blueprint.fields["schedule"]["genesis"], "addresses_file": str(addresses)}
    if dry_run:
        _tell_rehearsed(rehearse(web3, sender.address, creation_codes(devnet.ROOT), blueprint), report, as_json)
        return
    deployment = build(web3, sender, creation_codes(devnet.ROOT), blueprint)
    save(addresses, deployment)
    if as_json:
        show.as_json(report | {"block": deployment.block, "contracts": deployment.addresses, "code_hashes": deployment.code_hashes})
        return
    for name, address in deployment.addresses.items():
        click.echo(f"{name:12}{address}  code {deployment.code_hashes[name]}")
    click.echo(f"Block {deployment.block} of chain {deployment.chain_id}; round 0 opens at {report['genesis']}. Written: {addresses}")


def _tell_rehearsed(created: tuple[Created, ...], report: dict, as_json: bool) -> None:
    gas, fees = (sum(getattr(each, name) or 0 for each in created) for name in ("gas", "fee_wei"))
    if as_json:
        costs = [{"contract": each.name, "gas": each.gas, "fee_wei": each.fee_wei} for each in created if each.gas is not None]
        show.as_json(report | {"contracts": {each.name: each.address for each in created}, "transactions": costs, "gas": gas, "fee_wei": fees})
        return
    rows = [(each.contract, each.address, "" if each.gas is None else f"{each.gas:,}", "" if each.fee_wei is None else _price(each.fee_wei)) for each in created]
    show.table(("contract", "would stand at", "gas", "ether for gas"), rows)
    click.echo(f"Nothing was sent. {show.counted(len([each for each in created if each.gas]), 'transaction')}, {gas:,} gas, {_price(fees)} ether for it at today's price.")
    click.echo(f"Round 0 would open at {report['genesis']} on chain {report['chain_id']}; {report['addresses_file']} would be written")


def _price(wei: int) -> str:
    """A price of gas in ether, rounded up to a gwei."""
    return ether(-(-wei // GWEI), GWEI)
