"""Seeds from block hashes: which block a time gives, which hashes can be had, and that a captured one stays."""

from __future__ import annotations

import ape
import pytest

from tests.contracts.chain import deploy, expect_error, rpc
from tests.contracts.other_node import other_node
from tests.examples import SOAK

SECONDS = 12  # between two blocks
HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935"
HISTORY_BLOCKS = 8_191  # EIP-2935 keeps the hash of block n in slot n mod 8191
BLOCKHASH_BLOCKS = 256
GENESIS = 20_000


@pytest.fixture(scope="module")
def source(cast):
    return deploy(ape.project.BlockHashRandomness, SECONDS, sender=cast.stranger)


def latest() -> int:
    return int(rpc("eth_blockNumber"), 16)


def block(number: int) -> dict:
    return rpc("eth_getBlockByNumber", hex(number), False)


def hash_of(number: int) -> bytes:
    return bytes.fromhex(block(number)["hash"][2:])


# ------------------------------------------------------------------ points


def test_deploy__no_time_between_blocks__reverts_ZeroBlockSeconds(cast):
    with expect_error(ape.project.BlockHashRandomness, "ZeroBlockSeconds"):
        deploy(ape.project.BlockHashRandomness, 0, sender=cast.stranger)


@pytest.mark.parametrize(("ahead", "blocks"), [(-1, 1), (0, 1), (1, 1), (11, 1), (12, 1), (13, 2), (24, 2), (25, 3), (1_200, 100), (1_201, 101)])
def test_pointAt__seconds_ahead__rounds_up_to_blocks_and_never_to_one_that_exists(source, now, ahead, blocks):
    assert source.pointAt(now() + ahead) == latest() + blocks


def test_pointAt__time_long_past__is_the_next_block(source):
    assert source.pointAt(0) == latest() + 1


