"""Deploy a market, of bids or tickets by its parameters file: `ape run deploy --parameters FILE --addresses FILE --account ALIAS --network …`."""

from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ADDRESSES, ApeAccount, MarketCommand, creation_codes, node_of

DEFAULT = Path(__file__).resolve().parent / "parameters" / "devnet.json"


@click.command(cls=MarketCommand)
@account_option()
@click.option("--parameters", type=click.Path(path_type=Path), default=DEFAULT, show_default=True, help="The parameters file.")
@click.option("--addresses", type=click.Path(path_type=Path), default=ADDRESSES, show_default=True, help="The addresses file to write; must be new.")
def cli(provider, account, parameters: Path, addresses: Path) -> None:
    """Deploy a market and write its addresses file."""
    from seqmarket.chain.deployment import deploy_file, require_free, save

    require_free(addresses)
    deployment = deploy_file(node_of(provider), ApeAccount(account), creation_codes(), parameters.read_text("utf-8"))
    save(addresses, deployment)
    for name, address in deployment.addresses.items():
        click.echo(f"{name:12}{address}  code {deployment.code_hashes[name]}")
    genesis = deployment.parameters["schedule"]["genesis"]
    click.echo(f"Block {deployment.block} of chain {deployment.chain_id}; round 0 opens at {genesis}. Written: {addresses}")
