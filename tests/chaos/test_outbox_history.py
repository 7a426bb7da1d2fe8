"""Any history of posts, looks, kills, reorgs, drops, spikes, foreign transactions and faults ends with each key sent once, or given up and unpaid."""

from contextlib import suppress

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from web3.exceptions import Web3RPCError

from seqmarket.chain.errors import ChainError
from seqmarket.chain.fees import GWEI, FeePolicy
from seqmarket.chain.market import Market
from seqmarket.chain.node import connect
from seqmarket.chain.outbox import FINAL, REVERTED, SENT, Outbox
from seqmarket.chain.writer import Deposit, Writer
from tests.chaos.posting import SENDER
from tests.chaos.proxy import SEND, Fault, Kind, Proxy
from tests.examples import SOAK

EXAMPLES = 3 * SOAK
FEES = FeePolicy(cap_per_gas=90 * GWEI, patience_blocks=2, patience_seconds=2)
KEYS = 5
BASE = 64
"""A key's deposit is a power of it, so that the balance tells how often each was made."""
DEEPEST = 5
FAULTS = {
    "connection lost": (Fault(Kind.REFUSE, probability=0.3),),
    "server errors": (Fault(Kind.ERROR_500, probability=0.3),),
    "answers lost": (Fault(Kind.LOSE_ANSWER, methods=SEND),),
    "swallowed": (Fault(Kind.SWALLOW, probability=0.7),),
    "twice": (Fault(Kind.TWICE),),
    "counts too many": (Fault(Kind.NONCE, amount=2, probability=0.5),),
    "counts too few": (Fault(Kind.NONCE, amount=-1, probability=0.5),),
    "lags": (Fault(Kind.STALE, amount=2, probability=0.5),),
    "calm": (),
}

deeds = st.one_of(
    st.tuples(st.just("post"), st.integers(0, KEYS - 1)),
    st.tuples(st.just("post until"), st.integers(0, KEYS - 1)),
    st.tuples(st.just("step")),
    st.tuples(st.just("step")),
    st.tuples(st.just("mine"), st.integers(1, 4)),
    st.tuples(st.just("spike"), st.sampled_from((5, 30, 95))),
    st.tuples(st.just("reorg"), st.integers(1, DEEPEST)),
    st.tuples(st.just("drop"), st.integers(0, KEYS - 1)),
    st.tuples(st.just("foreign")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("fault"), st.sampled_from(sorted(FAULTS))),
)


class History:
    """One account's history on a chain that it moves itself."""

    def __init__(self, net, proxy, file) -> None:
        self.net, self.proxy, self.file, self.me = net, proxy, file, net.keys[SENDER]
        self.heard, self.posted = [], set()
        self.outbox = self.opened()

    def opened(self):
        # The market is checked at the node itself; all that follows goes through the proxy, without web3's retries, which would only take time.
        web3 = connect(self.net.url)
        web3.provider.exception_retry_configuration = None
        writer = Writer(Market.at(web3, self.net.deployment))
        web3.provider.endpoint_uri = self.proxy.url
        return Outbox(self.file, writer, self.me, FEES, lambda event, **told: self.heard.append((event, told)))

    def do(self, deed, *its):
        getattr(self, deed.replace(" ", "_"))(*its)

    def post(self, i, until=None):
        try:
            self.outbox.post(f"deposit:{i}", Deposit(self.me.address, BASE**i), until=until)
            self.posted.add(i)
        except ChainError:
            pass

    def post_until(self, i):
        self.post(i, self.net.now + 6)

    def step(self):
        try:
            self.outbox.step()
        except ChainError:
            pass
        keys = [state.key for state in self.outbox.live()]
        assert len(set(keys)) == len(keys)

    def mine(self, blocks):
        self.net.mine(blocks)

    def spike(self, gwei):
        self.net.next_base_fee(gwei * GWEI)
        self.net.mine()

    def reorg(self, depth):
        self.net.reorg(depth)

    def drop(self, i):
        state = self.outbox.state(f"deposit:{i}")
        if state is not None:
            self.net.rpc("anvil_dropTransaction", "0x" + state.hash.hex())

    def foreign(self):
        with suppress(Web3RPCError):  # it waits in the pool already
            self.net.transfer(self.me, self.net.web3.eth.get_transaction_count(self.me.address), most=10**12, tip=10**11)

    def restart(self):
        self.outbox.close()
        self.outbox = self.opened()

    def fault(self, name):
        self.proxy.set(*FAULTS[name])

    def end(self):
        """A good node and a low base fee, until nothing waits, and then until all is final."""
        self.proxy.set()
        for _ in range(60):
            self.net.next_base_fee(GWEI)
            self.net.mine()
            self.step()
            if not any(state.stage is SENT for state in self.outbox.live()):
                break
        self.net.mine(70)
        for _ in range(2):
            self.outbox.step()
        self.outbox.close()

    def deposits(self):
        """How often each key's deposit stands in the chain."""
        ticks = self.net.free_ticks(self.me.address)
        return [ticks // BASE**i % BASE for i in range(KEYS)]


# Not made smaller where it fails: on a real node that takes longer than it helps.
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=SOAK == 1,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(deeds, min_size=20, max_size=50))
def test_outbox__any_history__each_key_is_paid_once_or_not_at_all_as_its_state_says(standing_net, tmp_path_factory, history):
    net = standing_net
    with net.as_it_was(), Proxy(net.url) as proxy:
        net.mine(2 * DEEPEST)
        net.automine(False)
        its = History(net, proxy, tmp_path_factory.mktemp("history") / "outbox.db")
        try:
            for deed in history:
                its.do(*deed)
            its.end()
            with its.opened() as outbox:
                states = [outbox.state(f"deposit:{i}") for i in range(KEYS)]
                assert outbox.live() == ()
        finally:
            its.outbox.close()

        assert {i for i, state in enumerate(states) if state is not None} == its.posted
        assert its.deposits() == [int(state is not None and state.stage is FINAL) for state in states]
        # A deposit that was simulated after another one lacks the gas of a first one, where that other is taken away.
        assert all(state.why.startswith("OutOfGas(") for state in states if state is not None and state.stage is REVERTED)
        assert all(told["most"] <= FEES.cap_per_gas for _, told in its.heard if "most" in told)
