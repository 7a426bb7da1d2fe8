"""The outbox's parts without a chain: its file, what nodes' words mean, and what to do next."""

import sqlite3
import stat
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmarket.chain.account_view import FINAL_DEPTH, PATIENCE_BLOCKS, AccountView, Head, Use
from seqmarket.chain.errors import NodeRefused
from seqmarket.chain.fees import FeePolicy, Fees
from seqmarket.chain.outbox_answers import Answer, answer_of
from seqmarket.chain.outbox_moves import Move, move_of
from seqmarket.chain.outbox_nonces import MOST_GAPS, NodeLags, gaps, next_nonce
from seqmarket.chain.outbox_records import FINAL, INCLUDED, LOST, REVERTED, SENT, Attempt, Intent, Outcome
from seqmarket.chain.outbox_store import OutboxDamaged, OutboxInUse, OutboxOfAnother, OutboxUnwritable, Store
from seqmarket.chain.outbox_watch import Watch
from seqmarket.service.log import silent

ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
CALL = {"to": ACCOUNT, "data": "0xabcd", "value": 10**30}
POLICY = FeePolicy(patience_blocks=3, patience_seconds=12)
ATTEMPT = Attempt(b"\x01" * 32, 30_000, Fees(100, 10), False, block=50, timestamp=1_000)
RAW = b"signed"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out" / "outbox.db"


@pytest.fixture
def store(path):
    store = Store(path, 31337, ACCOUNT)
    yield store
    store.close()


def attempt(number, **changes):
    return replace(ATTEMPT, hash=number.to_bytes(32), **changes)


def in_block(stage, block=60, **its):
    return Outcome(stage, block, block.to_bytes(32), **its)


# The file.


def test_add__intent_and_attempt__come_back_as_they_were_after_closing(path):
    store = Store(path, 31337, ACCOUNT)
    added = store.add("a", CALL, 7, 99, ATTEMPT, RAW)
    store.close()
    store = Store(path, 31337, ACCOUNT)

    assert store.watched() == store.waiting() == (added,)
    assert added.attempts == (ATTEMPT,) and (added.nonce, added.until, added.value) == (7, 99, 10**30)
    assert store.call(added) == CALL and store.raw(ATTEMPT) == RAW
    store.close()


def test_store__file__is_readable_by_its_owner_alone(store, path):
    store.add("a", CALL, 0, None, ATTEMPT, RAW)

    for file in path.parent.iterdir():
        if not file.name.endswith(".lock"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_store__synchronous__is_full(store):
    assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)


def test_store__second_opener__raises_OutboxInUse_until_closed(store, path):
    with pytest.raises(OutboxInUse):
        Store(path, 31337, ACCOUNT)


@pytest.mark.parametrize(("chain", "account"), [(1, ACCOUNT), (31337, "0x" + "11" * 20)])
def test_store__of_another_chain_or_account__raises_OutboxOfAnother(path, chain, account):
    Store(path, 31337, ACCOUNT).close()

    with pytest.raises(OutboxOfAnother, match=f"{ACCOUNT} on chain 31337"):
        Store(path, chain, account)
    Store(path, 31337, ACCOUNT).close()


@pytest.mark.parametrize("content", [b"no database" * 100, b"SQLite format 3\x00" + b"\xff" * 4096])
def test_store__damaged_file__raises_OutboxDamaged_and_leaves_it(path, content):
    path.parent.mkdir()
    path.write_bytes(content)

    with pytest.raises(OutboxDamaged, match=str(path)):
        Store(path, 31337, ACCOUNT)
    assert path.read_bytes() == content


def test_store__page_overwritten__raises_OutboxDamaged(path):
    store = Store(path, 31337, ACCOUNT)
    for i in range(50):
        store.add(str(i), CALL, i, None, attempt(i + 1), RAW * 200)
    store.close()
    size = path.stat().st_size
    with open(path, "r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xaa" * 4096)

    with pytest.raises(OutboxDamaged):
        Store(path, 31337, ACCOUNT)


def test_store__other_version__raises_OutboxDamaged_naming_both(path):
    Store(path, 31337, ACCOUNT).close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE owner SET version = 2")

    with pytest.raises(OutboxDamaged, match="version 2 where 1 belongs"):
        Store(path, 31337, ACCOUNT)


