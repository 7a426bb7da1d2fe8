"""An agent at work: one step looks at the chain, decides, and does; whoever calls `step` again and again keeps it alive.

All that must survive is on disk: bids and salts in the journal before their commitment is sent, transactions in the outbox before they leave. So a
step may end anywhere, by any error or by a kill, and the next one goes on.
"""

from __future__ import annotations

from collections.abc import Callable

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.decide import decide
from seqmarket.agent.deed import Deed, Kind
from seqmarket.agent.snapshot import SealedView, Snapshot
from seqmarket.agent.watch import Watch
from seqmarket.chain.errors import ChainError
from seqmarket.chain.market import Market
from seqmarket.chain.outbox import Outbox
from seqmarket.chain.outbox_store import OutboxError
from seqmarket.chain.records import EntryState
from seqmarket.chain.sender import Sender
from seqmarket.model.bid_list import BidListError
from seqmarket.sequencer import bidding
from seqmarket.sequencer.journal import Journal, JournalError
from seqmarket.sequencer.secrets import UnsteadySigner
from seqmarket.service.health import Health
from seqmarket.service.log import Say, silent

PARTS = ("outbox", "market")
"""The parts that /healthz shows."""
MOST_TOLD = 10_000
STEP_ERRORS = (ChainError, OutboxError, JournalError, UnsteadySigner, BidListError, OSError)
"""What a step may meet and the next may get over."""


class Agent:
    """One account at one market."""

    def __init__(
        self, market: Market, config: AgentConfig, sender: Sender, journal: Journal, outbox: Outbox, say: Say = silent, health: Health | None = None
    ) -> None:
        self._market, self._config, self._sender, self._journal, self._outbox = market, config, sender, journal, outbox
        self._say, self._health = say, health or Health(PARTS)
        self._watch = Watch(market, sender.address, config, journal)
        self._told: set[tuple[str, str]] = set()
        self._seen: tuple[int, int] | None = None  # the newest block that was looked at, and its time
        self._interval = 1

    def step(self) -> None:
        """Looks once and does what is due; twice where bids were sealed, so that they are committed to at once.

        Raises nothing that another step could get over.
        """
        self._part("outbox", self._outbox.step)
        self._part("market", self._work)

    def _work(self) -> None:
        snapshot = self._watch.look(self._held(), None if self._seen is None else self._seen[0])
        if snapshot is None:
            return
        self._learn_interval(snapshot)
        if self._do(snapshot):
            self._do(self._watch.look(self._held()))
        self._warn(snapshot)
        self._seen = snapshot.block, snapshot.timestamp

    def _held(self) -> frozenset[str]:
        return frozenset(state.key for state in self._outbox.live())

    def _do(self, snapshot: Snapshot) -> bool:
        """Does what is decided; whether bids were sealed."""
        deeds = decide(snapshot, snapshot.timestamp + self._interval, self._config)
        return any([self._seal(deed) if deed.kind == Kind.SEAL else self._post(deed) for deed in deeds])

    def _seal(self, deed: Deed) -> bool:
        entry = bidding.entry_of(self._market, self._sender, deed.round, deed.plan)
        if deed.committed is not None and entry.commitment != deed.committed:
            self._once_told("agent.unknown_commitment", deed.key, round=deed.round, committed=deed.committed, rebuilt=entry.commitment)
            return False
        self._journal.seal(entry)
        again = deed.committed is not None
        self._say("agent.sealed", round=deed.round, commitment=entry.commitment, collateral_ticks=entry.collateral_ticks, again=again)
        return True

    def _post(self, deed: Deed) -> bool:
        try:
            state = self._outbox.post(deed.key, deed.action, until=deed.until)
            self._once_told("agent.posted", deed.key, state.hash.hex(), kind=deed.kind, round=deed.round, hash=state.hash)
        except ChainError as refused:
            self._once_told("agent.refused", deed.key, type(refused).__name__, kind=deed.kind, round=deed.round, why=str(refused))
        return False

    def _warn(self, snapshot: Snapshot) -> None:
        """Tells of bonds that are at risk: a reveal phase that nears its end with the commitment still closed."""
        for view in snapshot.rounds:
            if not isinstance(view, SealedView) or view.state != EntryState.SEALED:
                continue
            left = snapshot.schedule.assign_start(view.round) - snapshot.timestamp
            if 0 < left <= self._config.margin_seconds:
                self._once_told("agent.reveal_late", str(view.round), round=view.round, seconds_left=left, known=view.entry is not None)

    def _once_told(self, event: str, key: str, detail: str = "", **told: object) -> None:
        if len(self._told) > MOST_TOLD:
            self._told.clear()
        if (event + key, detail) not in self._told:
            self._told.add((event + key, detail))
            self._say(event, key=key, **told)

    def _learn_interval(self, snapshot: Snapshot) -> None:
        """The seconds between the last two blocks that were looked at, at least one."""
        if self._seen is not None and snapshot.block > self._seen[0]:
            self._interval = max(1, (snapshot.timestamp - self._seen[1]) // (snapshot.block - self._seen[0]))

    def _part(self, name: str, work: Callable[[], object]) -> None:
        try:
            work()
        except STEP_ERRORS as broken:
            self._health.beat(name, False, f"{type(broken).__name__}: {broken}")
            self._say("agent.step_failed", part=name, error=type(broken).__name__, why=str(broken))
        else:
            self._health.beat(name)
