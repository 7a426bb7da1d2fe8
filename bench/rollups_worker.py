"""One round in a process of its own: `python -m bench.rollups_worker` answers one order, {"rollups", "offers", "seed", "synergy"}, with what its proof took."""

import json
import sys
from time import perf_counter, process_time

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


def main() -> None:
    """Reads the order, prints the fields of a `bench.rollups.Trial` that it doesn't name."""
    order = json.loads(sys.stdin.readline())
    reserves, chunks = complementary_round(order["rollups"], order["offers"], order["seed"], most_synergy=order["synergy"])
    prove(instance_of(*complementary_round(4, 7, 1, offers_per_bidder=5)), LIMIT_SECONDS)  # warm
    instance, before = instance_of(reserves, chunks), memory_peak_kib()
    begun = perf_counter()
    proved = prove(instance, LIMIT_SECONDS)
    seconds, peak = perf_counter() - begun, memory_peak_kib()
    begun = perf_counter()
    sent = prove(instance, LIMIT_SECONDS, thrift=THRIFT, spare=SPARE_SECONDS)
    sent_seconds = perf_counter() - begun
    begun = process_time()
    if proved.certificate is not None:
        check(instance, proved.certificate)
    answer = {"status": proved.status, "seconds": seconds, "sent_seconds": sent_seconds, "check_seconds": process_time() - begun, "before_kib": before, "peak_kib": peak}
    print(json.dumps(answer | sending(instance, chunks, sent)), flush=True)


def sending(instance: Instance, chunks: tuple[Chunk, ...], sent: Proved) -> dict[str, int | None]:
    """The proof that is sent: its bytes and price nodes, in how many transactions it goes, as `seqmarket.sequencer.proving` packs it, and the gas of one that holds it all."""
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