def test_store__folder_that_is_a_file__raises_OutboxUnwritable(tmp_path):
    (tmp_path / "out").write_text("")

    with pytest.raises(OutboxUnwritable, match="nothing was sent"):
        Store(tmp_path / "out" / "outbox.db", 31337, ACCOUNT)


def test_add__no_room_for_another_page__raises_OutboxUnwritable_and_keeps_neither(store, path):
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(OutboxUnwritable, match="full"):
        store.add("a", CALL, 0, None, ATTEMPT, RAW * 10_000)
    assert store.newest("a") is None


def test_add__key_that_is_alive__is_refused_by_the_file_itself(store):
    store.add("a", CALL, 0, None, attempt(1), RAW)

    with pytest.raises(OutboxDamaged, match="UNIQUE"):
        store.add("a", CALL, 1, None, attempt(2), RAW)


@pytest.mark.parametrize("stage", [REVERTED, LOST])
def test_add__key_that_failed__is_kept_beside_it_and_is_the_newest(store, stage):
    store.conclude(store.add("a", CALL, 0, None, attempt(1), RAW), in_block(stage))
    again = store.add("a", CALL, 1, None, attempt(2), RAW)

    assert store.newest("a") == again and len(store.watched()) == 2


def test_settle__included__is_final_without_its_bytes_and_proves_its_nonce(store):
    intent = store.conclude(store.add("a", CALL, 7, None, ATTEMPT, RAW), in_block(INCLUDED, hash=ATTEMPT.hash, gas_used=5, fee_wei=10**20))
    assert store.next_nonce == 0
    store.settle([intent])

    its = store.newest("a").state
    assert (its.stage, its.block, its.gas_used, its.fee_wei, its.hash) == (FINAL, 60, 5, 10**20, ATTEMPT.hash)
    assert store.watched() == () and store.raw(ATTEMPT) is None
    assert (store.next_nonce, store.last_block) == (8, 60)


def test_prune__final_and_old__goes_with_its_attempts_and_what_it_proves_stays(store):
    intents = [store.conclude(store.add(str(i), CALL, i, None, attempt(i + 1), RAW), in_block(INCLUDED, 60 + i)) for i in range(3)]
    store.settle(intents[:2])

    assert store.prune(before=61) == 1
    assert [store.newest(str(i)) is None for i in range(3)] == [True, False, False]
    assert store._database.execute("SELECT count(*) FROM attempts").fetchone() == (2,)
    assert store.next_nonce == 2


def test_reopen__included__waits_again(store):
    intent = store.add("a", CALL, 0, None, ATTEMPT, RAW)
    store.conclude(intent, in_block(INCLUDED))

    assert store.reopen(store.newest("a")) == intent


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_reopen__two_intents_of_one_key__one_gives_the_key_up_and_is_pointless(store, order):
    first = store.conclude(store.add("a", CALL, 0, None, attempt(1), RAW), in_block(LOST))
    second = store.conclude(store.add("a", CALL, 1, None, attempt(2), RAW), in_block(REVERTED))
    kept, other = (store.reopen((first, second)[i]) for i in order)

    assert kept.key == "a" and other.key == f"a#{other.number}" and other.until == 0
    assert all(intent.outcome is None for intent in store.watched())


# What nodes say.


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer.KNOWN, "already known"),  # Geth, Reth, Erigon
        (Answer.KNOWN, "AlreadyKnown"),  # Nethermind
        (Answer.KNOWN, "Known transaction"),  # Besu
        (Answer.KNOWN, "Known transaction: 0x5f3a"),  # Hardhat
        (Answer.KNOWN, "transaction already imported"),  # Anvil
        (Answer.NONCE_USED, "nonce too low: next nonce 5, tx nonce 3"),  # Geth, Reth
        (Answer.NONCE_USED, "OldNonce, Current nonce: 5, nonce of rejected tx: 3"),  # Nethermind
        (Answer.NONCE_USED, "Nonce too low. Expected nonce to be 5 but got 3."),  # Hardhat
        (Answer.NONCE_USED, "Transaction nonce too low. Expected nonce to be at least 4 but got 0."),  # Hardhat
        (Answer.NONCE_USED, "nonce too low"),  # Anvil
        (Answer.UNDERPRICED, "replacement transaction underpriced"),  # Geth, Anvil
        (Answer.UNDERPRICED, "Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2 is necessary"),  # Hardhat
        (Answer.UNDERPRICED, "ReplacementNotAllowed, replacement fee too low"),  # Nethermind
        (Answer.UNDERPRICED, "could not replace existing tx"),  # Erigon
        (Answer.TOO_DEAR, "max fee per gas less than block base fee"),  # Anvil, Geth in calls
        (Answer.TOO_DEAR, "Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 7"),  # Hardhat
        (Answer.OTHER, "insufficient funds for gas * price + value"),
        (Answer.OTHER, "Nonce too high. Expected nonce to be 0 but got 5. Note that transactions can't be queued when automining."),
        (Answer.OTHER, ""),
    ],
)
def test_answer_of__words_of_a_node__means_what_it_means(answer, words):
    assert answer_of(words) is answer


