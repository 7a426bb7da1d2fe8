"""What every act of the demo shares, whatever it sells: market, clock, cast, gas book, and claims that stop the demo where they don't hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from web3 import Web3

from seqmarket.chain.block_reader import AssignedRound, BlockReader
from seqmarket.chain.errors import Reverted
from seqmarket.chain.market import Market
from seqmarket.chain.sender import LocalKey
from seqmarket.chain.writer import Action, Done, Writer
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import assigning
from seqmarket.sequencer.assigning import Solved

ETHER = 10**9
"""Ticks in an ether: the demo's tick is a gwei."""


class Disagreement(AssertionError):
    """A number of the demo isn't what it should be."""


@dataclass(slots=True)
class Tally:
    """How many claims held so far, in all acts."""

    claims: int = 0


class House:
    """A market, its clock and its cast. Names are by address; `gas` holds what every kind of transaction used."""

    def __init__(self, console: Console, market: Market, cast: dict[str, LocalKey], tally: Tally) -> None:
        self.console = console
        self.market = market
        self.cast = cast
        self.names = {key.address: name for name, key in cast.items()}
        self.gas: dict[str, list[int]] = {}
        self.tally = tally
        self.lanes = 0
        self.writer = Writer(market, self._noted)

    @property
    def web3(self) -> Web3:
        return self.market.web3

    def say(self, text: str = "") -> None:
        """One line of the story."""
        self.console.print(text, highlight=False)

    def act(self, title: str) -> None:
        """The title of an act."""
        self.console.rule(f"[bold]{title}")

    def claim(self, text: str, *, found: object, expected: object) -> None:
        """Prints a claim that holds. Raises Disagreement with both sides where it doesn't."""
        if found != expected:
            raise Disagreement(f"{text}: found {found}, expected {expected}")
        self.tally.claims += 1
        self.say(f"  [green]✓[/] {text}")

    def refused(self, text: str, error: type[Reverted], call: Callable[[], object], **named: object) -> Reverted:
        """Prints a call that the contract refuses by this error with these arguments. Raises Disagreement where it doesn't."""
        try:
            call()
        except error as refusal:
            wrong = {key: refusal.named.get(key) for key, value in named.items() if refusal.named.get(key) != value}
            if wrong:
                raise Disagreement(f"{text}: refused with {wrong}, expected {named}") from refusal
            self.tally.claims += 1
            self.say(f"  [green]✓[/] {text}: [yellow]{refusal}[/]")
            return refusal
        raise Disagreement(f"{text}: not refused, expected {error.__name__}")

    def name(self, address: str) -> str:
        """The name of an address in the cast."""
        return self.names.get(address, address)

    # ----------------------------------------------------------------- clock

    def pass_time(self, seconds: float) -> None:
        """Moves the chain's clock on."""
        self._set_time(self.web3.eth.get_block("latest")["timestamp"] + max(1, round(seconds)))

    def to_phase(self, round_: int, phase: Phase) -> None:
        """Moves the chain's clock to where a round's phase begins."""
        schedule = self.reader().parameters.schedule
        starts = {
            Phase.COMMIT: schedule.commit_start, Phase.REVEAL: schedule.reveal_start, Phase.ASSIGN: schedule.assign_start,
            Phase.DRAW: schedule.assign_end, Phase.WINDOW: schedule.window_start,
        }  # fmt: skip
        start = starts[phase](round_)
        if self.web3.eth.get_block("latest")["timestamp"] < start:
            self._set_time(start)
        self.say(f"[bold cyan]Round {round_}, {phase.name.lower()}[/]")
        self.claim(f"the clock alone has opened the {phase.name.lower()} phase", found=self.phase_of(round_), expected=phase)

    def phase_of(self, round_: int) -> Phase:
        """The phase that the market itself names."""
        reader = self.reader()
        return Phase(reader.call("phaseOf", round_, reader.timestamp))

    # --------------------------------------------------------------- actions

    def reader(self) -> BlockReader:
        """A reader of the newest block."""
        return BlockReader(self.market)

    def snapshot(self, round_: int) -> AssignedRound:
        """A round as of the newest block."""
        return self.reader().round(round_)

    def send(self, sender: LocalKey, action: Action) -> Done:
        """One transaction."""
        return self.writer.send(sender, action)

    def send_all(self, title: str, actions: Iterable[tuple[LocalKey, Action]]) -> list[Done]:
        """Several transactions, with a progress display."""
        actions = list(actions)
        return self.each(title, actions, lambda pair: self.writer.send(*pair))

    def each(self, title: str, items: Iterable, work: Callable) -> list:
        """`work` on every item, with a progress display."""
        items = list(items)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as progress:
            task = progress.add_task(title, total=len(items))
            results = []
            for item in items:
                results.append(work(item))
                progress.advance(task)
        self.say(f"  {title}: {len(items)}")
        return results

    def assign(self, round_: int, solver: LocalKey) -> tuple[Solved, Done]:
        """Solves a round and proves it on chain."""
        with self.console.status("solving and building the certificate …"):
            solved = assigning.solve(self.snapshot(round_))
        took = ", ".join(f"{step} {seconds:.2f} s" for step, seconds in solved.proved.seconds.items())
        its = solved.snapshot
        self.say(f"  {len(its.instance.offers)} offers on {its.lineup.size} rollups: {solved.proved.status}, {solved.proved.value} ticks ({took})")
        if solved.shipment is None:
            raise Disagreement(f"round {round_} has no certificate: {solved.reason}")
        self.say(f"  book {len(its.packed_book)} bytes, shown as {len(its.shown)}, certificate {len(solved.shipment.certificate)} bytes")
        done = assigning.assign(self.writer, solver, solved, pause=self.pass_time, say=lambda text: self.say(f"  {text}"))
        self.claim("the chain accepted the certificate: nothing is worth one tick more", found=done.action.function, expected="prove")
        return solved, done

    def _noted(self, done: Done) -> None:
        self.gas.setdefault(done.action.function, []).append(done.gas)

    def _set_time(self, timestamp: int) -> None:
        self.web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])
        self.web3.provider.make_request("evm_mine", [])
