"""Deploy checker and market: `ape run deploy --parameters FILE --addresses FILE --account ALIAS --network …`."""

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
    from seqmarket.chain import parameters_file
    from seqmarket.chain.deployment import deploy, require_free, save

    require_free(addresses)
    web3 = node_of(provider)
    now = web3.eth.get_block("latest")["timestamp"]
    chosen = parameters_file.parse(parameters.read_text("utf-8"), now)
    deployment = deploy(web3, ApeAccount(account), creation_codes(), chosen)
    save(addresses, deployment)
    for name, address in deployment.addresses.items():
        click.echo(f"{name:8}{address}  code {deployment.code_hashes[name]}")
    click.echo(f"Block {deployment.block} of chain {deployment.chain_id}; round 0 opens at {chosen.schedule.genesis}. Written: {addresses}")
