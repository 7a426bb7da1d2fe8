"""Act two: twelve rollups, seventeen sequencers; one doesn't reveal, one steals a commitment, one lets somebody else reveal for it."""

from __future__ import annotations

from seqmarket.chain.errors import NotCommitted, WindowOpened, WrongOpening
from seqmarket.chain.status import ether
from seqmarket.chain.writer import Commit, Deposit, Forfeit, MintRight, Reveal, TransferRight
from seqmarket.demo.cast import OWNERS, ROLLUPS, SEQUENCERS, wishes
from seqmarket.demo.house import ETHER, Disagreement
from seqmarket.demo.money import alone_of, check_sale, show_partition, show_revenue
from seqmarket.demo.stage import Stage
from seqmarket.model.bundle import members
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.opening import Place, SealedBids
from seqmarket.solver.brute_force import best_partition

ROUND = 1
HONEST = SEQUENCERS[:15]
SILENT, THIEF, VICTIM, AWAY = SEQUENCERS[15], SEQUENCERS[16], HONEST[0], HONEST[4]
COLLATERAL, SLOTS = 60 * ETHER, 12


def commit(stage: Stage) -> None:
    """Sixteen commit; the thief copies a commitment that it saw."""
    stage.act("Act 2: twelve rollups, seventeen sequencers")
    stage.to_phase(ROUND, Phase.COMMIT)
    stage.claim("twelve rollups take part", found=stage.reader().lineup(ROUND).active, expected=2**ROLLUPS - 1)
    bidders = [(stage.cast[name], wishes(i)) for i, name in enumerate((*HONEST, SILENT))]
    entries = stage.commit(ROUND, bidders, COLLATERAL, SLOTS)
    thief = stage.cast[THIEF]
    stolen = entries[stage.cast[VICTIM].address].commitment
    stage.send(thief, Deposit(thief.address, COLLATERAL))
    stage.send(thief, Commit(ROUND, stolen, COLLATERAL, SLOTS))
    stage.say(f"  {THIEF} copies the commitment of {VICTIM} as its own, without knowing what it seals.")


def reveal(stage: Stage) -> None:
    """All open but the silent one; the thief, who by now has read the opening it copied, can't use it."""
    stage.to_phase(ROUND, Phase.REVEAL)
    stage.reveal([_entry(stage, name) for name in HONEST if name != AWAY])
    stage.reveal([_entry(stage, AWAY)], by=stage.cast["Ruth"])
    thief, opening = stage.cast[THIEF], _entry(stage, VICTIM)
    again = Reveal(ROUND, thief.address, COLLATERAL, SLOTS, opening.salt, opening.records)
    stage.refused(f"{THIEF} can't open what it stole: the hash binds its bidder", WrongOpening, lambda: stage.send(thief, again))
    twice = Reveal(ROUND, stage.cast[VICTIM].address, COLLATERAL, SLOTS, opening.salt, opening.records)
    stage.refused("nobody can open a list twice", NotCommitted, lambda: stage.send(thief, twice))
    opened = {stage.cast[name].address for name in HONEST}
    stage.claim("fifteen lists are open, the two others stay sealed", found=set(stage.revealed(ROUND)), expected=opened)


def assign(stage: Stage) -> None:
    """Solve, prove, pay; forfeit what stayed sealed; hand a right on."""
    stage.to_phase(ROUND, Phase.ASSIGN)
    solved, done = stage.assign(ROUND, stage.cast["Sol"])
    snapshot, winners = solved.snapshot, solved.proved.winners
    stage.claim("exhaustion of all partitions finds the same value", found=solved.proved.value, expected=best_partition(snapshot.instance)[0])
    paid = sum(snapshot.instance.offers[j].value for j in winners)
    stage.claim("some bundle of several rollups wins", found=any(_size(snapshot, j) > 1 for j in winners), expected=True)
    revenue = check_sale(stage, snapshot, winners, done)
    show_partition(stage, snapshot, winners)
    show_revenue(stage, snapshot, revenue, winners)
    alone, sold = alone_of(snapshot), stage.reader().assignment(ROUND).sold
    less = [i for i in members(sold) if revenue[i] < alone[i]]
    stage.claim("no rollup that was sold gets less than alone", found=less, expected=[])
    stage.say(f"  Together they get {ether(paid - sum(alone[i] for i in members(sold)), 10**9)} ether more than alone.")
    _forfeit(stage)
    _hand_on(stage, winners, snapshot)
    stage.require_solvent(2)


