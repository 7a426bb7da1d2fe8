"""Two keepers and three bidders through rounds in which everything fails that may: nodes, transactions, blocks, fees, and the keepers themselves."""

from collections import Counter
from random import Random
from time import monotonic


from tests.chaos.chain import running_chain
from tests.chaos.proxy import COUNT, SEND, Fault, Kind, Proxy
from tests.chaos.town import BLOCK_SECONDS, KEEPERS, town
from tests.examples import SOAK

ROUNDS = 200 if SOAK > 1 else 2
PHASE_BLOCKS = 8
PHASE = PHASE_BLOCKS * BLOCK_SECONDS
SCHEDULE = {"periodSeconds": PHASE, "commitSeconds": PHASE, "revealSeconds": PHASE, "assignSeconds": PHASE}
GWEI = 10**9
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


def test_keepers__rounds_full_of_faults__lose_nothing_pay_nothing_twice_and_end_every_round(tmp_path, capsys):
    dice, counted, peak, begun = Random(5), Counter(), 0, monotonic()
    with running_chain(**SCHEDULE) as chain, Proxy(chain.url, 1) as a, Proxy(chain.url, 2) as b, Proxy(chain.url, 3) as c, Proxy(chain.url, 4) as d:
        with town(chain, tmp_path, seed=3) as its:
            its.to(its.schedule.commit_start(0))
            keepers = [its.keeper("one", nodes=(a.url, b.url)), its.keeper("two", 1, nodes=(c.url, d.url), grace=3 * BLOCK_SECONDS)]
            for keeper in keepers:
                keeper.stepped_since(0)
            rounds, spike = range(ROUNDS), 0
            while chain.now < its.schedule.window_start(rounds[-1]) + PHASE:
                its.act(rounds)
                place = (chain.now - its.schedule.commit_start(0)) // BLOCK_SECONDS % PHASE_BLOCKS
                if place == 0:
                    for pair in ((a, b), (c, d)):
                        bad, good = dice.sample(pair, 2)
                        bad.set(*weather(dice))
                        good.set()
                if 3 <= place < PHASE_BLOCKS - 2 and dice.random() < 0.15:
                    chain.reorg(dice.randint(1, 3))
                    counted["reorgs"] += 1
                if dice.random() < 0.06:
                    spike = 2
                    counted["spikes"] += 1
                chain.next_base_fee(SPIKE if spike else GWEI)
                spike = max(0, spike - 1)
                if dice.random() < (0.02 if SOAK > 1 else 0.06):
                    peak = max([peak, *(memory_of(keeper.process.pid) for keeper in keepers)])
                    dice.choice(keepers).kill()
                    counted["kills"] += 1
                its.tick()
                if SOAK > 1 and place == 0 and (round_ := its.schedule.first_unopened_round(chain.now)) % 20 == 0:
                    with capsys.disabled():
                        print(f"\n{monotonic() - begun:.0f} s, round {round_}: {dict(counted)}, {[memory_of(each.process.pid) >> 20 for each in keepers]} MiB", flush=True)

            peak = max([peak, *(memory_of(keeper.process.pid) for keeper in keepers)])
            for proxy in (a, b, c, d):
                counted.update({kind.name.lower(): times for kind, times in proxy.applied.items()})
            ended = its.require_ended(rounds)
            for place in KEEPERS:
                sent = its.sent_by(chain.keys[place].address)
                calls = [bytes(transaction["input"]) for transaction, receipt in sent if receipt["status"] and transaction["input"]]
                assert len(calls) == len(set(calls)), "a call succeeded twice"
                done, reverted = its.functions_of(chain.keys[place].address)
                counted.update(done)
                counted.update({f"{name} in vain": times for name, times in reverted.items()})
    with capsys.disabled():
        print(f"\n{ROUNDS} rounds: {ended}; {dict(counted)}; a keeper held at most {peak >> 20} MiB")
    assert peak < MOST_BYTES
