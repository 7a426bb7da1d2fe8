"""A market with its people for the chaos suite: bidders by script, keepers as processes, and a chain that goes on when all of them have seen its block."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic, sleep

from seqmarket.chain import deployment
from seqmarket.chain.reader import Reader, RoundSnapshot
from seqmarket.chain.records import EntryState
from seqmarket.chain.writer import Action, Commit, Deposit, Register, Reveal, Writer
from seqmarket.model.bid_list import Bid
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import bidding
from seqmarket.sequencer.journal import Journal
from seqmarket.sequencer.opening import SealedBids, to_json
from tests.chaos.chain import ROOT, Chain
from tests.chaos.proxy import Proxy

BLOCK_SECONDS = 4
PHASE_SECONDS = 24
OWNERS, BIDDERS, KEEPERS = (1, 2, 3, 4), (5, 6, 7), (8, 9)
"""Places of the accounts; account 0 is the funder."""
ETHER = 10**9
GAS = 3_000_000
HINDRANCES = {
    "keeper.failed", "keeper.hindered", "keeper.node_lags", "keeper.step_failed", "agent.refused", "agent.step_failed",
    "outbox.at_cap", "outbox.node_lags", "outbox.refused", "outbox.too_dear", "outbox.unsent",
}  # fmt: skip
"""What a keeper or an agent says where something that is due isn't at a node yet."""
PATIENCE_SECONDS = 120
"""How long a keeper may take for a block on a machine that is busy with much else, before a test gives up."""


class KeeperProcess:
    """A keeper that runs as a process; `points` are where it kills itself, see `keeper_process`."""

    program = "tests.chaos.keeper_process"

    def __init__(self, config: Path, points: Iterable[str] = (), solver: str | None = None) -> None:
        self.config, self.points, self.solver, self.deaths = config, list(points), solver, 0
        self.events: deque[dict] = deque(maxlen=10_000)
        self.steps = 0
        self.at: int | None = None
        """The block at which it did all that it found due, by its last step; None where something hindered it."""
        self._hindered = False
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", self.program, str(self.config), *self.points[:1]]
        errors = open(self.config.with_suffix(".stderr"), "a", encoding="utf-8")
        environment = os.environ if self.solver is None else os.environ | {"KEEPER_SOLVER": self.solver}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        errors.close()
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()

    def _listen(self, process: subprocess.Popen) -> None:
        for line in process.stdout:
            if not line.endswith("\n"):  # it was killed within
                return
            its = json.loads(line)
            self.events.append(its)
            self._hindered |= its["event"] in HINDRANCES
            if its["event"] == "test.stepped":
                self.at, self._hindered = None if self._hindered else its["block"], False
                self.steps += 1

    def stepped_since(self, before: int) -> None:
        """Waits until it has made more steps than `before`; started again, at its next point, whenever it has killed itself."""
        begun = monotonic()
        while self.steps <= before:
            if self.process.poll() is not None:
                self._again()
            assert monotonic() - begun < PATIENCE_SECONDS, f"no step: {list(self.events)[-5:]}\n{self.config.with_suffix('.stderr').read_text()[-3000:]}"
            sleep(0.005)

    def kill(self) -> None:
        """A SIGKILL from outside; `saw` starts it again."""
        self.process.kill()
        self.process.wait()

    def _again(self) -> None:
        assert self.process.returncode == -9, f"it ended by itself: {self.config.with_suffix('.stderr').read_text()[-3000:]}"
        self.deaths += 1
        self.points = self.points[1:]
        self._start()

    def said(self, event: str) -> list[dict]:
        """What it said under a name, in all its lives."""
        return [its for its in self.events if its["event"] == event]

    def end(self) -> None:
        """Ends it for good."""
        self.process.kill()
        self.process.wait()


