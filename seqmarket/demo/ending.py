"""The end: everybody takes out what is theirs, and nothing is left; then the gas table."""

from __future__ import annotations

from statistics import median

from rich.table import Table

from seqmarket.chain.status import ether
from seqmarket.chain.transactions import GAS_CAP
from seqmarket.chain.writer import Collect, Deregister, Release, Withdraw
from seqmarket.demo.cast import OWNERS
from seqmarket.demo.house import House
from seqmarket.demo.stage import Stage

ROUNDS = 3


def everybody_out(stage: Stage) -> None:
    """Release, collect, deregister, withdraw: the escrow ends at exactly zero."""
    stage.act("Everybody out")
    sol, key_of = stage.cast["Sol"], {key.address: key for key in stage.cast.values()}
    releases = [(sol, Release(round_, bidder)) for round_ in range(ROUNDS) for bidder in stage.revealed(round_)]
    stage.send_all("bidders released, all by Sol", releases)
    reader = stage.reader()
    lanes = [lane for lane in range(stage.lanes) if reader.lane(lane)[1]]
    earned = sum(reader.lane(lane)[1] for lane in lanes)
    stage.send_all(f"lanes collected, {ether(earned, 10**9)} ether", [(sol, Collect(lane)) for lane in lanes])
    stage.send_all("rollups deregistered", [(stage.cast[name], Deregister(i)) for i, name in enumerate(OWNERS)])
    reader = stage.reader()
    free = {address: reader.account(address).free_ticks for address in key_of}
    stage.claim("nothing is locked any more", found=sum(reader.account(a).locked_ticks for a in key_of), expected=0)
    stage.send_all("accounts withdrawn", [(key_of[a], Withdraw(ticks, a)) for a, ticks in free.items() if ticks])
    stage.claim("exit_is_open: the market is empty to the tick", found=stage.reader().total_ticks(), expected=0)
    stage.claim("and holds no wei", found=stage.reader().balance_wei(stage.market.address), expected=0)


def show_gas(stage: House, what: str, gas: dict[str, list[int]]) -> None:
    """The gas of every kind of transaction, from its receipts."""
    table = Table("transaction", "how many", "least", "median", "most", title=f"{what}: gas, from the receipts (cap of a transaction {GAS_CAP:,})")
    for column in table.columns[1:]:
        column.justify = "right"
    for kind, used in sorted(gas.items()):
        table.add_row(kind, str(len(used)), f"{min(used):,}", f"{round(median(used)):,}", f"{max(used):,}")
    stage.console.print(table)
    stage.claim("every transaction stayed below the cap", found=max(map(max, gas.values())) < GAS_CAP, expected=True)
