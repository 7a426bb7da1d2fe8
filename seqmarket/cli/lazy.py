"""The groups of the command line, made from the table: a command's module is imported when the command is run or asked for its own help."""

from __future__ import annotations

from importlib import import_module

import click

from seqmarket.cli.table import COMMANDS, GROUPS


class LazyGroup(click.Group):
    """A group of the commands whose words in the table begin with `prefix`."""

    prefix = ""

    def list_commands(self, context: click.Context) -> list[str]:
        """The next words, in the table's order."""
        return list(dict.fromkeys(words.removeprefix(self.prefix).split()[0] for words in COMMANDS if words.startswith(self.prefix)))

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command or group of the next word; None where the table has none."""
        words = self.prefix + name
        if words in GROUPS:
            group = LazyGroup(name, help=GROUPS[words])
            group.prefix = words + " "
            return group
        if words not in COMMANDS:
            return None
        module, command = COMMANDS[words][0].split(":")
        return getattr(import_module(f"seqmarket.cli.{module}"), command)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The table's own lines, so that help imports nothing."""
        rows = [(name, GROUPS.get(self.prefix + name) or COMMANDS[self.prefix + name][1]) for name in self.list_commands(context)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
