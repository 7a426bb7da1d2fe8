"""Act one: the last-look example of the seeds, A=10, B=8, AB=25 and the late 14.9, against public bids and in this market."""

from __future__ import annotations

from rich.table import Table

from seqmarket.chain.errors import WrongPhase
from seqmarket.chain.writer import Commit, Deposit
from seqmarket.demo.house import ETHER
from seqmarket.demo.money import check_sale, show_partition
from seqmarket.demo.stage import Stage
from seqmarket.lab.last_look import close, last_look, least_winning
from seqmarket.model.bid_list import Bid, pack
from seqmarket.model.instance import Instance, Offer
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.commitment import commitment_of
from seqmarket.sequencer.opening import Place

ROUND = 0
A, B, AB = 0b01, 0b10, 0b11
LATE = 149 * ETHER // 10
VALUES = ((A, 10 * ETHER), (B, 8 * ETHER), (AB, 25 * ETHER))
COLLATERAL, SLOTS = 40 * ETHER, 4


SEEN = Instance((0, 0), 0, tuple(Offer(bundle, value) for bundle, value in VALUES))
"""The bids as they would lie open in a public auction."""
NAMES = ("Alice", "Bob", "Carol")


def in_public(stage: Stage) -> None:
    """What a late 14.9 does where bids lie open."""
    stage.say("Against public bids (the lab's model of an open book under the same rules):")
    late = last_look(SEEN, rollup=1, bid=LATE)
    stage.claim("a late 14.9 on B doesn't win B: 10 + 14.9 = 24.9 is below 25", found=late.after.winners, expected=(2,))
    stage.claim("the least bid that takes B is 15 and one tick", found=least_winning(SEEN, 1), expected=15 * ETHER + 1)
    stage.claim("so 14.9 is sure to lose and pays nothing", found=late.paid, expected=0)
    gain = 3_848_728_246
    stage.claim("yet it moves 3.848728246 ether of the 25 from A to B, with certainty", found=late.gains, expected=(-gain, gain))


def commit(stage: Stage) -> None:
    """Three seal their bids; whoever looks sees nothing."""
    stage.act("Act 1: the last look")
    in_public(stage)
    stage.to_phase(ROUND, Phase.COMMIT)
    bidders, late = [stage.cast[name] for name in NAMES], stage.cast["Mallory"]
    stage.commit(ROUND, [(who, (Bid(*bid),)) for who, bid in zip(bidders, VALUES)], COLLATERAL, SLOTS)
    secrets = [pack([Bid(bundle, value)], 2)[2:7].hex() for bundle, value in VALUES]
    told = "".join(_public(stage, bidder.address) for bidder in bidders)
    stage.claim("no transaction or event so far holds the bytes of 10, 8 or 25", found=[s for s in secrets if s in told], expected=[])
    locked = {(e.collateral_ticks, e.offer_slots) for e in stage.reader().entries(ROUND)}
    stage.claim("all that shows is 40 ether and 4 slots, the same for all", found=locked, expected={(COLLATERAL, SLOTS)})
    stage.send(late, Deposit(late.address, COLLATERAL))


def reveal(stage: Stage) -> None:
    """The bids are opened; now it is too late for a last look."""
    late = stage.cast["Mallory"]
    stage.to_phase(ROUND, Phase.REVEAL)
    places = (Place(stage.market.chain_id, stage.market.address, ROUND, stage.cast[name].address) for name in NAMES)
    stage.reveal([stage.journal.find(place) for place in places])
    stage.say("  Now everybody can read 10, 8 and 25, and B's friend Mallory wants to add 14.9:")
    owned = stage.reader().account(late.address)
    records = pack([Bid(B, LATE)], 2)
    salt = b"\x07" * 32
    hidden = commitment_of(stage.market.chain_id, stage.market.address, ROUND, late.address, records, salt)
    action = Commit(ROUND, hidden, COLLATERAL, SLOTS)
    phases = {"round": ROUND, "needed": Phase.COMMIT, "found": Phase.REVEAL}
    stage.refused("a late commitment is refused before any gas is paid", WrongPhase, lambda: stage.writer.send(late, action), **phases)
    forced = lambda: stage.writer.send(late, action, gas=200_000)  # noqa: E731
    stage.refused("sent all the same, it reverts in its block", WrongPhase, forced, **phases)
    stage.claim("and changes nothing", found=stage.reader().account(late.address), expected=owned)


def assign(stage: Stage) -> None:
    """AB wins, and the split is what it was."""
    before, after = close(SEEN), last_look(SEEN, 1, LATE).after
    stage.to_phase(ROUND, Phase.ASSIGN)
    solved, done = stage.assign(ROUND, stage.cast["Sol"])
    winners = solved.proved.winners
    stage.claim("AB wins for 25", found=(solved.proved.value, winners), expected=(25 * ETHER, (2,)))
    revenue = check_sale(stage, solved.snapshot, winners, done)
    stage.claim("A and B get what the bids without the late look give", found=revenue, expected=before.revenue)
    show_partition(stage, solved.snapshot, winners)
    table = Table("", "A gets", "B gets", title="25 ether, split (in ether)")
    for label, shares in (("public bids", before.revenue), ("public bids and a late 14.9 on B", after.revenue), ("this market", revenue)):
        table.add_row(label, *(f"{share / ETHER:.9f}" for share in shares))
    stage.console.print(table)
    stage.require_solvent(1)


def _public(stage: Stage, bidder: str) -> str:
    """Everything that the chain shows of a bidder's transactions so far: inputs and events, as hex."""
    shown = ""
    for number in range(stage.market.deployment.block, stage.web3.eth.block_number + 1):
        for sent in stage.web3.eth.get_block(number, full_transactions=True)["transactions"]:
            if sent["from"] == bidder:
                logs = stage.web3.eth.get_transaction_receipt(sent["hash"])["logs"]
                shown += sent["input"].hex() + "".join(log["data"].hex() + "".join(t.hex() for t in log["topics"]) for log in logs)
    return shown