@dataclass
class Town:
    """A market of sealed bids, four rollups, three bidders. What bidders send is sent again where a reorg took it."""

    chain: Chain
    folder: Path
    seed: int = 0
    keepers: list[KeeperProcess] = field(default_factory=list)
    beacons: tuple[str, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    sealed: dict[tuple[int, str], SealedBids] = field(default_factory=dict)
    delegated: set[tuple[int, str]] = field(default_factory=set)
    seen: dict[int, dict[KeeperProcess, int | None]] = field(default_factory=dict)
    """By block: what each process had seen, and done what was due, when the block was made; see `KeeperProcess.at`."""

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)
        self.writer = Writer(self.chain.market)
        self.journal = Journal(self.folder / "journal")
        self.openings = self.folder / "openings"
        self.openings.mkdir(parents=True)
        self.addresses = self.folder / "addresses.json"
        deployment.save(self.addresses, self.chain.deployment)
        for place in OWNERS:
            owner = self.chain.keys[place]
            self.writer.send(owner, Deposit(owner.address, self.chain.deployment.parameters["registrationDepositTicks"]))
            self.writer.send(owner, Register(ETHER, owner.address, owner.address))
        for place in BIDDERS:
            self.writer.send(self.chain.keys[place], Deposit(self.chain.keys[place].address, 2_000 * ETHER))
        self.chain.automine(False)
        self.chain.rpc("anvil_setBlockTimestampInterval", BLOCK_SECONDS)  # the node's clock stands still between blocks
        self.schedule = Reader(self.chain.market).parameters.schedule

    def config(self, name: str, account: int, nodes: Iterable[str] | None, grace: int) -> Path:
        """A keeper's configuration file."""
        path = self.folder / f"{name}.toml"
        path.write_text(
            f"markets = [{json.dumps(str(self.addresses))}]\nnodes = {json.dumps(list(nodes or [self.chain.url]))}\nfolder = {json.dumps(name)}\n"
            + (f"beacons = {json.dumps(list(self.beacons))}\n" if self.beacons else "")
            + f"openings = {json.dumps(str(self.openings))}\n[account]\ntest = {account}\n[limits]\nlook_back_rounds = 6\nin_flight = 16\n[patience]\nturn_seconds = {BLOCK_SECONDS}\nmargin_seconds = {2 * BLOCK_SECONDS}\nreveal_grace_seconds = {grace}\n"
        )
        return path

    def keeper(
        self, name: str, place: int = 0, points: Iterable[str] = (), solver: str | None = None, nodes: Iterable[str] | None = None, grace: int = 0
    ) -> KeeperProcess:
        """A keeper that runs until the town ends; it leaves reveals to others for the seconds of its `grace`."""
        its = KeeperProcess(self.config(name, KEEPERS[place], nodes, grace), points, solver)
        self.keepers.append(its)
        return its

    # ------------------------------------------------------------- the clock

    def tick(self, next_base_fee: int = 10**9) -> None:
        """A block, and what the next one asks for a gas; everybody has stepped since."""
        self.seen[self.chain.head + 1] = {keeper: keeper.at for keeper in self.keepers}
        self._all_step_after(lambda: self.chain.rpc("evm_mine"), next_base_fee)

    def reorg(self, depth: int, spared: int = 0, next_base_fee: int = 10**9) -> None:
        """Other blocks in the place of the last ones, see `Chain.reorg`; everybody has stepped since."""
        self._all_step_after(lambda: self.chain.reorg(depth, spared), next_base_fee)

    def _all_step_after(self, change: Callable[[], None], next_base_fee: int) -> None:
        """A keeper whose node lags steps too, at an older block: the chain doesn't wait for it."""
        before = [keeper.steps for keeper in self.keepers]
        with ExitStack() as held:  # nobody sees a block before the next one's fee is known
            for proxy in self.proxies:
                held.enter_context(proxy.holding())
            change()
            self.chain.next_base_fee(next_base_fee)
        for keeper, steps in zip(self.keepers, before, strict=True):
            keeper.stepped_since(steps)

    def to(self, timestamp: int) -> None:
        """A block just before a time."""
        self.chain.rpc("evm_setNextBlockTimestamp", timestamp - 1)
        self.chain.rpc("evm_mine")

    def live_through(self, rounds: range, until: int, reveal: bool = False) -> None:
        """Blocks up to a time: bidders commit to the rounds, and hand their openings to the keepers, or reveal themselves."""
        while self.chain.now < until:
            self.act(rounds, reveal)
            self.tick()

    # ------------------------------------------------------------ the bidders

    def act(self, rounds: range, reveal: bool = False) -> None:
        """What bidders do between two blocks, seen from the chain: whatever a reorg took is done again."""
        ahead = self.chain.now + BLOCK_SECONDS
        for round_ in rounds:
            phase = self.schedule.phase_at(round_, ahead)
            if phase not in (Phase.COMMIT, Phase.REVEAL):
                continue
            for place in BIDDERS:
                key = self.chain.keys[place]
                state = EntryState(self.chain.market.contracts["market"].functions.sealedOf(round_, key.address).call()[0])
                if phase == Phase.COMMIT and state == EntryState.EMPTY:
                    self._commit(key, round_, delegates=not reveal)
                elif phase == Phase.REVEAL and reveal and state == EntryState.SEALED:
                    self._send(key, self._reveal(self.sealed[round_, key.address]))

    def _commit(self, key, round_: int, delegates: bool) -> None:
        place = (round_, key.address)
        if place not in self.sealed:
            reader = Reader(self.chain.market)
            planned = bidding.plan(self._bids(), reader.lineup(round_), reader.parameters, round_)
            self.sealed[place] = bidding.seal(self.chain.market, self.journal, key, round_, planned)
            if delegates:
                (self.openings / f"{round_}-{key.address}.json").write_text(to_json(self.sealed[place]))
                self.delegated.add(place)
        its = self.sealed[place]
        self._send(key, Commit(round_, its.commitment, its.collateral_ticks, its.offer_slots))

    def _bids(self) -> tuple[Bid, ...]:
        """One or two bids each, a pair of rollups at least in one of them: there is something to solve."""
        first = self.dice.sample(range(4), 2)
        bids = [Bid(sum(1 << r for r in first), self.dice.randint(2_000, 6_000) * ETHER // 1000)]
        if self.dice.random() < 0.5:
            bids.insert(0, Bid(1 << self.dice.randrange(4), self.dice.randint(1_000, 3_000) * ETHER // 1000))
        return tuple(bids)

    @staticmethod
    def _reveal(its: SealedBids) -> Action:
        return Reveal(its.place.round, its.place.bidder, its.collateral_ticks, its.offer_slots, its.salt, its.records)

    def _send(self, key, action: Action) -> None:
        """Into the pool at a price that no spike shuts out, at the account's next nonce on chain: one that waits there is replaced by itself."""
        web3 = self.chain.web3
        call = self.writer.call(action)
        nonce = web3.eth.get_transaction_count(key.address)
        most = 10**13 + self.dice.randrange(10**12)
        full = {**call, "gas": GAS, "maxFeePerGas": most, "maxPriorityFeePerGas": 10**9, "nonce": nonce, "chainId": 31337, "type": 2}
        answer = web3.provider.make_request("eth_sendRawTransaction", ["0x" + key.sign(full).hex()])
        assert "error" not in answer or "underpriced" in str(answer) or "already" in str(answer), answer

    # ---------------------------------------------------------------- accounts

    def reader(self) -> Reader:
        """A reader of the newest block."""
        return Reader(self.chain.market)

    def round(self, round_: int) -> RoundSnapshot:
        """A round as it stands."""
        return Reader(self.chain.market).round(round_)

    def logs(self, event: str, round_: int) -> list:
        """The market's events of a name in a round."""
        return self.chain.market.contracts["market"].events[event]().get_logs(from_block=0, argument_filters={"round": round_})

    def sent_by(self, account: str) -> list[tuple[dict, dict]]:
        """All transactions of an account that stand in the chain, with their receipts."""
        found = []
        for number in range(self.chain.head + 1):
            for its in self.chain.web3.eth.get_block(number, full_transactions=True)["transactions"]:
                if its["from"] == account:
                    found.append((its, self.chain.web3.eth.get_transaction_receipt(its["hash"])))
        return found

    def functions_of(self, account: str) -> tuple[Counter[str], Counter[str]]:
        """How often an account called which function to an end, and in vain."""
        by_address = {contract.address: contract for contract in self.chain.market.contracts.values()}
        done, reverted = Counter[str](), Counter[str]()
        for sent, receipt in self.sent_by(account):
            name = by_address[sent["to"]].decode_function_input(sent["input"])[0].fn_name if sent["input"] else "to itself"
            (done if receipt["status"] else reverted)[name] += 1
        return done, reverted

    def require_ended(self, rounds: Iterable[int], lost: Callable[[int, Phase], bool] = lambda round_, phase: False) -> Counter[str]:
        """Every round is settled, everybody is released, nobody who handed an opening over lost a bond, and each of it happened once; how rounds ended.

        Except where a phase is `lost`: one in which nobody could have got a transaction into a block.
        """
        ended = Counter[str]()
        for round_ in rounds:
            its = self.round(round_)
            assert {entry.state for entry in its.entries} <= {EntryState.CLOSED}, (round_, its.entries)
            forfeited = [event["args"]["bidder"] for event in self.logs("BondForfeited", round_)]
            assert lost(round_, Phase.REVEAL) or not {(round_, bidder) for bidder in forfeited} & self.delegated, (round_, forfeited)
            released = [event["args"]["bidder"] for event in self.logs("BidsReleased", round_)]
            closed = released + forfeited
            assert len(closed) == len(set(closed)) == len(its.entries), (round_, closed)
            assert its.assignment.settled or not released or lost(round_, Phase.ASSIGN), (round_, its.assignment)
            assert len(self.logs("RoundSettled", round_)) == its.assignment.settled
            ended["void" if not its.assignment.settled else "proved" if its.assignment.proved else "by time"] += 1
            ended["bonds forfeited"] += len(forfeited)
        return ended


@contextmanager
def town(chain: Chain, folder: Path, seed: int = 0) -> Iterator[Town]:
    """A town until the context ends; its keepers end with it."""
    its = Town(chain, folder, seed)
    try:
        yield its
    finally:
        for keeper in its.keepers:
            keeper.end()