# What to do next.


def waiting(**changes):
    return replace(Intent(1, "a", 7, None, 0, False, False, (ATTEMPT,), None), **changes)


@pytest.mark.parametrize(
    ("blocks", "seconds", "first", "base", "move"),
    [
        (3, 12, True, 1, Move.REPLACE),
        (2, 12, True, 1, Move.KEEP),
        (3, 11, True, 1, Move.KEEP),
        (3, 12, False, 1, Move.KEEP),
        (3, 12, False, 100, Move.KEEP),
        (3, 12, False, 101, Move.REPLACE),
        (0, 0, True, 101, Move.KEEP),
    ],
)
def test_move_of__waits__replaces_at_the_end_of_patience_where_it_is_stuck(blocks, seconds, first, base, move):
    head = Head(ATTEMPT.block + blocks, ATTEMPT.timestamp + seconds, base, b"")

    assert move_of(waiting(), first, head, POLICY) is move


@pytest.mark.parametrize(("now", "move"), [(1_499, Move.KEEP), (1_500, Move.CANCEL), (1_501, Move.CANCEL)])
def test_move_of__until__cancels_from_that_second_on(now, move):
    assert move_of(waiting(until=1_500), False, Head(51, now, 1, b""), POLICY) is move


def test_move_of__cancellation_that_is_stuck__is_replaced_like_any_other():
    cancelling = waiting(until=0, cancelling=True)

    assert move_of(cancelling, True, Head(53, 1_012, 1, b""), POLICY) is Move.REPLACE
    assert move_of(cancelling, True, Head(52, 1_012, 1, b""), POLICY) is Move.KEEP


# Nonces.


class Counted(AccountView):
    """A node that counts so many, and shows the users of some nonces."""

    def __init__(self, count, shown=()):
        self.url, self._count, self._shown = "here", count, shown

    def count(self, block):
        return self._count

    def use_of(self, nonce, low, high):
        return object() if nonce in self._shown else None


def nonce(store, count, shown=()):
    said = []
    return next_nonce(store, Counted(count, shown), Head(100, 0, 0, b""), lambda event, **told: said.append(event)), said


def test_next_nonce__empty_journal__is_the_chains_count(store):
    assert nonce(store, 5) == (5, [])


@settings(deadline=None)
@given(count=st.integers(0, 8))
def test_next_nonce__intents_wait__is_above_the_highest(tmp_path_factory, count):
    store = Store(tmp_path_factory.mktemp("nonces") / "outbox.db", 31337, ACCOUNT)
    for i in range(5, 8):
        store.add(str(i), CALL, i, None, attempt(i), RAW)

    assert nonce(store, count) == (8, [])
    store.close()


def test_next_nonce__count_that_nothing_explains__is_believed_only_where_a_block_shows_it(store):
    store.conclude(store.add("a", CALL, 4, None, ATTEMPT, RAW), in_block(INCLUDED))

    assert nonce(store, 9) == (5, ["outbox.nonce_unexplained"])
    assert nonce(store, 9, shown=(5,)) == (9, [])


def test_next_nonce__key_was_used_by_another_lately__is_the_chains_count(store):
    store.conclude(store.add("a", CALL, 4, None, ATTEMPT, RAW), in_block(LOST))

    assert nonce(store, 9) == (9, [])


