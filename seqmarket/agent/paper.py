"""An agent without a signer: it looks and chooses as one with a signer does, sends nothing, and tells how it would have come out.

Of a round of sealed bids its list is added to those that were revealed, and the round is solved again: it would have won what the best partition
gives it, and paid what it bid. Of a pool of tickets it would have had its share of the chances, where the pool was sold; that a purchase moves prices
and partitions is left out. Nothing is kept: what it chose follows from its file and the chain, so after a restart it goes on with the rounds that
open then.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from eth_utils import to_canonical_address

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.decide import decide
from seqmarket.agent.deed import Deed, Kind
from seqmarket.agent.run import STEP_ERRORS
from seqmarket.agent.watch import Watch
from seqmarket.certificate.build import prove
from seqmarket.chain.market import Market
from seqmarket.chain.reader import RoundSnapshot
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.model.bid_list import Bid, unpack
from seqmarket.model.book import Chunk, instance_of
from seqmarket.model.bundle import members
from seqmarket.sequencer.bidding import Plan
from seqmarket.service.health import Health
from seqmarket.service.log import Say, silent

SOLVE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round would have come to: rollups won and paid for, what they are worth beyond that; `proved` where the partition is surely the best."""

    round: int
    won: tuple[tuple[int, ...], ...]
    paid_ticks: int
    gain_ticks: int
    proved: bool


class Paper:
    """An account at a market, on paper. `account` may be any address; what it owns isn't touched."""

    def __init__(self, market: Market, config: AgentConfig, account: str, say: Say = silent, health: Health | None = None) -> None:
        self._market, self._config, self._account, self._say, self._health = market, config, account, say, health or Health(("market",))
        self._watch = Watch(market, account, config, None)
        self._chosen: dict[int, dict[str, Deed]] = {}

    def step(self) -> None:
        """Looks once. Raises nothing that another step could get over."""
        try:
            self._once()
        except STEP_ERRORS as broken:
            self._health.beat("market", False, f"{type(broken).__name__}: {broken}")
            self._say("agent.step_failed", part="market", error=type(broken).__name__, why=str(broken))
        else:
            self._health.beat("market")

    def _once(self) -> None:
        snapshot = self._watch.look()
        for deed in decide(snapshot, snapshot.timestamp + 1, self._config):
            chosen = self._chosen.setdefault(deed.round, {})
            if deed.key not in chosen and deed.kind in (Kind.SEAL, Kind.BUY):
                chosen[deed.key] = deed
                self._tell_choice(deed, len(next(view for view in snapshot.rounds if view.round == deed.round).public.reserves))
        for round_ in [each for each, deeds in self._chosen.items() if deeds and snapshot.timestamp >= snapshot.schedule.window_start(each)]:
            its = self._watch.reader().round(round_)
            deeds = self._chosen.pop(round_).values()
            self._tell_outcome(its, tuple(deeds))

    def _tell_choice(self, deed: Deed, rollups: int) -> None:
        if deed.kind == Kind.SEAL:
            bids = [{"rollups": members(bid.bundle), "value_ticks": bid.value, "group": bid.group} for bid in unpack(deed.plan.records, rollups)]
            self._say("agent.would_commit", round=deed.round, bids=bids, collateral_ticks=deed.plan.collateral_ticks)
        else:
            its = deed.action
            self._say("agent.would_buy", round=deed.round, rollups=members(its.bundle), count=its.count, most_ticks=its.most_ticks)

    def _tell_outcome(self, its: RoundSnapshot | TicketRoundSnapshot, deeds: tuple[Deed, ...]) -> None:
        if isinstance(its, RoundSnapshot):
            found = outcome(its, deeds[0].plan, self._account, self._config.wants)
            told = {"won": found.won, "paid_ticks": found.paid_ticks, "gain_ticks": found.gain_ticks, "proved": found.proved}
            self._say("agent.would_have", round=its.round, **told)
            return
        for deed in deeds:
            worth = max(want.value for want in self._config.wants if want.bundle == deed.action.bundle)
            chance = chance_in(its, deed)
            paid = deed.action.most_ticks if chance else 0
            gain = int(chance * worth) - paid
            told = {"rollups": members(deed.action.bundle), "chance": float(chance), "paid_ticks": paid, "gain_ticks": gain}
            self._say("agent.would_have", round=its.round, **told)


def outcome(its: RoundSnapshot, planned: Plan, account: str, wants: tuple[Bid, ...], seconds: float = SOLVE_SECONDS) -> Outcome:
    """A round that was revealed, with one list more."""
    mine = unpack(planned.records, its.lineup.size)
    instance = instance_of(its.lineup.reserves, (*its.chunks, Chunk(to_canonical_address(account), mine)))
    first = len(instance.offers) - len(mine)
    solved = prove(instance, time_limit=seconds)
    won = [mine[j - first] for j in solved.winners if j >= first]
    paid = sum(bid.value for bid in won)
    worth = sum(max(want.value for want in wants if want.bundle == bid.bundle) for bid in won)
    return Outcome(its.round, tuple(members(bid.bundle) for bid in won), paid, worth - paid, solved.status == "optimal")


def chance_in(its: TicketRoundSnapshot, deed: Deed) -> Fraction:
    """The share of a pool's tickets that a purchase would have had; 0 where the pool wasn't sold, or nobody else opened it."""
    pool = next((pool for pool in its.sold_pools if pool.bundle == deed.action.bundle), None)
    return Fraction(0) if pool is None else Fraction(deed.action.count, pool.tickets + deed.action.count)
