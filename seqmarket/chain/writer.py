"""What can be done to a market: one frozen action a function, whose fields are the function's arguments in order; and the sending of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import ClassVar

from web3.logs import DISCARD
from web3.types import EventData, TxParams, TxReceipt

from seqmarket.chain.errors import named
from seqmarket.chain.market import Market
from seqmarket.chain.node import url_of
from seqmarket.chain.sender import Sender
from seqmarket.chain.transactions import submit, wait_for


@dataclass(frozen=True, slots=True)
class Action:
    """A call of `function` of the contract called `contract`."""

    contract: ClassVar[str] = "market"
    function: ClassVar[str]

    def arguments(self) -> tuple:
        """The call's arguments in order."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def value_ticks(self) -> int:
        """The ticks sent along."""
        return 0


@dataclass(frozen=True, slots=True)
class Deposit(Action):
    function = "deposit"
    account: str
    ticks: int

    def arguments(self) -> tuple:
        return (self.account,)

    def value_ticks(self) -> int:
        return self.ticks


@dataclass(frozen=True, slots=True)
class Withdraw(Action):
    function = "withdraw"
    ticks: int
    to: str


@dataclass(frozen=True, slots=True)
class Register(Action):
    function = "register"
    reserve_ticks: int
    payout: str
    default_sequencer: str


@dataclass(frozen=True, slots=True)
class SetReserve(Action):
    function = "setReserve"
    rollup: int
    reserve_ticks: int


@dataclass(frozen=True, slots=True)
class SetPayout(Action):
    function = "setPayout"
    rollup: int
    payout: str


@dataclass(frozen=True, slots=True)
class SetDefaultSequencer(Action):
    function = "setDefaultSequencer"
    rollup: int
    default_sequencer: str


@dataclass(frozen=True, slots=True)
class OfferOwnership(Action):
    function = "offerOwnership"
    rollup: int
    heir: str


@dataclass(frozen=True, slots=True)
class AcceptOwnership(Action):
    function = "acceptOwnership"
    rollup: int


@dataclass(frozen=True, slots=True)
class Deregister(Action):
    function = "deregister"
    rollup: int


@dataclass(frozen=True, slots=True)
class Collect(Action):
    function = "collect"
    lane: int


@dataclass(frozen=True, slots=True)
class Commit(Action):
    function = "commit"
    round: int
    commitment: bytes
    collateral_ticks: int
    offer_slots: int


@dataclass(frozen=True, slots=True)
class Reveal(Action):
    function = "reveal"
    round: int
    bidder: str
    collateral_ticks: int
    offer_slots: int
    salt: bytes
    records: bytes


@dataclass(frozen=True, slots=True)
class Propose(Action):
    function = "propose"
    round: int
    book: bytes
    offers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClaimProof(Action):
    function = "claimProof"
    round: int
    claim: bytes


@dataclass(frozen=True, slots=True)
class Prove(Action):
    function = "prove"
    round: int
    prover: str
    book: bytes
    certificate: bytes


@dataclass(frozen=True, slots=True)
class ProposeRead(Action):
    """`appraisal`: the struct in the order of its fields, as the checker concluded with."""

    function = "proposeRead"
    round: int
    head_hash: bytes
    appraisal: tuple


@dataclass(frozen=True, slots=True)
class ProveRead(Action):
    function = "proveRead"
    round: int
    prover: str
    head_hash: bytes
    appraisal: tuple


@dataclass(frozen=True, slots=True)
class Settle(Action):
    function = "settle"
    round: int
    appraisal: tuple


@dataclass(frozen=True, slots=True)
class Release(Action):
    function = "release"
    round: int
    bidder: str


@dataclass(frozen=True, slots=True)
class Forfeit(Action):
    function = "forfeit"
    round: int
    bidder: str
    commitment: bytes
    collateral_ticks: int
    offer_slots: int


@dataclass(frozen=True, slots=True)
class Refute(Action):
    """Proves a lemma."""

    contract = "checker"
    function = "refute"
    uncovered: int
    target: int
    offers: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class ReadBook(Action):
    """Reads the next chunks of a book; `so_far`: what the parts before came to, as the checker told it; empty for the first."""

    contract = "checker"
    function = "read"
    reserves: bytes
    head: bytes
    so_far: bytes
    part: bytes


@dataclass(frozen=True, slots=True)
class Conclude(Action):
    """Ends a reading."""

    contract = "checker"
    function = "conclude"
    reserves: bytes
    head: bytes
    so_far: bytes


@dataclass(frozen=True, slots=True)
class MintRight(Action):
    contract = "rights"
    function = "mint"
    round: int
    winner: int


@dataclass(frozen=True, slots=True)
class TransferRight(Action):
    contract = "rights"
    function = "transferFrom"
    holder: str
    to: str
    token: int


@dataclass(frozen=True, slots=True)
class Done:
    """An action that stands in a block."""

    action: Action
    receipt: TxReceipt

    @property
    def gas(self) -> int:
        """The gas that it used."""
        return self.receipt["gasUsed"]

    @property
    def fee_wei(self) -> int:
        """What it paid for the gas."""
        return self.gas * self.receipt["effectiveGasPrice"]


Watch = Callable[[Done], None]


class Writer:
    """Sends actions to a market; `watch` sees each once it stands in a block."""

    def __init__(self, market: Market, watch: Watch | None = None) -> None:
        self.market = market
        self.watch = watch
        self.tick_wei: int = self._tick_wei()

    def send(self, sender: Sender, action: Action, gas: int | None = None) -> Done:
        """Sends one action and waits until it stands in a block.

        Raises the contract's error before anything is paid (with `gas` given: after), UnfundedAccount, NotIncluded, NodeUnreachable, NodeRefused.
        """
        return self.wait(self.submit(sender, action, gas), action)

    def submit(self, sender: Sender, action: Action, gas: int | None = None) -> bytes:
        """Sends one action and returns its transaction's hash at once."""
        return submit(self.market.web3, sender, self.call(action), gas)

    def wait(self, transaction: bytes, action: Action) -> Done:
        """Waits until a transaction that carries `action` stands in a block."""
        return self.seen(Done(action, wait_for(self.market.web3, transaction)))

    def seen(self, done: Done) -> Done:
        """Shows `watch` an action that stands in a block."""
        if self.watch is not None:
            self.watch(done)
        return done

    def call(self, action: Action) -> TxParams:
        """To, data and value of an action. Raises WrongFormat."""
        return {"to": self.market.deployment.addresses[action.contract], "data": self.data(action), "value": action.value_ticks() * self.tick_wei}

    def data(self, action: Action) -> str:
        """The call data of an action. Raises WrongFormat where the market's contracts have no such function."""
        return self.market.contract_with(action.contract, action.function).encode_abi(action.function, args=action.arguments())

    def events(self, done: Done, name: str) -> list[EventData]:
        """The market's events of one name in a transaction."""
        return list(self.market.contracts[done.action.contract].events[name]().process_receipt(done.receipt, errors=DISCARD))

    def next_time(self) -> int:
        """The time that the next block would have now."""
        web3 = self.market.web3
        with named(url_of(web3)):
            return web3.eth.get_block("pending")["timestamp"]

    def free_ticks(self, account: str, contract: str = "market") -> int:
        """The free ticks of an account, after what was sent so far."""
        with named(url_of(self.market.web3)):
            return self.market.contracts[contract].functions.accountOf(account).call()[0]

    def _tick_wei(self) -> int:
        with named(url_of(self.market.web3)):
            return self.market.contracts["market"].functions.tickWei().call()
