"""Rounds of a real ticket market, each act measured in the second of them, and a beacon of drand's quicknet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from eth_utils import keccak
from web3.contract import Contract
from web3.logs import DISCARD

from bench.onchain.checking import Checker
from bench.onchain.node import TRANSACTION_GAS, Chain, Spent
from seqmarket.certificate.encode import encode
from seqmarket.certificate.form import Certificate
from seqmarket.model import drand
from seqmarket.model.book import instance_of, unpack_book
from seqmarket.model.draw import seed_of, ticket
from seqmarket.model.instance import Instance
from seqmarket.model.order import pack_order
from seqmarket.model.pool_list import Pool, book_of, pack_pools
from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer.commitment import claim_of

Certify = Callable[[Instance, float], Certificate | None]
"""A solver: the certificate of an instance, built with so much thrift (`seqmarket.certificate.build`), or None."""

ROLLUPS, POOLS, WINNERS = 32, 200, 10
PERIOD, ASSIGN, DRAW = 4_000, 1_000, 1_000
TICK_WEI, DEPOSIT, FEE, DELAY = 10**9, 500, 10, 5
TARGET, BASE = 1_000, 20_000_000
LINEAR = Curve(CurveKind.LINEAR, TARGET)
CROWD = 1_000
OWNER, SOLVER, FIRST_BUYER, BUYERS = 30, 31, 2, 20
NO_DEADLINE, ANY_PRICE = 2**40, 2**60
BEACON = 20_791_007
BEACON_SIGNATURE = bytes.fromhex("8d2c8bbc37170dbacc5e280a21d4e195cff5f32a19fd6a58633fa4e4670478b5fb39bc13dd8f8c4372c5a76191198ac5")


def play(chain: Chain, checker: Checker, certify: Certify) -> dict[str, Spent]:
    """By act, what it took: two rounds of WINNERS pools, one in which a pool has CROWD purchases more, one of POOLS pools; and a beacon."""
    market, tickets, schedule = _deployed(chain, checker.contract)
    spent: dict[str, Spent] = {}
    last: dict[int, int] = {}
    for number in range(2):
        its = _Sale(chain, certify, market, tickets, schedule, number, last, spent)
        its.sell(disjoint())
        its.end()
    crowd = _Sale(chain, certify, market, tickets, schedule, 2, last, spent)
    crowd.sell(disjoint())
    crowd.crowd()
    crowd.end(" after a crowd")
    many = _Sale(chain, certify, market, tickets, schedule, 3, last, spent)
    many.sell(some(POOLS))
    many.end(" of many pools")
    return spent | _beacon(chain)


def disjoint() -> list[int]:
    """WINNERS bundles of three or four neighbours that cover all rollups."""
    ends = [ROLLUPS * i // WINNERS for i in range(WINNERS + 1)]
    return [(1 << b) - (1 << a) for a, b in zip(ends, ends[1:])]


def some(count: int) -> list[int]:
    """So many bundles: the disjoint ones, and others that overlap them."""
    found = disjoint()
    for step in range(1, ROLLUPS):
        for first in range(ROLLUPS - step):
            bundle = 1 << first | 1 << first + step
            if len(found) < count and bundle not in found:
                found.append(bundle)
    return found


def execution(spent: Spent) -> int:
    """What a transaction took without what every one takes: 21,000, 4 a zero byte and 16 any other."""
    return spent.gas - TRANSACTION_GAS - sum(16 if byte else 4 for byte in spent.data)


@dataclass(frozen=True, slots=True)
class _Strip:
    start: int
    end: int


class _Sale:
    """A round of pools. `last` keeps where each bundle's last strip starts, for the round after."""

    def __init__(
        self,
        chain: Chain,
        certify: Certify,
        market: Contract,
        tickets: Contract,
        schedule: Schedule,
        number: int,
        last: dict[int, int],
        spent: dict[str, Spent],
    ) -> None:
        self.chain, self.certify, self.market, self.tickets, self.schedule = chain, certify, market, tickets, schedule
        self.number, self.last, self.spent = number, last, spent
        self.base: dict[int, int] = {}
        self.strips: dict[int, list[_Strip]] = {}

    def sell(self, bundles: list[int]) -> None:
        """Opens every pool with 20 tickets, and sells more of the first ones: 480 at the base price each, of the first one up to where prices rise."""
        self.chain.warp(self.schedule.commit_start(self.number))
        for at, bundle in enumerate(bundles):
            arguments = (self.number, bundle, self.last.get(bundle, 0), 20, ANY_PRICE, NO_DEADLINE)
            base = self.tickets.functions.basePriceOf(*arguments[:3]).call()
            opened = self.spent["open"] = self._pay("open", *arguments, sender=FIRST_BUYER + at % BUYERS, ticks=20 * base + FEE)
            event = self.tickets.events.PoolOpened().process_receipt(opened.receipt, errors=DISCARD)[0]["args"]
            self.base[bundle], self.strips[bundle] = event["baseTicks"], [_Strip(0, 20)]
        for at, bundle in enumerate(bundles[:WINNERS]):
            self.spent["buy"] = self.buy(bundle, 480, FIRST_BUYER + at)
        self.spent["buy, rising"] = self.buy(bundles[0], 1_010, FIRST_BUYER)

    def buy(self, bundle: int, count: int, sender: int) -> Spent:
        """The next tickets of a pool, for just what they cost."""
        before = self.strips[bundle][-1]
        ticks = cost_ticks(LINEAR, self.base[bundle], before.end, count)
        order = pack_order(self.number, self.base[bundle], before.start, count, ANY_PRICE, NO_DEADLINE)
        bought = self._pay("buy", order, bundle, sender=sender, ticks=ticks)
        self.strips[bundle].append(_Strip(before.end, before.end + count))
        return bought

    def crowd(self) -> None:
        """Sells CROWD tickets of the second pool one by one, and splits a strip of it."""
        bundle = list(self.base)[1]
        for _ in range(CROWD):
            self.spent["buy after a crowd"] = self.buy(bundle, 1, FIRST_BUYER)
        self._split(bundle, 1)

    def end(self, which: str = "") -> None:
        """Proves the round, draws it, refunds a pool that lost."""
        pools = [self._pool(bundle, strips[-1]) for bundle, strips in self.strips.items()]
        self.last.update({pool.bundle: pool.last for pool in pools})
        reserves = (0,) * ROLLUPS
        book, shown = book_of(pools, reserves), pack_pools(pools, ROLLUPS)
        instance = instance_of(reserves, unpack_book(book, ROLLUPS))
        certificate = self.certify(instance, 0.0)
        if certificate is None:
            raise RuntimeError(f"ticket round {self.number} isn't proved in time")
        blob, who = encode(certificate, instance), self.chain.accounts[SOLVER]
        self.chain.warp(self.schedule.assign_start(self.number))
        claim = claim_of(self.chain.web3.eth.chain_id, self.market.address, self.number, who, blob)
        self.chain.send(self.market, "claimProof", self.number, claim, sender=SOLVER)
        self.chain.warp(self.schedule.assign_start(self.number) + 10 * DELAY)
        self.spent["prove" + which] = self.chain.send(self.market, "prove", self.number, who, shown, blob, sender=SOLVER)
        self._draw(which, book, pools, certificate.winners)

    def _pool(self, bundle: int, last: _Strip) -> Pool:
        return Pool(bundle, self.base[bundle], last.start, last.end, cost_ticks(LINEAR, self.base[bundle], 0, last.end))

    def _draw(self, which: str, book: bytes, pools: list[Pool], winners: tuple[int, ...]) -> None:
        web3 = self.chain.web3
        self.chain.warp(self.schedule.assign_end(self.number))
        web3.provider.make_request("evm_mine", [])
        point = self.tickets.functions.poolsOf(self.number).call()[2]
        if (behind := point + 1 - web3.eth.block_number) > 0:
            web3.provider.make_request("anvil_mine", [hex(behind), "0x0"])
        checker = web3.eth.contract(self.market.functions.checker().call(), abi=self.chain.abi_of("CertificateChecker"))
        appraisal = checker.functions.appraise(bytes(8 * ROLLUPS), book, sorted(winners)).call()
        seed, lots = self.tickets.functions.seedOf(self.number).call(), []
        for j in sorted(winners):
            pool = pools[j]
            drawn = ticket(seed_of(seed, web3.eth.chain_id, self.tickets.address, self.number, pool.bundle, keccak), pool.tickets, keccak)
            strip = next(s for s in self.strips[pool.bundle] if s.start <= drawn < s.end)
            lots.append((pool.base_ticks, strip.start))
        first = pools[min(winners)]
        arguments = (seed, self.number, first.bundle, first.base_ticks, first.tickets, lots[0][1])
        self.spent["find a holder"] = self.chain.send(self.tickets, "drawnOf", *arguments, sender=SOLVER)
        self.spent["draw" + which] = self.chain.send(self.market, "draw", self.number, appraisal, lots, sender=SOLVER)
        lost = [pool for j, pool in enumerate(pools) if j not in winners]
        for pool in lost[:2]:
            self.spent["refund"] = self.chain.send(self.tickets, "refund", self.number, pool.bundle, pool.base_ticks, 0, 0, 1, sender=SOLVER)

    def _split(self, bundle: int, at: int) -> None:
        token = self.tickets.functions.idOf(self.number, bundle, self.base[bundle], at - 1).call()
        holder = self.tickets.functions.stripOf(token).call()[0]
        self.spent["split"] = self.chain.send(self.tickets, "split", token, at, max(at - 2, 0), sender=self.chain.accounts.index(holder))
        whole = self.strips[bundle].pop(at - 1)
        self.strips[bundle][at - 1 : at - 1] = [_Strip(at - 1, at), _Strip(at, whole.end)]

    def _pay(self, name: str, *arguments: object, sender: int, ticks: int) -> Spent:
        return self.chain.send(self.tickets, name, *arguments, sender=sender, value=ticks * TICK_WEI)


