"""A ticket market with four rollups and three buyers for the keepers' tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from seqmarket.chain import anvil, deployment
from seqmarket.chain.ticket_reader import TicketReader, TicketRoundSnapshot
from seqmarket.sequencer import ticketing
from tests.chaos.chain import ACCOUNTS, ROOT, Chain, free_port
from tests.chaos.town import BLOCK_SECONDS, Town

TICKET_SCHEDULE = {"periodSeconds": 40, "commitSeconds": 40, "assignSeconds": 24, "drawSeconds": 24}
CONTRACTS = ("CertificateChecker", "TicketMarket", "BlockHashRandomness", "DrandRandomness")
BLOCK_HASHES = {"kind": "BlockHash", "blockSeconds": BLOCK_SECONDS}


class TicketTown(Town):
    """Its buyers buy at once: each purchase is a block."""

    def sell(self, round_: int, orders: Iterable[tuple[int, int, int]]) -> None:
        """Purchases as (account's place, bundle, tickets)."""
        self.tick()
        self.chain.automine(True)
        for place, bundle, count in orders:
            ticketing.buy(self.writer, self.chain.keys[place], round_, bundle, count)
        self.chain.automine(False)

    def round_of_tickets(self, round_: int) -> TicketRoundSnapshot:
        """A round as it stands."""
        return TicketReader(self.chain.market).round(round_)


@contextmanager
def running_ticket_chain(randomness: dict = BLOCK_HASHES, **schedule: object) -> Iterator[Chain]:
    """A node with a ticket market whose first round opens in an hour, by the devnet's parameters but for the randomness and the schedule given."""
    compiled = json.loads((ROOT / ".build" / "__local__.json").read_text())["contractTypes"]
    codes = {name: bytes.fromhex(compiled[name]["deploymentBytecode"]["bytecode"].removeprefix("0x")) for name in CONTRACTS}
    parameters = json.loads((ROOT / "scripts" / "parameters" / "devnet-tickets.json").read_text())
    parameters["schedule"] |= {"genesis": "+3600", **schedule}
    parameters["randomness"] = randomness
    with anvil.running(ROOT / "scripts" / "bin" / "anvil", free_port(), ACCOUNTS, reorgs=True) as web3:
        keys = anvil.keys(ACCOUNTS)
        yield Chain(web3, deployment.deploy_file(web3, keys[0], codes, json.dumps(parameters)), keys)


@contextmanager
def ticket_town(chain: Chain, folder: Path) -> Iterator[TicketTown]:
    """A town until the context ends; its keepers end with it."""
    its = TicketTown(chain, folder)
    try:
        yield its
    finally:
        for keeper in its.keepers:
            keeper.end()