def window(stage: Stage) -> None:
    """Who sequences, once the window is open; a right that has begun doesn't move."""
    stage.to_phase(ROUND, Phase.WINDOW)
    heidi, token = stage.cast["Heidi"], ROUND << 16
    back = TransferRight(heidi.address, stage.cast["Sol"].address, token)
    stage.refused("a right whose window is open doesn't move", WindowOpened, lambda: stage.send(heidi, back))


def _forfeit(stage: Stage) -> None:
    """Two sealed lists were never opened: each forfeits its bond to the rollups of the round, in equal parts."""
    parameters = stage.reader().parameters
    share = -(-COLLATERAL * parameters.forfeit_bps // 10_000)
    bond = max(parameters.bond_ticks, share)
    commitments = {e.bidder: e.commitment for e in stage.reader().entries(ROUND)}
    before = [stage.reader().lane(i)[1] for i in range(ROLLUPS)]
    accounts = [stage.cast[name].address for name in (SILENT, THIEF)]
    calls = [(stage.cast["Sol"], Forfeit(ROUND, who, commitments[who], COLLATERAL, SLOTS)) for who in accounts]
    done = stage.send_all("bonds forfeited", calls)
    for each, who in zip(done, accounts):
        told = stage.writer.events(each, "BondForfeited")[0]["args"]
        text = f"{stage.name(who)} forfeits {ether(bond, 10**9)} ether and gets the rest back"
        stage.claim(text, found=(told["bidder"], told["forfeitTicks"], told["returnedTicks"]), expected=(who, bond, COLLATERAL - bond))
    after = [stage.reader().lane(i)[1] for i in range(ROLLUPS)]
    part, rest = divmod(bond, ROLLUPS)
    expected = [2 * (part + rest if i == 0 else part) for i in range(ROLLUPS)]
    stage.claim("the twelve rollups share both bonds in equal parts", found=[b - a for a, b in zip(before, after)], expected=expected)


def _hand_on(stage: Stage, winners: tuple[int, ...], snapshot) -> None:
    """Winner 0 mints its right and gives it to Heidi; then everybody's next sequencer is known."""
    reader = stage.reader()
    seller, heidi = reader.winners(ROUND)[0].bidder, stage.cast["Heidi"]
    stage.send(stage.cast["Sol"], MintRight(ROUND, 0))
    stage.send(stage.cast[stage.name(seller)], TransferRight(seller, heidi.address, ROUND << 16))
    stage.claim("the first right is Heidi's now", found=stage.reader().call("holderOf", ROUND, 0, contract="rights"), expected=heidi.address)

    expected = {i: stage.cast[OWNERS[i]].address for i in range(ROLLUPS)}
    for number, j in enumerate(sorted(winners)):
        holder = heidi.address if number == 0 else reader.winners(ROUND)[number].bidder
        expected |= {i: holder for i in members(snapshot.instance.offers[j].bundle)}
    start = reader.parameters.schedule.window_start(ROUND)
    reader = stage.reader()
    found = {i: reader.sequencer(i, start) for i in range(ROLLUPS)}
    stage.claim("every rollup knows its next sequencer before the window opens", found=found, expected=expected)
    stage.say("  " + ", ".join(f"{i}: {_who(stage, who)}" for i, who in found.items()))


def _who(stage: Stage, address: str) -> str:
    name = stage.name(address)
    return "default" if name in OWNERS else name


def _size(snapshot, offer: int) -> int:
    return snapshot.instance.offers[offer].bundle.bit_count()


def _entry(stage: Stage, name: str) -> SealedBids:
    entry = stage.journal.find(Place(stage.market.chain_id, stage.market.address, ROUND, stage.cast[name].address))
    if entry.place.bidder != stage.cast[name].address:
        raise Disagreement(f"the journal holds an entry of {entry.place.bidder} for {name}")
    return entry
