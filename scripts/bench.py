"""Gas and speed of the certificate, by real receipts on a node that holds every transaction to the gas cap of EIP-7825.

    make bench

Each row is a round with complementary values, solved, proved and checked once; "floor" is what the protocol charges for the calldata alone
(21,000 + 10 a zero byte and 40 any other). The targets are those of a later milestone and stand here for comparison.
"""

import platform
import time

import ape
from rich.console import Console
from rich.table import Table

from seqmarket.certificate.build import prove
from seqmarket.certificate.encode import encode
from seqmarket.certificate.form import Item, Price, Search
from seqmarket.lab.rounds import complementary_round
from seqmarket.model.book import instance_of, pack_book

GAS_CAP = 16_777_216
SIZES = ((8, 60), (16, 200), (32, 500), (32, 1_000), (64, 1_000))
TARGET_CLOSED_32_1000 = 280_000
SYNERGY = 0.12
SEEDS = 40
SECONDS_TO_PROVE = 30


def main() -> None:
    """Prints the table; raises where a certificate that was built is refused on chain."""
    checker = ape.accounts.test_accounts[0].deploy(ape.project.CertificateChecker)
    table = Table(title=f"{platform.processor() or platform.machine()}, {platform.python_version()}, {ape.chain.provider.client_version}")
    for column in ("rollups / offers", "seed", "proof", "bytes", "solve + build s", "gas", "floor", "gas / offer"):
        table.add_column(column, justify="right")
    for rollups, offers in SIZES:
        _add_row(table, checker, rollups, offers, 1, SYNERGY)
    gas = _add_row(table, checker, 32, 1_000, _first_closed(32, 1_000), 0.0)
    console = Console(width=120)
    console.print(table)
    console.print(f"32 rollups, 1,000 offers, closed by prices alone: {gas:,} gas; cap {GAS_CAP:,}; target of the next milestone {TARGET_CLOSED_32_1000:,}")
    assert gas < GAS_CAP


def _add_row(table: Table, checker, rollups: int, offers: int, seed: int, synergy: float) -> int:
    reserves, chunks = complementary_round(rollups, offers, seed, most_synergy=synergy)
    instance = instance_of(reserves, chunks)
    began = time.perf_counter()
    proved = prove(instance, time_limit=SECONDS_TO_PROVE)
    seconds = time.perf_counter() - began
    label = f"{rollups} / {offers:,}"
    if proved.certificate is None:
        table.add_row(label, str(seed), "not proved", "", f"{seconds:.2f}", "", "", "")
        return 0
    blob = encode(proved.certificate, instance)
    packed = b"".join(reserve.to_bytes(8) for reserve in reserves)
    call = checker.check.encode_input(packed, pack_book(chunks, rollups), blob)
    # Anvil unlocks its own accounts, and a pure function can be sent like any other.
    web3 = ape.chain.provider.web3
    hash_ = web3.eth.send_transaction({"from": web3.eth.accounts[1], "to": checker.address, "data": call, "gas": GAS_CAP})
    receipt = web3.eth.wait_for_transaction_receipt(hash_)
    gas = receipt["gasUsed"]
    if receipt["status"] != 1 and gas < GAS_CAP:
        raise AssertionError(f"{label}: the contract refused a certificate that Python accepted")
    floor = 21_000 + sum(40 if byte else 10 for byte in call)
    spent = f"{gas:,}" if receipt["status"] == 1 else "over the cap"
    table.add_row(label, str(seed), _shape(proved.certificate.proof), f"{len(blob):,}", f"{seconds:.2f}", spent, f"{floor:,}", f"{gas // offers:,}")
    return gas


def _first_closed(rollups: int, offers: int) -> int:
    """The first seed whose round without synergy its prices close."""
    for seed in range(1, SEEDS + 1):
        reserves, chunks = complementary_round(rollups, offers, seed, most_synergy=0.0)
        proved = prove(instance_of(reserves, chunks), time_limit=SECONDS_TO_PROVE)
        if proved.certificate is not None and proved.certificate.proof.then is None:
            return seed
    raise AssertionError(f"no round of {SEEDS} closed by its prices")


def _shape(root: Price) -> str:
    """`closed`, or the nodes below the root by kind."""
    counts = {Price: 0, Item: 0, Search: 0}
    pending = [root.then]
    while pending:
        node = pending.pop()
        if node is None:
            continue
        counts[type(node)] += 1
        pending += node.children if isinstance(node, Item) else [node.then] if isinstance(node, Price) else []
    if not any(counts.values()):
        return "closed"
    return f"{counts[Price]} price, {counts[Item]} item, {counts[Search]} search"
