"""The cast of the demo, the rollups that they own, and the sequencers' seeded wishes."""

from __future__ import annotations

from random import Random

from seqmarket.chain.anvil import keys
from seqmarket.chain.sender import LocalKey
from seqmarket.chain.writer import Deposit, Register, SetReserve
from seqmarket.demo.house import ETHER, House
from seqmarket.model.bid_list import Bid
from seqmarket.model.bundle import bundle_of

ROLLUPS = 12
OWNERS = tuple(f"owner {i}" for i in range(16))
PUBLIC = ("Alice", "Bob", "Carol", "Mallory")
SEQUENCERS = tuple(f"seq {i}" for i in range(1, 26))
HELPERS = ("Sol", "Ruth", "Heidi")
CENT = ETHER // 100
RESERVES = (180, 120, 250, 90, 140, 200, 110, 160, 130, 220, 100, 150)
"""Of act two, in hundredths of an ether."""


def make() -> dict[str, LocalKey]:
    """The cast by name; the deployer isn't in it."""
    names = OWNERS + PUBLIC + SEQUENCERS + HELPERS
    return dict(zip(names, keys(len(names) + 1)[1:], strict=True))


def register(stage: House, first: int, count: int, reserves: tuple[int, ...]) -> None:
    """Registers rollups first … first + count − 1, each by its owner; `reserves` in ticks."""
    deposit = stage.reader().parameters.registration_deposit_ticks
    owners = [stage.cast[OWNERS[i]] for i in range(first, first + count)]
    stage.send_all("deposits of rollup owners", [(owner, Deposit(owner.address, deposit)) for owner in owners])
    done = stage.send_all(
        "rollups registered", [(o, Register(reserve, o.address, o.address)) for o, reserve in zip(owners, reserves, strict=True)]
    )
    events = [stage.writer.events(each, "RollupRegistered")[0]["args"] for each in done]
    stage.lanes += count
    stage.claim("each takes the next index", found=[e["rollup"] for e in events], expected=list(range(first, first + count)))
    stage.say(f"  They take part from round {events[0]['fromRound']} on: a round that has opened never changes.")


def set_reserves(stage: House, reserves: dict[int, int]) -> None:
    """Changes the reserves of some rollups, in ticks, each by its owner."""
    stage.send_all("reserves changed", [(stage.cast[OWNERS[i]], SetReserve(i, ticks)) for i, ticks in reserves.items()])


def wishes(index: int) -> tuple[Bid, ...]:
    """The bids of one sequencer: three or four neighbouring rollups, worth more together. Seeded by its index.

    Each rollup alone may be won beside others (group 0); the bundles exclude each other, for the same machines serve them (group 1).
    """
    dice = Random(f"sequencer {index}")
    size = dice.randint(3, 4)
    home = dice.randrange(ROLLUPS)
    wanted = [(home + at) % ROLLUPS for at in range(size)]
    worth = {i: RESERVES[i] * dice.randint(100, 140) // 100 for i in wanted}
    bids = [Bid(1 << i, worth[i] * CENT) for i in wanted]
    for count in range(2, size + 1):
        for start in range(size - count + 1):
            part = wanted[start : start + count]
            value = sum(worth[i] for i in part) * (100 + dice.randint(8, 14) * (count - 1)) // 100
            bids.append(Bid(bundle_of(part), value * CENT, 1))
    return tuple(bids)
