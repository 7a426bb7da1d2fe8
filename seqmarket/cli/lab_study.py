"""What the sweeping studies of `seqmarket lab` have in common: options, a progress bar, and their findings printed."""

from __future__ import annotations

import tempfile
import time
from importlib import import_module
from pathlib import Path

import click

from seqmarket.cli import show
from seqmarket.cli.errors import BadInput, Refused, printable
from seqmarket.cli.options import json_option, whole
from seqmarket.lab.findings import Study
from seqmarket.lab.sweeps.folder import Folder, FolderInUse, ForeignResults
from seqmarket.lab.sweeps.run import NoScheduler, run

MOST_SEEDS = 1_000


def study_command(package: str, help_text: str, seeds: int) -> click.Command:
    """The command of the study in `seqmarket/lab/PACKAGE/report.py`, run for so many seeds unless told otherwise."""

    @click.command(package, help=help_text + "\n\nExit status: 0; 1 a cluster or a folder that can't be used now; 2 bad input.")
    @json_option
    @click.option("--out", metavar="FOLDER", help="Keep results and plots there; a run that was interrupted goes on from it.")
    @click.option("--seeds", metavar="N", default=str(seeds), show_default=True, help="How often each cell is run, each with its own chance.")
    @click.option("--scheduler", metavar="ADDRESS", help="Compute on the Dask cluster at ADDRESS rather than on this machine's cores.")
    def command(as_json: bool, out: str | None, seeds: str, scheduler: str | None) -> None:
        count = whole("--seeds", seeds)
        if not 2 <= count <= MOST_SEEDS:
            raise BadInput(f"--seeds {count}: intervals need 2 seeds, and at most {MOST_SEEDS} are run")
        _run(import_module(f"seqmarket.lab.{package}.report").STUDY, count, out, scheduler, as_json)

    return command


def _run(study: Study, seeds: int, out: str | None, scheduler: str | None, as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as passing:
        try:
            folder = Folder(Path(passing) / "results" if out is None else Path(out), study.sweep(seeds))
        except (ForeignResults, OSError) as broken:
            raise BadInput(f"--out: {printable(str(broken))}") from broken
        begun = time.monotonic()
        try:
            _computed(folder, scheduler)
        except (FolderInUse, NoScheduler) as busy:
            raise Refused(str(busy)) from busy
        seconds = time.monotonic() - begun
        findings = study.findings(folder.rows())
        plots = () if out is None else findings.draw(folder.path)
    if as_json:
        sections = {section.name: section.objects() for section in findings.sections}
        head = {"study": study.name, "version": folder.sweep.version, "seeds": seeds, "cells": len(folder.sweep.cells), "seconds": round(seconds, 1)}
        show.as_json(head | {"sections": sections, "plots": [str(path) for path in plots]})
        return
    for section in findings.sections:
        click.echo(f"### {section.name[0].upper()}{section.name[1:]}\n\n{section.markdown()}\n")


def _computed(folder: Folder, scheduler: str | None) -> None:
    """Runs the sweep beside a progress bar on standard error, which only a terminal shows."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(folder.sweep.study), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(folder.sweep.study, total=folder.sweep.batches)
        run(folder, scheduler=scheduler, tell=lambda done, batches: progress.update(task, completed=done, total=batches))
