"""Act five: a real beacon of drand's quicknet verified on chain, its forgeries refused, and a round drawn by a beacon of a network of our own."""

from __future__ import annotations

from web3 import Web3
from web3.contract import Contract

from seqmarket.chain import abi
from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy_source
from seqmarket.chain.errors import NotInGroup, SeedMissing, WrongSignature, named
from seqmarket.chain.node import url_of
from seqmarket.chain.ticket_actions import CaptureSeed
from seqmarket.demo import cast, ticket_rounds
from seqmarket.demo.beacons import OneKeyNetwork
from seqmarket.demo.house import ETHER
from seqmarket.demo.ticket_rounds import START, TARGET, Sale
from seqmarket.demo.ticket_stage import TicketStage
from seqmarket.model.drand import QUICKNET, Network, compress, decompress, seed_of
from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import drawing

ROUND = 0
ROUNDS = 1
CURVE = Curve(CurveKind.EXPONENTIAL, TARGET, steepness_bps=10_000)
PERIOD = 3
SECRET = int.from_bytes(b"a key that everybody knows")
AB, C, BC = 0b011, 0b100, 0b110
RESERVES = (ETHER // 2, ETHER // 2, 0)
ORDERS = (("Alice", AB, 9), ("Bob", C, 3), ("Carol", BC, 6), ("Bob", AB, 8), ("Mallory", C, 2))

BEACON_ROUND = 1000
BEACON = bytes.fromhex("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39")
BEACON_RANDOMNESS = bytes.fromhex("fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd")
"""Signature and randomness of quicknet's round 1000, as the network published them."""


def network_at(web3: Web3, genesis: int) -> tuple[OneKeyNetwork, Network]:
    """Our own network: who signs, and what its contract is told of it."""
    signer = OneKeyNetwork(web3, SECRET)
    return signer, Network(signer.compressed_key, genesis, PERIOD)


def quicknet(stage: TicketStage, codes: dict[str, bytes]) -> None:
    """The verifier with quicknet's key, a real beacon, and two that aren't."""
    stage.act("Act 5: tickets, drawn by a drand beacon")
    receipt = deploy_source(stage.web3, keys(1)[0], codes, QUICKNET)
    verifier = stage.web3.eth.contract(receipt["contractAddress"], abi=abi.load("DrandRandomness"))
    stage.say(f"  Quicknet's verifier: {verifier.address}, with the network's own key.")
    proof = decompress(BEACON)
    found = _verify(verifier, BEACON_ROUND, proof)
    text = f"it verifies quicknet's real beacon of round {BEACON_ROUND}, and gives the published randomness"
    stage.claim(text, found=found, expected=BEACON_RANDOMNESS)
    _refuse_forgeries(stage, verifier, BEACON_ROUND, proof)


def sale(stage: TicketStage, network: Network) -> Sale:
    """The sale, at exponential prices; its draw point is a beacon that doesn't exist yet."""
    stage.say("  Quicknet's beacon for this round would have to come from the future. So this market trusts a network of our own, with one key,")
    stage.say("  and the demo signs its beacons itself: it knows every seed in advance, as nobody may. The contract and its checks are the same.")
    cast.register(stage, 0, 3, RESERVES)
    stage.to_phase(ROUND, Phase.COMMIT)
    its = Sale(ROUND)
    ticket_rounds.sell(stage, its, ORDERS)
    snapshot = ticket_rounds.check_pools(stage, its)
    point = snapshot.pool_book.draw_point
    expected = network.point_at(snapshot.schedule.draw_time(ROUND))
    stage.claim(f"the round is to be drawn by beacon {point}, published in its draw phase", found=point, expected=expected)
    twin = {pool.bundle: cost_ticks(CURVE, START, 0, pool.tickets) for pool in snapshot.pools}
    found = {pool.bundle: pool.revenue_ticks for pool in snapshot.pools}
    stage.claim("price_stays_on_curve: pools bought in parts cost what the exponential curve says of the whole", found=found, expected=twin)
    stage.require_solvent(ROUNDS)
    return its


def assign(stage: TicketStage) -> None:
    """The partition is proved."""
    stage.to_phase(ROUND, Phase.ASSIGN)
    ticket_rounds.prove(stage, ROUND)


def draw(stage: TicketStage, its: Sale, signer: OneKeyNetwork) -> None:
    """The draw: without the beacon, with false ones, with the beacon."""
    stage.to_phase(ROUND, Phase.DRAW)
    point = stage.snapshot(ROUND).pool_book.draw_point
    sol = stage.cast["Sol"]
    early = lambda: drawing.draw(stage.writer, sol, ROUND)  # noqa: E731
    stage.refused("nothing is drawn before the beacon is shown", SeedMissing, early, point=point)
    proof = signer.sign(point)
    _refuse_forgeries(stage, stage.market.contracts["randomness"], point, proof)
    stage.refused(
        "sent as transactions they are refused too", WrongSignature, lambda: stage.send(sol, CaptureSeed(point, signer.sign(point - 1))), point=point
    )
    drawing.capture(stage.writer, sol, stage.snapshot(ROUND), proof)
    stage.claim("the seed is the sha256 of the beacon, by the twin", found=stage.snapshot(ROUND).seed, expected=seed_of(compress(proof)))
    drawn = ticket_rounds.draw(stage, ROUND)
    ticket_rounds.refund_losers(stage, its, drawn)
    ticket_rounds.show_lottery(stage, its, drawn)
    stage.require_solvent(ROUNDS)
    ticket_rounds.everybody_out(stage)


def _refuse_forgeries(stage: TicketStage, verifier: Contract, point: int, proof: bytes) -> None:
    flipped = proof[:-1] + bytes([proof[-1] ^ 1])
    stage.refused("a copy with one bit flipped is refused", NotInGroup, lambda: _verify(verifier, point, flipped))
    stage.refused("a true beacon shown for another round is refused", WrongSignature, lambda: _verify(verifier, point + 1, proof), point=point + 1)


def _verify(verifier: Contract, point: int, proof: bytes) -> bytes:
    with named(url_of(verifier.w3)):
        return verifier.functions.verify(point, proof).call()
