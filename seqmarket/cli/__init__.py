"""The command line: parses and prints only. What there is stands in `table.py`; each noun has a file, imported when one of its commands runs.

Exit status of all commands: 0 done as asked; 1 refused, or less than was asked for (what is known is printed); 2 bad input; 3 a true
ε-certificate, which proves no optimum. A refusal and bad input are one line on standard error.
"""

from __future__ import annotations

import click

from seqmarket import __version__
from seqmarket.cli.lazy import LazyGroup


@click.group(cls=LazyGroup)
@click.version_option(__version__)
def main() -> None:
    """A combinatorial market with certificates of optimality."""
