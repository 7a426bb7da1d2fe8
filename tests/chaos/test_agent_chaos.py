"""Agents of different strategies through rounds in which everything fails that may: nodes, transactions, blocks, fees, and the agents themselves."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from random import Random

from seqmarket.chain.records import Account, EntryState
from seqmarket.model.schedule import Phase
from tests.chaos.agent_process import Told
from tests.chaos.chain import running_chain
from tests.chaos.storm import live_through, start_agent, start_keeper, two_nodes_each
from tests.chaos.test_keeper_chaos import SCHEDULE, Calendar
from tests.chaos.town import BIDDERS, BLOCK_SECONDS, ETHER, Town, town
from tests.examples import SOAK

ROUNDS = 200 if SOAK > 1 else 2
WANTS = {
    "fixed": (((0b0011, 35 * ETHER // 10, 1), (0b0001, 2 * ETHER, 1)), {}),
    "marginal": (((0b0110, 4 * ETHER, 0), (0b1000, 2 * ETHER, 0)), {"reveal_delay_seconds": 2 * BLOCK_SECONDS}),
    "shy": (((0b1100, 5 * ETHER, 0), (0b0001, 4 * ETHER, 0)), {"slots": 4, "collateral_ticks": 12 * ETHER}),
}
"""By strategy: what an agent wants, and how it hides that; two of them in the short form."""
STRATEGIES = list(WANTS) if SOAK > 1 else ["fixed", "shy"]
POINTS = [
    "agent.sealed:", "outbox.posted:commit", "outbox.sent:reveal", "outbox.posted:release",
    "outbox.sent:deposit", "outbox.included:commit", "outbox.posted:reveal", "outbox.sent:mint", "outbox.posted:withdraw",
    "outbox.posted:deposit", "outbox.sent:commit", "outbox.included:reveal", "outbox.posted:mint", "outbox.sent:release", "outbox.included:withdraw",
]  # fmt: skip
"""Where an agent kills itself: sealed but nothing sent, on disk but not sent, sent but not seen, seen but not noted."""
DUTIES = ("solve", "prove", "propose", "settle")


def stake(its: Town, account: str) -> int:
    """What an account has in its wallet and in the market, and what it ever paid for gas; wei."""
    reader = its.reader()
    owned = reader.account(account)
    gas = sum(receipt["gasUsed"] * receipt["effectiveGasPrice"] for _, receipt in its.sent_by(account))
    return reader.balance_wei(account) + (owned.free_ticks + owned.locked_ticks) * reader.parameters.tick_wei + gas


def test_agents__rounds_full_of_faults__lose_no_bond_pay_nothing_twice_and_take_all_out(tmp_path, capsys):
    dice, told, rounds = Random(11), Counter(), range(ROUNDS)
    with running_chain(**SCHEDULE) as chain, ExitStack() as stack, town(chain, tmp_path, seed=4) as its:
        pairs = two_nodes_each(stack, its, len(STRATEGIES))
        accounts = {strategy: chain.keys[place].address for strategy, place in zip(STRATEGIES, BIDDERS)}
        before = {strategy: stake(its, account) for strategy, account in accounts.items()}
        its.to(its.schedule.commit_start(0))
        start_keeper(its, DUTIES)
        agents = {}
        for i, (strategy, place, pair) in enumerate(zip(STRATEGIES, BIDDERS, pairs)):
            points = POINTS[i :: len(STRATEGIES)] * (ROUNDS // 4) or POINTS[i :: len(STRATEGIES)][:3]
            wants, more = WANTS[strategy]
            nodes = tuple(proxy.url for proxy in pair)
            agents[strategy] = start_agent(its, Told(place, nodes, str(its.addresses), str(tmp_path / strategy), strategy, wants, ROUNDS, BLOCK_SECONDS, **more), points)
        calendar, last = Calendar(its), its.schedule.window_start(rounds[-1])
        counted = live_through(
            its, calendar, pairs, list(agents.values()), dice, last, lambda: all(its.reader().account(account) == Account(0, 0) for account in accounts.values())
        )
        for strategy, account in accounts.items():
            found = require_well(its, rounds, strategy, account, before[strategy], lambda round_: calendar.is_lost(round_, Phase.REVEAL, (agents[strategy],)))
            # Dear gas or a lost block may keep a commitment out of its phase, which costs nothing; nothing else may.
            assert found["missed"] <= counted["reorgs"] + counted["deep reorgs"] + counted["spikes"], (strategy, found)
            told.update(found)
        void = [round_ for round_ in rounds if its.logs("BidsReleased", round_) and not its.round(round_).assignment.settled]
        assert all(calendar.is_lost(round_, Phase.ASSIGN) for round_ in void), void
    with capsys.disabled():
        print(f"\n{ROUNDS} rounds: {dict(counted)}; {dict(told)}")


def require_well(its: Town, rounds: range, strategy: str, account: str, before: int, is_lost: Callable[[int], bool]) -> Counter[str]:
    """Every bid ended well, every right is the winner's, and to the wei the account paid its bids, fees and gas and has the rest; what it called how often.

    A bond may be lost where `is_lost` says that the agent couldn't have got its reveal of a round into a block.
    """
    reader, due, count = its.reader(), 0, Counter[str]()
    for round_ in rounds:
        seen = its.round(round_)
        entry = next((entry for entry in seen.entries if entry.bidder == account), None)
        if entry is None:
            count["missed"] += 1
            continue
        assert entry.state == EntryState.CLOSED, (strategy, seen.assignment, entry)
        forfeited = [event["args"] for event in its.logs("BondForfeited", round_) if event["args"]["bidder"] == account]
        if forfeited:
            assert is_lost(round_), (strategy, round_)
            due += forfeited[0]["forfeitTicks"]
            count["forfeited"] += 1
            continue
        count["bids"] += 1
        if not seen.assignment.settled:  # a void round gives the fees back
            count["void"] += 1
            continue
        due += len(WANTS[strategy][0]) * reader.parameters.fee_per_offer_ticks
        for at, winner in enumerate(seen.winners):
            if winner.bidder == account:
                due += winner.value_ticks
                count["won"] += 1
                assert reader.call("holderOf", round_, at, contract="rights") == account, (strategy, round_, at)
    assert reader.account(account) == Account(0, 0), strategy
    assert before - stake(its, account) == due * reader.parameters.tick_wei, strategy

    done, reverted = its.functions_of(account)
    assert done["commit"] == count["bids"] + count["forfeited"], (strategy, done, count)
    assert (done["reveal"], done["release"], done["mint"]) == (count["bids"], count["bids"], count["won"]), (strategy, done, count)
    return done + count + Counter({f"{name} in vain": times for name, times in reverted.items()})
