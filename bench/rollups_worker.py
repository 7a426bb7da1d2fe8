"""One round in a process of its own: `python -m bench.rollups_worker` answers one order, {"rollups", "offers", "seed", "synergy"}, with what its proof took."""

import gc
import json
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter, process_time
from typing import TypeVar

from bench.proofs import nodes_of
from bench.worker import memory_peak_kib
from seqmarket.certificate.build import Proved, prove
from seqmarket.certificate.check import check
from seqmarket.certificate.encode import NotEncodable, encode, plan
from seqmarket.certificate.gas_model import TRANSACTION_GAS, Work, estimate
from seqmarket.certificate.split import readings, split, work_of
from seqmarket.lab.rounds import complementary_round
from seqmarket.model.book import Chunk, instance_of, pack_chunk
from seqmarket.model.instance import Instance
from seqmarket.sequencer.assigning import SPARE_SECONDS, THRIFT
from seqmarket.sequencer.proving import SETTLEMENT_GAS, TRANSACTION_BYTES, TRANSACTION_GAS_LIMIT, WINNER_GAS

LIMIT_SECONDS = 20.0
SHORT_SECONDS, TIMES = 0.5, 5
Result = TypeVar("Result")


def main() -> None:
    """Reads the order, prints the fields of a `bench.rollups.Trial` that it doesn't name."""
    order = json.loads(sys.stdin.readline())
    reserves, chunks = complementary_round(order["rollups"], order["offers"], order["seed"], most_synergy=order["synergy"])
    prove(instance_of(*complementary_round(4, 7, 1, offers_per_bidder=5)), LIMIT_SECONDS)  # warm
    instance, before = instance_of(reserves, chunks), memory_peak_kib()
    proved, seconds = timed(lambda: prove(instance, LIMIT_SECONDS), perf_counter)
    peak = memory_peak_kib()
    sent, sent_seconds = timed(lambda: prove(instance, LIMIT_SECONDS, thrift=THRIFT, spare=SPARE_SECONDS), perf_counter)
    check_seconds = 0.0 if proved.certificate is None else timed(lambda: check(instance, proved.certificate), process_time)[1]
    answer = {"status": proved.status, "seconds": seconds, "sent_seconds": sent_seconds, "check_seconds": check_seconds, "before_kib": before, "peak_kib": peak}
    print(json.dumps(answer | sending(instance, chunks, sent)), flush=True)


def timed(act: Callable[[], Result], clock: Callable[[], float]) -> tuple[Result, float]:
    """What an act gives the first time, and its seconds; the median of five where it is short."""
    results, seconds = [], []
    while len(seconds) < (1 if seconds and seconds[0] >= SHORT_SECONDS else TIMES):
        gc.collect()
        begun = clock()
        results.append(act())
        seconds.append(clock() - begun)
    return results[0], median(seconds)


def sending(instance: Instance, chunks: tuple[Chunk, ...], sent: Proved) -> dict[str, int | None]:
    """The proof that is sent: its bytes and price nodes, in how many transactions it goes, and the gas of one that holds it all, 0 where none does.

    Limits and estimate are those of `seqmarket.sequencer.proving.pack`, which needs a market's round; where one transaction doesn't hold it, the book goes in parts here.
    """
    if sent.certificate is None:
        return {"certificate_bytes": 0, "price_nodes": 0, "transactions": None, "gas": 0}
    packed = [(pack_chunk(chunk, instance.rollups), len(chunk.bids)) for chunk in chunks]
    book = sum(len(chunk) for chunk, _ in packed)
    try:
        its = plan(sent.certificate, instance)
        told = {"certificate_bytes": len(encode(sent.certificate, instance)), "price_nodes": nodes_of(sent.certificate)["Price"]}
        whole = work_of(its) + Work(data=book + 8 * instance.rollups)
        gas = TRANSACTION_GAS + estimate(whole)
        if gas + SETTLEMENT_GAS + WINNER_GAS * len(sent.winners) <= TRANSACTION_GAS_LIMIT and whole.data <= TRANSACTION_BYTES:
            return told | {"transactions": 1, "gas": gas}
        pieces = split(sent.certificate, instance, TRANSACTION_GAS_LIMIT, TRANSACTION_BYTES, in_parts=True)
        parts = readings(packed, pieces.main, instance.rollups, TRANSACTION_GAS_LIMIT, TRANSACTION_BYTES)
        return told | {"transactions": len(pieces.lemmas) + len(parts) + 1, "gas": 0}
    except NotEncodable:
        return {"certificate_bytes": 0, "price_nodes": 0, "transactions": None, "gas": 0}


if __name__ == "__main__":
    main()