def test_pointAt__end_of_time__is_a_number(source, now):
    assert source.pointAt(2**256 - 1) == latest() + -(-(2**256 - 1 - now()) // SECONDS)


@pytest.mark.parametrize("ahead", [1, 11, 12, 13, 36, 37])
def test_pointAt__blocks_as_close_as_they_can_be__is_the_first_at_that_time_or_after(source, now, mine_at, ahead):
    wanted = now() + ahead
    point = source.pointAt(wanted)

    while latest() < point:
        mine_at(now() + SECONDS)

    assert int(block(point)["timestamp"], 16) >= wanted > int(block(point - 1)["timestamp"], 16)


@pytest.mark.parametrize("gap", [13, 24, 60])
def test_pointAt__blocks_further_apart__is_never_before_that_time(source, now, mine_at, gap):
    wanted = now() + 40
    point = source.pointAt(wanted)

    while latest() < point:
        mine_at(now() + gap)

    assert int(block(point)["timestamp"], 16) >= wanted


# ------------------------------------------------------------------ seeds


@pytest.mark.parametrize("back", [1, 2, BLOCKHASH_BLOCKS - 1, BLOCKHASH_BLOCKS, BLOCKHASH_BLOCKS + 1, BLOCKHASH_BLOCKS + 2])
def test_capture__block_that_far_back__stores_its_hash(source, cast, back):
    rpc("anvil_mine", hex(BLOCKHASH_BLOCKS + 2))
    point = latest() + 1 - back

    receipt = source.capture(point, b"", sender=cast.stranger)

    assert receipt.block - point == back
    assert source.seedOf(point) == hash_of(point)
    (event,) = source.events("SeedCaptured", receipt)
    assert (event.point, event.seed) == (point, hash_of(point))


@pytest.mark.parametrize("back", [1, BLOCKHASH_BLOCKS, BLOCKHASH_BLOCKS + 1])
def test_seedOf__not_captured_but_seen__is_the_blocks_hash(source, back):
    rpc("anvil_mine", hex(BLOCKHASH_BLOCKS + 2))
    point = latest() - back

    assert source.seedOf(point) == hash_of(point) != bytes(32)


@pytest.mark.parametrize("ahead", [0, 1, 1_000])
def test_capture__block_of_the_transaction_or_later__reverts_BlockNotMined(source, cast, ahead):
    number = latest() + 1

    with expect_error(source, "BlockNotMined", point=number + ahead, number=number):
        source.capture(number + ahead, b"", sender=cast.stranger)


@pytest.mark.parametrize("ahead", [0, 1, 2**256 - 1])
def test_seedOf__current_block_or_later__reverts_SeedMissing(source, ahead):
    point = min(latest() + ahead, 2**256 - 1)

    with expect_error(source, "SeedMissing", point=point):
        source.seedOf(point)


@pytest.mark.parametrize("length", [1, 32])
def test_capture__proof_that_holds_something__reverts_ProofNotEmpty(source, cast, length):
    with expect_error(source, "ProofNotEmpty", length=length):
        source.capture(latest(), bytes(length), sender=cast.stranger)


def test_capture__again__changes_nothing(source, cast):
    point = latest()
    source.capture(point, b"", sender=cast.stranger)
    before = source.seedOf(point)

    receipts = [source.capture(point, proof, sender=who) for proof, who in ((b"", cast.stranger), (b"\x01", cast.thief))]

    assert [receipt.logs for receipt in receipts] == [[], []]
    assert source.seedOf(point) == before == hash_of(point)


# ------------------------------------------------- other chains, longer histories


@pytest.fixture(scope="module")
def young():
    """A chain whose history is three hundred blocks long though its first block has a high number."""
    with other_node("--hardfork", "osaka", "--number", str(GENESIS)) as node:
        node.source = node.deploy(ape.project.BlockHashRandomness, SECONDS)
        node.rpc("anvil_mine", hex(300))
        yield node


def seed_of(node, point: int) -> bytes:
    """The seed that can be had of a point, which is also what a capture would store."""
    seed = node.call(node.source, "seedOf", point)
    assert node.call(node.source, "capture", point, b"") == seed
    return seed


def refuse_both(node, point: int) -> None:
    with expect_error(ape.project.BlockHashRandomness, "SeedMissing", point=point):
        node.call(node.source, "seedOf", point)
    with expect_error(ape.project.BlockHashRandomness, "SeedMissing", point=point):
        node.call(node.source, "capture", point, b"")


def test_seedOf__last_block_of_the_history__is_what_the_history_holds(young):
    """What so old a block left there is written by hand: the chain isn't that long."""
    planted = bytes(range(1, 33))
    point = young.number - HISTORY_BLOCKS
    young.rpc("anvil_setStorageAt", HISTORY, f"0x{point % HISTORY_BLOCKS:064x}", "0x" + planted.hex())

    assert seed_of(young, point) == planted


def test_seedOf__block_before_the_history__reverts_SeedMissing(young):
    """Its slot holds the hash of the latest block but one, so this is the history's own refusal."""
    point = young.number - HISTORY_BLOCKS - 1
    assert young.rpc("eth_getStorageAt", HISTORY, hex(point % HISTORY_BLOCKS), "latest") == "0x" + young.hash_of(young.number - 1).hex()

    refuse_both(young, point)


@pytest.mark.parametrize("back", [BLOCKHASH_BLOCKS, BLOCKHASH_BLOCKS + 1])
def test_seedOf__young_history__is_the_blocks_hash(young, back):
    assert seed_of(young, young.number - back) == young.hash_of(young.number - back)


def test_seedOf__block_older_than_the_history_itself__reverts_SeedMissing(young):
    """The history answers with zero there, which is no seed."""
    point = GENESIS - 1_000
    assert young.number - point <= HISTORY_BLOCKS
    assert int(young.rpc("eth_call", {"to": HISTORY, "data": f"0x{point:064x}"}, "latest"), 16) == 0

    refuse_both(young, point)


def test_seedOf__chain_without_a_history__ends_after_256_blocks_but_for_captured_ones():
    with other_node("--hardfork", "cancun") as node:
        node.source = node.deploy(ape.project.BlockHashRandomness, SECONDS)
        assert node.web3.eth.get_code(HISTORY) == b""
        kept = node.number
        seed = node.hash_of(kept)
        node.send(node.source, "capture", kept, b"")
        node.rpc("anvil_mine", hex(BLOCKHASH_BLOCKS + 1))

        oldest = node.number - BLOCKHASH_BLOCKS
        assert seed_of(node, oldest) == node.hash_of(oldest)
        refuse_both(node, oldest - 1)
        assert kept < oldest and seed_of(node, kept) == seed


@pytest.mark.skipif(SOAK == 1, reason="mines 8,200 blocks, which takes a minute; `make soak` runs it")
def test_seedOf__history_of_full_length__ends_after_8191_blocks_but_for_captured_ones():
    with other_node("--hardfork", "osaka", "--prune-history") as node:
        node.source = node.deploy(ape.project.BlockHashRandomness, SECONDS)
        kept = node.number
        node.send(node.source, "capture", kept, b"")
        seed = node.hash_of(kept)
        hashes = {}
        for _ in range(82):
            node.rpc("anvil_mine", hex(100))
            hashes |= {number: node.hash_of(number) for number in range(node.number - 99, node.number + 1)}

        oldest = node.number - HISTORY_BLOCKS
        for point in (node.number - 1, node.number - BLOCKHASH_BLOCKS, node.number - BLOCKHASH_BLOCKS - 1, oldest + 1, oldest):
            assert seed_of(node, point) == hashes[point]
        refuse_both(node, oldest - 1)
        assert kept < oldest and seed_of(node, kept) == seed
