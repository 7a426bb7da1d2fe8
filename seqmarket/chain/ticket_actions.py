"""What can be done to a ticket market beyond what every market takes (`writer`): its sale, its refunds, its draw."""

from __future__ import annotations

from dataclasses import dataclass, fields

from seqmarket.chain.writer import Action
from seqmarket.model.order import pack_order


@dataclass(frozen=True, slots=True)
class DepositForTickets(Action):
    """Ether for an account at the tickets, which hold other money than the market."""

    contract = "tickets"
    function = "deposit"
    account: str
    ticks: int

    def arguments(self) -> tuple:
        return (self.account,)

    def value_ticks(self) -> int:
        return self.ticks


@dataclass(frozen=True, slots=True)
class WithdrawFromTickets(Action):
    contract = "tickets"
    function = "withdraw"
    ticks: int
    to: str


class Purchase(Action):
    """What opens or buys. `sent_ticks` are paid along, and no argument: what they leave over is credited, what they lack is taken from the account."""

    __slots__ = ()
    contract = "tickets"

    def arguments(self) -> tuple:
        return tuple(getattr(self, field.name) for field in fields(self) if field.name != "sent_ticks")

    def value_ticks(self) -> int:
        return self.sent_ticks


@dataclass(frozen=True, slots=True)
class Open(Purchase):
    function = "open"
    round: int
    bundle: int
    prior_last: int
    count: int
    most_ticks: int
    deadline: int
    sent_ticks: int


@dataclass(frozen=True, slots=True)
class Buy(Purchase):
    """Its order goes as one word."""

    function = "buy"
    round: int
    bundle: int
    base_ticks: int
    after: int
    count: int
    most_ticks: int
    deadline: int
    sent_ticks: int

    def arguments(self) -> tuple:
        return pack_order(self.round, self.base_ticks, self.after, self.count, self.most_ticks, self.deadline), self.bundle


@dataclass(frozen=True, slots=True)
class SplitTickets(Action):
    contract = "tickets"
    function = "split"
    token: int
    at: int
    before: int


@dataclass(frozen=True, slots=True)
class TransferTickets(Action):
    contract = "tickets"
    function = "transfer"
    to: str
    token: int
    tickets: int


@dataclass(frozen=True, slots=True)
class TransferTicketsFrom(Action):
    contract = "tickets"
    function = "transferFrom"
    holder: str
    to: str
    token: int
    tickets: int


@dataclass(frozen=True, slots=True)
class ApproveTickets(Action):
    contract = "tickets"
    function = "approve"
    spender: str
    token: int
    tickets: int


@dataclass(frozen=True, slots=True)
class SetTicketOperator(Action):
    contract = "tickets"
    function = "setOperator"
    spender: str
    approved: bool


@dataclass(frozen=True, slots=True)
class Refund(Action):
    """Gives back what `strips` strips from `start` on paid; `before`: where the strip before them starts."""

    contract = "tickets"
    function = "refund"
    round: int
    bundle: int
    base_ticks: int
    start: int
    before: int
    strips: int


@dataclass(frozen=True, slots=True)
class CaptureSeed(Action):
    contract = "randomness"
    function = "capture"
    point: int
    proof: bytes


@dataclass(frozen=True, slots=True)
class Draw(Action):
    """`appraisal`: the struct in the order of its fields; `lots`: (base price, start of the strip) for each winner."""

    function = "draw"
    round: int
    appraisal: tuple
    lots: tuple[tuple[int, int], ...]
