"""The order of the demo: rounds overlap, so one round's assign phase is the next one's commit phase."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from rich.console import Console
from rich.table import Table
from web3 import Web3

from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy, deploy_tickets
from seqmarket.chain.market import Market
from seqmarket.chain.records import Parameters
from seqmarket.chain.status import ether
from seqmarket.chain.ticket_records import Source
from seqmarket.demo import act_five, act_four, act_one, act_three, act_two, cast, ending, ticket_rounds
from seqmarket.demo.house import ETHER
from seqmarket.demo.stage import Stage
from seqmarket.demo.ticket_stage import TicketStage
from seqmarket.model.price_curve import Curve
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer.journal import Journal

DAY = 300
"""Seconds of each phase; a round opens every two of them."""
FUNDS_WEI = 10_000 * 10**18


def parameters(genesis: int) -> Parameters:
    """The demo's market."""
    return Parameters(
        schedule=Schedule(genesis, 2 * DAY, DAY, DAY, DAY),
        tick_wei=10**9,
        bond_ticks=ETHER // 10,
        forfeit_bps=500,
        fee_per_offer_ticks=ETHER // 1000,
        proposer_share_bps=3_000,
        registration_deposit_ticks=ETHER,
        max_offers_per_bidder=64,
        max_offers_per_round=1_024,
        proof_delay_seconds=30,
        epsilon_bps=0,
        epsilon_seconds=0,
    )


def run(console: Console, web3: Web3, codes: dict[str, bytes], cats: Path) -> None:
    """The whole demo on a local chain. Raises Disagreement at the first number that is wrong."""
    begun = perf_counter()
    people = cast.make()
    for key in people.values():
        web3.provider.make_request("anvil_setBalance", [key.address, hex(FUNDS_WEI)])
    now = web3.eth.get_block("latest")["timestamp"]
    deployment = deploy(web3, keys(1)[0], codes, parameters(now + DAY))
    with TemporaryDirectory(prefix="journal-") as folder:
        stage = Stage(console, Market.at(web3, deployment), people, Journal(Path(folder)))
        stage.say(f"Chain {deployment.chain_id}: checker {deployment.addresses['checker']}, market {deployment.addresses['market']}")
        _play(stage, cats)
    lotteries = (_play_block_hash(stage, codes), _play_drand(stage, codes))
    _summary(stage, lotteries, perf_counter() - begun)


def _play(stage: Stage, cats: Path) -> None:
    cast.register(stage, 0, 2, (0, 0))
    act_one.commit(stage)
    stage.say("  Meanwhile ten more rollups register:")
    cast.register(stage, 2, 10, tuple(r * cast.CENT for r in cast.RESERVES[2:]))
    cast.set_reserves(stage, {i: cast.RESERVES[i] * cast.CENT for i in range(2)})
    stage.claim("the open round still has its two rollups", found=stage.reader().lineup(0).active, expected=0b11)
    act_one.reveal(stage)
    act_one.assign(stage)

    act_two.commit(stage)
    act_two.reveal(stage)
    stage.say("  Meanwhile four more rollups register, and all drop their reserves:")
    cast.register(stage, 12, 4, (0,) * 4)
    cast.set_reserves(stage, {i: 0 for i in range(12)})
    act_two.assign(stage)

    act_three.commit(stage, cats)
    act_two.window(stage)
    act_three.reveal(stage)
    act_three.assign(stage)

    ending.everybody_out(stage)


def _play_block_hash(before: Stage, codes: dict[str, bytes]) -> TicketStage:
    stage = _ticket_stage(before, codes, act_four.CURVE, act_four.SOURCE)
    sale = act_four.sale(stage)
    later = act_four.assign(stage, sale)
    act_four.draw(stage, sale)
    act_four.void(stage, later)
    return stage


def _play_drand(before: Stage, codes: dict[str, bytes]) -> TicketStage:
    signer, network = act_five.network_at(before.web3, before.web3.eth.get_block("latest")["timestamp"])
    stage = _ticket_stage(before, codes, act_five.CURVE, network)
    act_five.quicknet(stage, codes)
    sale = act_five.sale(stage, network)
    act_five.assign(stage)
    act_five.draw(stage, sale, signer)
    return stage


def _ticket_stage(before: Stage, codes: dict[str, bytes], curve: Curve, source: Source) -> TicketStage:
    """A new ticket market with the same cast, on the same chain; its claims count with those before."""
    web3 = before.web3
    now = web3.eth.get_block("latest")["timestamp"]
    deployment = deploy_tickets(web3, keys(1)[0], codes, ticket_rounds.parameters(now + DAY, curve), source)
    return TicketStage(before.console, Market.at(web3, deployment), before.cast, before.tally)


def _summary(stage: Stage, lotteries: tuple[TicketStage, ...], seconds: float) -> None:
    stage.act("Summary")
    ending.show_gas(stage, "Sealed bids", stage.gas)
    of_tickets = {kind: [used for its in lotteries for used in its.gas.get(kind, ())] for its in lotteries for kind in its.gas}
    ending.show_gas(stage, "Tickets", of_tickets)
    table = Table("round", "rollups", "bidders", "offers", "value (ether)", "proved", "gas of the proof", title="Three rounds of sealed bids")
    reader = stage.reader()
    for round_ in range(ending.ROUNDS):
        snapshot = reader.round(round_)
        table.add_row(
            str(round_), str(snapshot.lineup.active.bit_count()), str(len(snapshot.chunks)), str(snapshot.offers),
            ether(snapshot.assignment.value_ticks, 10**9), "yes" if snapshot.assignment.proved else "no", f"{stage.gas['prove'][round_]:,}",
        )  # fmt: skip
    stage.console.print(table)
    stage.say(f"All {stage.tally.claims} claims hold. {seconds:.0f} s.")
