"""Two keepers and three bidders through rounds in which everything fails that may: nodes, transactions, blocks, fees, and the keepers themselves."""

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from random import Random
from time import monotonic

from web3.types import BlockData

from seqmarket.model.schedule import Phase
from tests.chaos.chain import running_chain
from tests.chaos.proxy import COUNT, SEND, Fault, Kind, Proxy
from tests.chaos.town import BLOCK_SECONDS, KEEPERS, KeeperProcess, Town, town
from tests.examples import SOAK

ROUNDS = 500 if SOAK > 1 else 2
PHASE_BLOCKS = 8
PHASE = PHASE_BLOCKS * BLOCK_SECONDS
TURNS_SECONDS = 4 * BLOCK_SECONDS
"""By then it is everybody's turn to reveal: the grace of the second keeper, which is longer than all turns of the first, and an agent's delay."""
SCHEDULE = {"periodSeconds": PHASE, "commitSeconds": PHASE, "revealSeconds": PHASE, "assignSeconds": PHASE}
GWEI = 10**9
DEEP = 64
"""As deep as a reorg may be: what is deeper is final."""
SPIKE = 500 * GWEI
"""Above what a keeper may pay for a gas: it has to wait."""
MOST_BYTES = 1 << 30


def weather(dice: Random) -> list[Fault]:
    """What one of a keeper's two nodes does wrong for a while."""
    some = lambda: dice.uniform(0.05, 0.4)  # noqa: E731
    return dice.choice([
        [],
        [Fault(Kind.REFUSE, probability=some())],
        [Fault(Kind.ERROR_500, probability=some()), Fault(Kind.ERROR_429, probability=some())],
        [Fault(Kind.TRUNCATE, probability=some()), Fault(Kind.GARBLE, probability=some())],
        [Fault(Kind.LOSE_ANSWER, methods=SEND), Fault(Kind.DELAY, amount=0.02, probability=some())],
        [Fault(Kind.SWALLOW, times=3)],
        [Fault(Kind.TWICE)],
        [Fault(Kind.STALE, amount=dice.randint(1, 4))],
        [Fault(Kind.NONCE, amount=dice.choice([-2, -1, 1, 3]), methods=COUNT, probability=some())],
        [Fault(Kind.WRONG_CHAIN, amount=1)],
    ])  # fmt: skip


