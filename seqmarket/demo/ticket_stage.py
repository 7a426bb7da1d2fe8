"""The stage of the acts with tickets: what is bought, drawn and given back there, and the two contracts held to their money."""

from __future__ import annotations

from seqmarket.chain.sender import LocalKey
from seqmarket.chain.status import ether
from seqmarket.chain.ticket_reader import TicketReader, TicketRoundSnapshot
from seqmarket.chain.writer import Done
from seqmarket.demo.house import House
from seqmarket.sequencer import ticketing


class TicketStage(House):
    """A ticket market, its clock and its cast."""

    def reader(self) -> TicketReader:
        """A reader of the newest block."""
        return TicketReader(self.market)

    def snapshot(self, round_: int) -> TicketRoundSnapshot:
        """A round as of the newest block."""
        return self.reader().round(round_)

    def buy(self, round_: int, who: str, bundle: int, count: int) -> Done:
        """Buys tickets at what they cost now."""
        return ticketing.buy(self.writer, self.cast[who], round_, bundle, count)

    def mine_past(self, block: int) -> int:
        """Mines until a block has a hash that can be seen; returns how many it took."""
        missing = max(0, block + 1 - self.web3.eth.block_number)
        self.web3.provider.make_request("anvil_mine", [hex(missing), "0x0"])
        return missing

    def take_back(self, round_: int, by: LocalKey) -> dict[str, int]:
        """Gives back all that didn't win in a round; what each holder was credited, by address. Held to what the strips paid and to the events."""
        snapshot, before = self.snapshot(round_), self._free()
        done = ticketing.take_back(self.writer, by, snapshot)
        told: dict[str, int] = {}
        for event in (event["args"] for each in done for event in self.writer.events(each, "TicketsRefunded")):
            told[event["holder"]] = told.get(event["holder"], 0) + event["ticks"]
        after = self._free()
        credited = {a: after[a] - before[a] for a in after if after[a] != before[a]}
        self.claim("what the events tell of refunds is what the accounts got", found=credited, expected=told)
        return told

    def require_solvent(self, rounds: int) -> None:
        """Rule escrow_is_solvent, to the wei, for both contracts: what they hold is what accounts, lanes, and pools not yet decided hold together."""
        reader = self.reader()
        accounts = [reader.account(key.address) for key in self.cast.values()]
        lanes = sum(reader.lane(lane)[1] for lane in range(self.lanes))
        at_market = sum(its.free_ticks + its.locked_ticks for its in accounts) + lanes
        at_tickets = sum(self._free().values()) + sum(reader.round(round_).held_ticks for round_ in range(rounds))
        for contract, held, who in (("market", at_market, "market"), ("tickets", at_tickets, "contract of tickets")):
            wei = reader.balance_wei(self.market.deployment.addresses[contract])
            text = f"escrow_is_solvent: the {who} holds exactly the {ether(held, self.writer.tick_wei)} ether that it owes"
            self.claim(text, found=wei, expected=held * self.writer.tick_wei)

    def _free(self) -> dict[str, int]:
        """The free ticks of the cast at the tickets, by address."""
        reader = self.reader()
        return {key.address: reader.account(key.address, "tickets").free_ticks for key in self.cast.values()}
