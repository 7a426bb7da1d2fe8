"""However many strips a pool has, each call costs what it cost: given the right hints nothing is walked.

Two markets differ in nothing but how many strips of one ticket their only pool has. What their transactions may differ in is what the calldata costs:
a number may have another zero byte. So that is taken off, and the rest must be equal to the gas.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from eth_utils import keccak

from seqmarket.certificate.build import prove as build_proof
from seqmarket.certificate.encode import encode
from seqmarket.model.book import instance_of, unpack_book
from seqmarket.model.order import pack_order
from seqmarket.model.pool_list import Pool, book_of, pack_pools
from tests.contracts.chain import GAS_CAP, plain, rpc, send
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B
from tests.contracts.tickets.support import FOREVER, MOST, in_few_blocks, winning_ticket

AB = A | B
FEW, MANY = 10, 300
TRANSACTION_GAS, ZERO_BYTE_GAS, BYTE_GAS = 21_000, 4, 16
STEP_GAS = 2_300
"""What `ITickets.buy` says that each strip costs which follows the hint."""


@pytest.fixture(scope="module")
def markets(deploy_ticket_market, registered_rollups, cast, warp_to, now) -> dict[int, SimpleNamespace]:
    """Ann bought every ticket, all in the flat part of the curve. Both markets keep one schedule."""
    genesis, made = now() + 200, {}
    for strips in (FEW, MANY):
        made[strips] = deploy_ticket_market(genesis=genesis, curve=(0, 1_000, 0, 0, 0))
        registered_rollups(made[strips].market, 2)
        made[strips].tickets.deposit(cast.ann, sender=cast.ann, value=10**16)
    warp_to(genesis)
    for strips, its in made.items():
        its.tickets.open(0, AB, 0, 1, MOST, FOREVER, sender=cast.ann)
        purchases = [("buy", (pack_order(0, 20, start - 1, 1, MOST, FOREVER), AB)) for start in range(1, strips)]
        in_few_blocks(its, cast.ann, genesis + strips // 10, purchases)
    return made


def execution_gas(contract, sender, name: str, *arguments, value: int = 0) -> int:
    """The gas of a transaction without what the transaction and its calldata cost."""
    data = contract.web3.encode_abi(name, args=list(arguments))
    calldata = bytes.fromhex(data[2:])
    zeros = calldata.count(0)
    spent = send(contract, data, sender, value).gas_used
    assert spent < GAS_CAP
    return spent - TRANSACTION_GAS - zeros * ZERO_BYTE_GAS - (len(calldata) - zeros) * BYTE_GAS


def buy_gas(its, cast, after: int) -> int:
    return execution_gas(its.tickets, cast.bob, "buy", pack_order(0, 20, after, 1, MOST, FOREVER), AB, value=20 * 10**9)


def test_buy__after_the_last_strip__costs_the_same_in_a_long_pool(markets, cast):
    gas = {strips: buy_gas(its, cast, strips - 1) for strips, its in markets.items()}

    assert gas[FEW] == gas[MANY]


@pytest.mark.parametrize("behind", [1, 5])
def test_buy__after_a_strip_that_others_followed__costs_2300_gas_a_strip_at_most(markets, cast, behind):
    its = markets[MANY]
    at_best = buy_gas(its, cast, MANY - 1)

    later = buy_gas(its, cast, MANY - behind)

    assert later - at_best <= behind * STEP_GAS


def pool_of(strips: int) -> Pool:
    """The pool as it was sold, without a walk along its strips: each is of one ticket at 20 ticks."""
    return Pool(AB, 20, last=strips - 1, tickets=strips, revenue_ticks=20 * strips)


def certificate_of(strips: int) -> bytes:
    instance = instance_of((0, 0), unpack_book(book_of([pool_of(strips)], (0, 0)), 2))
    return encode(build_proof(instance).certificate, instance)


def test_assignment_and_draw__of_a_long_pool__cost_the_same(markets, cast, warp_to, now, mine_at):
    gas: dict[str, dict[int, int]] = {"propose": {}, "prove": {}, "draw": {}}
    s = schedule_of(markets[FEW].market)
    mine_at(s.assign_start(0))
    for strips, its in markets.items():
        shown, certificate = pack_pools([pool_of(strips)], 2), certificate_of(strips)
        gas["propose"][strips] = execution_gas(its.market, cast.solver, "propose", 0, shown, [0])
        its.market.claimProof(0, its.market.claimOf(0, cast.prover, keccak(certificate)), sender=cast.prover)
        warp_to(now() + 5)
        gas["prove"][strips] = execution_gas(its.market, cast.stranger, "prove", 0, cast.prover.address, shown, certificate)
        assert its.market.assignmentOf(0).valueTicks == strips * 20
    mine_at(s.assign_end(0))
    last_point = max(its.tickets.poolsOf(0).drawPoint for its in markets.values())
    rpc("anvil_mine", hex(last_point + 1 - int(rpc("eth_blockNumber"), 16)), "0x0")
    for strips, its in markets.items():
        appraisal = its.checker.appraise(bytes(16), book_of([pool_of(strips)], (0, 0)), [0])
        ticket = winning_ticket(its, 0, AB, strips, its.randomness.seedOf(its.tickets.poolsOf(0).drawPoint))
        gas["draw"][strips] = execution_gas(its.market, cast.stranger, "draw", 0, plain(appraisal), [(20, ticket)])
        assert its.market.winnerOf(0, 0).bidder == cast.ann

    assert {name: each[MANY] - each[FEW] for name, each in gas.items()} == {"propose": 0, "prove": 0, "draw": 0}


def test_refund__of_the_last_strip__costs_the_same_in_a_long_pool(markets, cast, mine_at):
    mine_at(schedule_of(markets[FEW].market).assign_end(0))

    gas = {
        strips: execution_gas(its.tickets, cast.stranger, "refund", 0, AB, 20, strips - 1, strips - 2, 1) for strips, its in markets.items()
    }

    assert gas[FEW] == gas[MANY]


def test_refund__of_a_long_pool__gives_back_all_in_a_few_transactions(markets, cast, mine_at):
    its = markets[MANY]
    mine_at(schedule_of(its.market).assign_end(0))
    before = its.tickets.accountOf(cast.ann).freeTicks

    for start in range(0, MANY, 100):
        its.tickets.refund(0, AB, 20, start, max(0, start - 1), 100, sender=cast.stranger)

    assert its.tickets.accountOf(cast.ann).freeTicks == before + MANY * 20 + 10
    assert its.tickets.balance == its.tickets.accountOf(cast.ann).freeTicks * 10**9