def memory_of(pid: int) -> int:
    """The most memory that a process ever held, in bytes."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


class Calendar:
    """Which blocks nobody could use: made by a reorg, or too dear; asked when all rounds are over."""

    def __init__(self, its: Town) -> None:
        self._its, self._remade = its, set[bytes]()

    def reorg(self, depth: int, spared: int, next_base_fee: int) -> None:
        """A reorg; its blocks hold nothing of what was waiting."""
        chain = self._its.chain
        chain.next_base_fee(GWEI)
        self._its.reorg(depth, spared, next_base_fee)
        self._remade |= {bytes(chain.web3.eth.get_block(chain.head - back)["hash"]) for back in range(depth - spared)}

    def is_lost(self, round_: int, phase: Phase, by: Iterable[KeeperProcess] | None = None) -> bool:
        """Whether the second half of a phase had fewer than two usable blocks, and, for reveals, none of `by` was ready for one.

        Who is ready did all that was due at a block after everybody's turn: its reveal was at a node before the usable block. All keepers if
        `by` isn't given.
        """
        start = {Phase.REVEAL: self._its.schedule.reveal_start, Phase.ASSIGN: self._its.schedule.assign_start}[phase](round_)
        usable = [block["number"] for block in self._blocks if start + PHASE // 2 <= block["timestamp"] < start + PHASE and self._is_usable(block)]
        if len(usable) >= 2 or phase is Phase.ASSIGN:
            return len(usable) < 2
        due = next((block["number"] for block in self._blocks if block["timestamp"] >= start + TURNS_SECONDS), self._its.chain.head)
        who = set(self._its.keepers if by is None else by)
        ready = [number for number in usable for process, at in self._its.seen[number].items() if process in who and at is not None and at >= due]
        return not ready

    def lost(self, rounds: Iterable[int]) -> Counter[str]:
        """How many phases nobody could use, by their names."""
        return Counter(phase.name.lower() for round_ in rounds for phase in (Phase.REVEAL, Phase.ASSIGN) if self.is_lost(round_, phase))

    @cached_property
    def _blocks(self) -> list[BlockData]:
        chain = self._its.chain
        return [chain.web3.eth.get_block(number) for number in range(chain.head + 1)]

    def _is_usable(self, block: BlockData) -> bool:
        return block["baseFeePerGas"] < SPIKE // 2 and bytes(block["hash"]) not in self._remade


def test_keepers__rounds_full_of_faults__lose_nothing_pay_nothing_twice_and_end_every_round(tmp_path, capsys):
    dice, counted, peak, begun = Random(5), Counter(), 0, monotonic()
    with running_chain(**SCHEDULE) as chain, Proxy(chain.url, 1) as a, Proxy(chain.url, 2) as b, Proxy(chain.url, 3) as c, Proxy(chain.url, 4) as d:
        with town(chain, tmp_path, seed=3) as its:
            its.proxies = (a, b, c, d)
            its.to(its.schedule.commit_start(0))
            keepers = [its.keeper("one", nodes=(a.url, b.url)), its.keeper("two", 1, nodes=(c.url, d.url), grace=TURNS_SECONDS)]
            for keeper in keepers:
                keeper.stepped_since(0)
            rounds, spike, base_fee, calendar = range(ROUNDS), 0, GWEI, Calendar(its)
            while chain.now < its.schedule.window_start(rounds[-1]) + PHASE:
                place = (chain.now - its.schedule.commit_start(0)) // BLOCK_SECONDS % PHASE_BLOCKS
                round_ = its.schedule.first_unopened_round(chain.now)
                if place == 0:
                    for pair in ((a, b), (c, d)):
                        bad, good = dice.sample(pair, 2)
                        bad.set(*weather(dice))
                        good.set()
                if SOAK > 1 and place == 5 and round_ % 20 == 10:
                    calendar.reorg(DEEP, DEEP - 3, base_fee)
                    counted["deep reorgs"] += 1
                elif 3 <= place < PHASE_BLOCKS - 2 and dice.random() < 0.15:
                    calendar.reorg(dice.randint(1, 3), 0, base_fee)
                    counted["reorgs"] += 1
                its.act(rounds)
                if dice.random() < (0.02 if SOAK > 1 else 0.06):
                    peak = max([peak, *(memory_of(keeper.process.pid) for keeper in keepers)])
                    dice.choice(keepers).kill()
                    counted["kills"] += 1
                spike = 2 if (begins := dice.random() < 0.06) else max(0, spike - 1)
                counted["spikes"] += begins
                base_fee = SPIKE if spike else GWEI
                its.tick(base_fee)
                if SOAK > 1 and place == 0 and round_ % 20 == 0:
                    with capsys.disabled():
                        print(f"\n{monotonic() - begun:.0f} s, round {round_}: {dict(counted)}, {[memory_of(each.process.pid) >> 20 for each in keepers]} MiB", flush=True)

            peak = max([peak, *(memory_of(keeper.process.pid) for keeper in keepers)])
            for proxy in (a, b, c, d):
                counted.update({kind.name.lower(): times for kind, times in proxy.applied.items()})
            ended, lost = its.require_ended(rounds, calendar.is_lost), calendar.lost(rounds)
            for place in KEEPERS:
                sent = its.sent_by(chain.keys[place].address)
                calls = [bytes(transaction["input"]) for transaction, receipt in sent if receipt["status"] and transaction["input"]]
                assert len(calls) == len(set(calls)), "a call succeeded twice"
                done, reverted = its.functions_of(chain.keys[place].address)
                counted.update(done)
                counted.update({f"{name} in vain": times for name, times in reverted.items()})
    with capsys.disabled():
        print(f"\n{ROUNDS} rounds: {dict(ended)}; phases that nobody could use {dict(lost)}; {dict(counted)}; a keeper held at most {peak >> 20} MiB")
    assert peak < MOST_BYTES