def _deployed(chain: Chain, checker: Contract) -> tuple[Contract, Contract, Schedule]:
    """A ticket market of 32 rollups, all of one owner, none with a reserve, drawn by block hashes."""
    genesis = chain.web3.eth.get_block("latest")["timestamp"] + PERIOD
    schedule = Schedule(genesis, PERIOD, PERIOD, 0, ASSIGN, DRAW)
    parameters = (
        (genesis, PERIOD, PERIOD, 0, ASSIGN, DRAW),
        TICK_WEI, DEPOSIT, FEE, 2_500, POOLS, DELAY, 0, 0, (int(LINEAR.kind), TARGET, 0, 0, 0), (0, BASE, 0),
    )  # fmt: skip
    randomness = chain.deploy("BlockHashRandomness", ASSIGN)
    market = chain.deploy("TicketMarket", parameters, checker.address, randomness.address)
    tickets = chain.web3.eth.contract(market.functions.tickets().call(), abi=chain.abi_of("Tickets"))
    chain.send(market, "deposit", chain.accounts[OWNER], sender=OWNER, value=ROLLUPS * DEPOSIT * TICK_WEI)
    for _ in range(ROLLUPS):
        chain.send(market, "register", 0, chain.accounts[OWNER], chain.accounts[OWNER], sender=OWNER)
    return market, tickets, schedule


def _beacon(chain: Chain) -> dict[str, Spent]:
    """A real beacon, verified in a transaction without its seed being stored, and with."""
    key = drand.decompress_key(drand.QUICKNET.key)
    source = chain.deploy("DrandRandomness", key, drand.QUICKNET.genesis, drand.QUICKNET.period_seconds)
    proof = drand.decompress(BEACON_SIGNATURE)
    return {name: chain.send(source, name, BEACON, proof, sender=SOLVER) for name in ("verify", "capture")}
