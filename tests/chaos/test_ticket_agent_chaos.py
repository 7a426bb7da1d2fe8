"""Agents that buy tickets through rounds in which everything fails that may; a keeper assigns and draws, and all that concerns a buyer is left to the buyer."""

from collections import Counter
from contextlib import ExitStack
from random import Random

import pytest

from seqmarket.chain.records import Account
from seqmarket.chain.ticket_reader import TicketReader
from tests.chaos.agent_process import Told
from tests.chaos.storm import live_through, start_agent, start_keeper, two_nodes_each
from tests.chaos.test_keeper_chaos import PHASE, Calendar
from tests.chaos.ticket_town import running_ticket_chain, ticket_town
from tests.chaos.town import BIDDERS, BLOCK_SECONDS, ETHER, Town
from tests.examples import SOAK

ROUNDS = 60
SCHEDULE = {"periodSeconds": PHASE, "commitSeconds": PHASE, "assignSeconds": PHASE, "drawSeconds": PHASE}
WANTS = (
    ((0b0011, 100 * ETHER, 0), (0b1000, ETHER, 0)),
    ((0b0011, 80 * ETHER, 0), (0b0110, 60 * ETHER, 0)),
    ((0b0110, 90 * ETHER, 0), (0b1100, 2 * ETHER, 0)),
)
"""Who is alone in a pool needs one ticket of it, which doesn't pay the reserves: such pools are given back. Where two want the same they buy more."""
BUDGET = 12 * ETHER
POINTS = [
    "outbox.posted:buy", "outbox.sent:buy", "outbox.included:buy", "outbox.posted:refund", "outbox.sent:withdraw", "outbox.included:refund",
    "outbox.sent:refund", "outbox.posted:withdraw", "outbox.posted:mint", "outbox.sent:mint", "outbox.included:mint", "outbox.included:withdraw",
]  # fmt: skip
"""Where an agent kills itself: on disk but not sent, sent but not seen, seen but not noted."""
DUTIES = ("solve", "prove", "propose", "settle", "capture", "draw")


def purses(its: Town, account: str) -> tuple[Account, Account]:
    """An account's money in the market and at the tickets."""
    reader = TicketReader(its.chain.market)
    return reader.account(account), reader.account(account, "tickets")


def stake(its: Town, account: str) -> int:
    """What an account has in its wallet and in both purses, and what it ever paid for gas; wei."""
    reader = TicketReader(its.chain.market)
    gas = sum(receipt["gasUsed"] * receipt["effectiveGasPrice"] for _, receipt in its.sent_by(account))
    return reader.balance_wei(account) + sum(each.free_ticks + each.locked_ticks for each in purses(its, account)) * reader.parameters.tick_wei + gas


@pytest.mark.skipif(SOAK == 1, reason="a round takes minutes; tests/e2e/test_agent_tickets.py has one without faults: make soak")
def test_agents__ticket_rounds_full_of_faults__are_charged_once_and_take_refunds_and_winnings_out(tmp_path, capsys):
    dice, told, rounds = Random(12), Counter(), range(ROUNDS)
    with running_ticket_chain(**SCHEDULE) as chain, ExitStack() as stack, ticket_town(chain, tmp_path) as its:
        pairs = two_nodes_each(stack, its, len(WANTS))
        accounts = [chain.keys[place].address for place in BIDDERS[: len(WANTS)]]
        before = [stake(its, account) for account in accounts]
        its.to(its.schedule.commit_start(0))
        start_keeper(its, DUTIES)
        agents = []
        for i, (place, pair, wants) in enumerate(zip(BIDDERS, pairs, WANTS)):
            points = POINTS[i :: len(WANTS)] * (ROUNDS // 4)
            nodes, folder = tuple(proxy.url for proxy in pair), tmp_path / f"buyer-{i}"
            its_told = Told(place, nodes, str(its.addresses), str(folder), "budget", wants, ROUNDS, BLOCK_SECONDS, budget_ticks=BUDGET)
            agents.append(start_agent(its, its_told, points))

        def over() -> bool:
            return chain.now >= its.schedule.window_start(rounds[-1]) + PHASE and all(set(purses(its, account)) == {Account(0, 0)} for account in accounts)

        counted = live_through(its, Calendar(its), pairs, agents, dice, its.schedule.window_start(rounds[-1]), over)
        for account, was in zip(accounts, before):
            told.update(require_well(its, rounds, account, was))
    with capsys.disabled():
        print(f"\n{ROUNDS} rounds: {dict(counted)}; {dict(told)}")
    assert told["strips"] and told["given back"]


def require_well(its: Town, rounds: range, account: str, before: int) -> Counter[str]:
    """No bundle was bought twice in a round, what wasn't sold came back, every right won is the account's; and to the wei it paid its tickets, fees and gas."""
    reader, due, count = TicketReader(its.chain.market), 0, Counter[str]()
    for round_ in rounds:
        seen = reader.round(round_)
        for pool in seen.pools:
            mine = [strip for strip in pool.strips if strip.holder == account]
            assert len(mine) <= 1, (round_, pool)
            for strip in mine:
                assert strip.refunded == seen.is_refundable(pool), (round_, pool)
                due += (0 if strip.refunded else strip.paid_ticks) + (reader.parameters.fee_per_pool_ticks if strip.start == 0 and not seen.void else 0)
                count["given back" if strip.refunded else "paid"] += 1
                count["strips"] += 1
        assert sum(strip.paid_ticks for pool in seen.pools for strip in pool.strips if strip.holder == account) <= BUDGET
        for at, winner in enumerate(reader.winners(round_) if seen.drawn else ()):
            if winner.bidder == account:
                count["won"] += 1
                assert reader.call("holderOf", round_, at, contract="rights") == account, (round_, at)
    assert before - stake(its, account) == due * reader.parameters.tick_wei

    done, reverted = its.functions_of(account)
    assert done["open"] + done["buy"] == count["strips"], (done, count)
    assert (done["refund"], done["mint"]) == (count["given back"], count["won"]), (done, count)
    return done + count + Counter({f"{name} in vain": times for name, times in reverted.items()})
