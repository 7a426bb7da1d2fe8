"""`seqmarket bid backup` and `bid restore`: the journal as one encrypted file. They need no node and no account."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from seqmarket.cli import show
from seqmarket.cli.errors import Refused, printable
from seqmarket.cli.options import json_option
from seqmarket.sequencer import backup as backups
from seqmarket.sequencer.backup import BackupError
from seqmarket.sequencer.journal import Journal, JournalError
from seqmarket.sequencer.opening import SealedBids

PASSPHRASE = "SEQMARKET_BACKUP_PASSPHRASE"
FILE = click.argument("file", type=click.Path(path_type=Path))
JOURNAL = Path("journal")
journal_option = click.option("--journal", type=click.Path(path_type=Path), default=JOURNAL, show_default=True, help="Where salts and bids are kept.")


@click.command()
@FILE
@journal_option
@json_option
def backup(file: Path, journal: Path, as_json: bool) -> None:
    """Write all that the journal holds to the new FILE, encrypted.

    With its passphrase, from SEQMARKET_BACKUP_PASSPHRASE or asked for, every commitment in it can be opened on any machine, without the account.
    """
    with _named():
        entries = backups.export(Journal(journal), file, _passphrase(new=True))
    if as_json:
        show.as_json({"file": str(file), "entries": [_brief(entry) for entry in entries]})
        return
    click.echo(f"{show.counted(len(entries), 'sealed list')} in {printable(str(file))}")


@click.command()
@FILE
@journal_option
@json_option
@click.pass_context
def restore(context: click.Context, file: Path, journal: Path, as_json: bool) -> None:
    """Add what the backup FILE holds to the journal, which keeps what it has.

    Exit status: 0; 1 refused, or where the journal holds other bids for a round than the backup (the rest is added).
    """
    with _named():
        merged = backups.restore(Journal(journal), file, _passphrase(new=False))
    if as_json:
        show.as_json({name: [_brief(entry) for entry in getattr(merged, name)] for name in ("added", "known", "other")})
    else:
        click.echo(f"{show.counted(len(merged.added), 'sealed list')} added to {Journal(journal).path}, {len(merged.known)} known already")
        for entry in merged.other:
            click.echo(f"Not added: round {entry.place.round} of {entry.place.bidder} is in the journal with other bids", err=True)
    context.exit(1 if merged.other else 0)


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except (BackupError, JournalError) as broken:
        raise Refused(str(broken)) from broken
    except OSError as broken:
        raise Refused(f"{type(broken).__name__}({broken.filename}): {broken.strerror}") from broken


def _passphrase(new: bool) -> str:
    return os.environ.get(PASSPHRASE) or click.prompt("Passphrase of the backup", hide_input=True, confirmation_prompt=new, err=True)


def _brief(entry: SealedBids) -> dict:
    its = entry.place
    return {"chain_id": its.chain_id, "market": its.market, "round": its.round, "bidder": its.bidder, "commitment": "0x" + entry.commitment.hex()}