def test_next_nonce__cancelled_by_ourselves__is_no_use_by_another(store):
    store.conclude(store.add("a", CALL, 4, None, ATTEMPT, RAW), in_block(LOST, hash=ATTEMPT.hash))

    assert nonce(store, 9) == (5, ["outbox.nonce_unexplained"])


def test_next_nonce__count_below_what_is_final__raises_NodeLags_with_both(store):
    store.settle([store.conclude(store.add("a", CALL, 4, None, ATTEMPT, RAW), in_block(INCLUDED))])

    with pytest.raises(NodeLags, match="count=4, proved=5"):
        nonce(store, 4)
    assert nonce(store, 5) == (5, [])


def test_gaps__below_what_waits__are_what_nothing_uses(store):
    for i in (3, 5, 8):
        store.add(str(i), CALL, i, None, attempt(i), RAW)

    assert gaps(store, 3) == (4, 6, 7)
    assert gaps(store, 2) == (2, 4, 6, 7)
    assert gaps(store, 9) == ()


def test_gaps__very_wide__are_filled_a_part_at_a_time(store):
    store.add("a", CALL, 10**6, None, ATTEMPT, RAW)

    assert gaps(store, 0) == tuple(range(MOST_GAPS))


# What the chain did.


class Showing(AccountView):
    """A node that has no receipts, and shows one transaction as the user of every nonce."""

    def __init__(self, used_by):
        self.used_by = used_by

    def final_block(self, head):
        return head.number - FINAL_DEPTH

    def receipt(self, transaction):
        return None

    def use_of(self, nonce, low, high):
        return Use(self.used_by, 60, b"block".ljust(32))


@pytest.mark.parametrize(("used_by", "stage"), [(ATTEMPT.hash, SENT), (b"\x02" * 32, LOST)])
def test_look__nonce_used_and_no_receipt__is_lost_only_where_a_block_shows_another(store, used_by, stage):
    store.add("a", CALL, 7, None, ATTEMPT, RAW)
    Watch(store, Showing(used_by), silent).look(Head(100, 0, 0, b""), count=8)

    assert store.newest("a").state.stage is stage


def test_look__receipts_are_missing_and_the_count_is_not_reached__asks_no_further(store):
    for i in (7, 8):
        store.add(str(i), CALL, i, None, attempt(i), RAW)
    Watch(store, Showing(b"\x02" * 32), silent).look(Head(100, 0, 0, b""), count=7)

    assert len(store.waiting()) == 2


# Finality.


class Finalising(AccountView):
    """A node that says what it is told about finality."""

    def __init__(self, said):
        self.said, self._moved = said, None

    def _finalized(self):
        return self.said


def test_final_block__node_says_one_below_its_head__is_believed():
    assert Finalising(900).final_block(Head(1_000, 0, 0, b"")) == 900


@pytest.mark.parametrize("said", [None, 0, 1_000, 1_001])
def test_final_block__node_has_none_or_says_its_head__is_so_many_blocks_deep(said):
    assert Finalising(said).final_block(Head(1_000, 0, 0, b"")) == 1_000 - FINAL_DEPTH


def test_final_block__node_says_the_same_for_too_long__is_so_many_blocks_deep_until_it_moves():
    view = Finalising(900)
    assert view.final_block(Head(1_000, 0, 0, b"")) == 900
    assert view.final_block(Head(1_000 + PATIENCE_BLOCKS - 1, 0, 0, b"")) == 900
    assert view.final_block(Head(1_000 + PATIENCE_BLOCKS, 0, 0, b"")) == 1_000 + PATIENCE_BLOCKS - FINAL_DEPTH
    view.said = 901
    assert view.final_block(Head(1_001 + PATIENCE_BLOCKS, 0, 0, b"")) == 901


def test_use_of__node_that_forgot_the_state__is_unknown():
    class Forgetful(AccountView):
        def count(self, block):
            raise NodeRefused(url="here", message="missing trie node")

    assert Forgetful.__new__(Forgetful).use_of(3, 0, 10) is None


def test_state__of_an_intent__follows_its_outcome():
    assert waiting().state.stage is SENT and waiting().state.hash == ATTEMPT.hash
    for stage in (INCLUDED, REVERTED, LOST):
        assert waiting(outcome=in_block(stage)).state.stage is stage
        assert waiting(outcome=in_block(stage), settled=True).state.stage is (FINAL if stage is INCLUDED else stage)
