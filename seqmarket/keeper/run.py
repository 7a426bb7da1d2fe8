"""A keeper at work: one step looks at the chain, decides, and does; whoever calls `step` at each block keeps the markets alive.

All that must survive is on disk: what was sent in the outbox, what was solved in the archive. So a step may end anywhere, by any error or by a kill, and the next
one goes on. A step that fails says why by the error's name, and changes nothing else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import perf_counter, sleep

from web3 import Web3
from web3.exceptions import Web3Exception
from web3.types import BlockData

from seqmarket.chain.awaiting import once_answered
from seqmarket.chain.deployment import Deployment
from seqmarket.chain.deployment import read as read_deployment
from seqmarket.chain.errors import ChainError, named
from seqmarket.chain.failover import connect_all
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.market import Market
from seqmarket.chain.node import url_of
from seqmarket.chain.outbox import Outbox
from seqmarket.chain.outbox_store import OutboxError
from seqmarket.keeper.act import Act
from seqmarket.keeper.archive import Archive
from seqmarket.keeper.beacons import Beacons
from seqmarket.keeper.config import KeeperConfig
from seqmarket.keeper.decide import decide
from seqmarket.keeper.diary import Diary
from seqmarket.keeper.duty import Duty, Kind
from seqmarket.keeper.openings import Openings
from seqmarket.keeper.senders import Writers, key_of
from seqmarket.keeper.snapshot import RoundView, Snapshot, Solution
from seqmarket.keeper.watch import MarketWatch
from seqmarket.keeper.works import Works
from seqmarket.service.health import Health
from seqmarket.service.lock import KeyLock
from seqmarket.service.log import Say
from seqmarket.service.metrics import Metrics

PARTS = ("node", "outbox", "archive")
"""The parts that /healthz shows."""


HINDRANCES = (ChainError, Web3Exception, OutboxError, sqlite3.Error, OSError)
"""What chain, nodes and disk may raise, and another step may get over; anything else is an error of ours, and ends the process."""


def newest_block(web3: Web3) -> BlockData:
    """The newest block that a connection knows. Raises NodeUnreachable, NodeRefused."""
    with named(url_of(web3)):
        return web3.eth.get_block("latest")


class Keeper:
    """One account that keeps the markets of a configuration; make one with `opened`."""

    def __init__(
        self, config: KeeperConfig, account: str, watches: tuple[MarketWatch, ...], outbox: Outbox, archive: Archive, say: Say, health: Health, metrics: Metrics
    ) -> None:
        self._config, self._account, self._watches, self._outbox, self._archive = config, account, watches, outbox, archive
        self._say, self._health = say, health
        self._works = Works(archive, config.limits.solve_seconds, config.limits.solve_mib, say)
        self._act = Act(outbox, config.limits.in_flight, say)
        self._openings = Openings(config.openings, say)
        self._beacons = Beacons(config.beacons, say)
        self._diary = Diary(archive, outbox)
        self._solutions: dict[tuple[str, int], Solution | None] = {}
        self._before: dict[str, tuple[int, int, int]] = {}  # by market: block, time, interval
        self._open = 0
        self._head = metrics.gauge("keeper_block", "The newest block that was read.")
        self._rounds = metrics.gauge("keeper_rounds", "Rounds that may still need something.")
        self._live = metrics.gauge("keeper_transactions_live", "Transactions that aren't final.")
        self._duties = metrics.counter("keeper_duties", "Duties that were decided, by kind.", "kind")
        self._seconds = metrics.histogram("keeper_step_seconds", "What a step takes.", (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15))

    @property
    def is_searching(self) -> bool:
        """Whether a search runs."""
        return self._works.job is not None

    @property
    def has_news(self) -> bool:
        """Whether a search has ended that no step has seen yet: a step is worth while without a new block."""
        return self._works.has_news

    def newest_block(self) -> BlockData:
        """The newest block of the markets' chain. Raises NodeUnreachable, NodeRefused."""
        return newest_block(self._watches[0].market.web3)

    def step(self) -> dict[str, int]:
        """Looks once and does what is due; a few numbers. Raises nothing that another step could get over."""
        begun = perf_counter()
        self._part("outbox", self._outbox.step)
        self._part("archive", self._take_solution)
        for watch in self._watches:
            self._part("node", lambda watch=watch: self._keep(watch))
        self._part("archive", self._diary.write)
        self._seconds.observe(perf_counter() - begun)
        return {"block": max((watch.head.number for watch in self._watches if watch.head), default=0), "rounds": self._open}

    def close(self) -> None:
        """Ends the search that runs, and the asking for beacons; what was sent is on disk."""
        self._works.stop()
        self._beacons.close()

    def _part(self, name: str, work: Callable[[], None]) -> None:
        try:
            work()
        except HINDRANCES as broken:
            self._health.beat(name, False, f"{type(broken).__name__}: {broken}")
            self._say("keeper.step_failed", part=name, error=type(broken).__name__, why=str(broken))
        else:
            self._health.beat(name)

    def _take_solution(self) -> None:
        found = self._works.poll()
        if found is not None:
            job, solution = found
            self._solutions[job.its.market, job.its.round] = solution

    def _keep(self, watch: MarketWatch) -> None:
        if not watch.advance():
            self._say("keeper.node_lags", market=watch.market.address, block=watch.head.number)
            return
        head, market = watch.head, watch.market
        views = tuple(self._with_work(self._with_beacon(watch, view)) for view in watch.rounds(self._solutions_of(watch), self._openings.all()))
        its = Snapshot(market.chain_id, market.address, self._account, head.number, head.timestamp, views, self._act.held(), self._act.budget.refused(head.number))
        duties = decide(its, head.timestamp + self._interval(watch), self._config.patience)
        for duty in duties:
            self._duties.labels(duty.kind).inc()
        self._solve(market.address, views, duties)
        self._diary.posted(self._act.post(market.address, duties, head.number))
        self._diary.saw(its)
        self._head.set(head.number)
        self._open = len(views)
        self._rounds.set(self._open)
        self._live.set(len(its.held))

    def _solve(self, market: str, views: tuple[RoundView, ...], duties: tuple[Duty, ...]) -> None:
        """Begins the searches that are due, one at a time; ends one that nobody needs any more: its round was proved, or has ended."""
        job = self._works.job
        needed = any(view.solving is not None and not view.its.assignment.proved and not view.its.ended for view in views)
        if job is not None and job.its.market == market and not needed:
            self._works.stop()
        for duty in duties:
            if duty.kind == Kind.SOLVE:
                self._works.start(next(view.its for view in views if view.its.round == duty.round))

    def _with_work(self, view: RoundView) -> RoundView:
        """The view with the search that runs for its round."""
        job = self._works.job
        runs = job is not None and (job.its.market, job.its.round) == (view.its.market, view.its.round)
        return replace(view, solving=job.book) if runs else view

    def _with_beacon(self, watch: MarketWatch, view: RoundView) -> RoundView:
        """The view with the beacon that a draw waits for."""
        if not (watch.draws_by_beacons and view.needs_seed):
            return view
        return replace(view, beacon=self._beacons.of(view.its.pool_book.draw_point, view.its.block))

    def _solutions_of(self, watch: MarketWatch) -> dict[int, Solution]:
        """What was solved of a market's rounds, from the archive where this process hasn't seen it."""
        market = watch.market
        live = range(*watch.looked_after())
        for round_ in live:
            if (market.address, round_) not in self._solutions:
                self._solutions[market.address, round_] = self._archive.solution(market.chain_id, market.address, round_)
        self._solutions = {place: its for place, its in self._solutions.items() if place[0] != market.address or place[1] in live}
        return {round_: its for (address, round_), its in self._solutions.items() if address == market.address and its is not None}

    def _interval(self, watch: MarketWatch) -> int:
        """The seconds between two blocks lately, at least one."""
        head = watch.head
        number, timestamp, interval = self._before.get(watch.market.address, (head.number - 1, head.timestamp - 1, 1))
        if head.number > number:
            interval = max(1, (head.timestamp - timestamp) // (head.number - number))
            self._before[watch.market.address] = head.number, head.timestamp, interval
        return interval


@contextmanager
def opened(config: KeeperConfig, say: Say, health: Health, metrics: Metrics, wait: Callable[[float], None] = sleep) -> Iterator[Keeper]:
    """The keeper of a configuration, its key locked and its files open while the context lasts. Where no node answers it waits, by `wait`, for one that does.

    Raises NoKey, KeyInUse, OtherChain, MalformedAddresses, WrongChain, NoContract, WrongCode, the outbox's and the archive's errors.
    """
    sender = key_of(config.account)
    with KeyLock(sender.address):
        deployments = tuple(read_deployment(path) for path in config.markets)
        watches = once_answered(lambda: _watches(config, sender.address, deployments, say), say, wait, health, "node")
        markets = tuple(watch.market for watch in watches)
        policy = FeePolicy(config.cap_wei_per_gas, config.cap_wei)
        archive = Archive(config.folder / "archive.sqlite", config.limits.archive_rounds)
        try:
            with Outbox(config.folder / f"outbox-{markets[0].chain_id}.sqlite", Writers(markets), sender, policy, say) as outbox:
                keeper = Keeper(config, sender.address, watches, outbox, archive, say, health, metrics)
                try:
                    yield keeper
                finally:
                    keeper.close()
        finally:
            archive.close()


def _watches(config: KeeperConfig, account: str, deployments: tuple[Deployment, ...], say: Say) -> tuple[MarketWatch, ...]:
    web3 = connect_all(config.nodes, say=say, chain_id=deployments[0].chain_id)
    return tuple(MarketWatch(Market.at(web3, deployment), account, config.limits.look_back_rounds, config.cap_wei_per_gas) for deployment in deployments)
