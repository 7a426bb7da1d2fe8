"""A book of a thousand offers, from the start of the keeper's process, which knows nothing of it, to its proof. Its limit of time holds in `make soak` alone."""

from random import Random
from time import monotonic, sleep

import pytest

from seqmarket.chain.writer import Deposit, Register
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer import bidding
from tests.chaos.chain import running_chain
from tests.chaos.town import BLOCK_SECONDS, ETHER, KEEPERS, PHASE_SECONDS, town
from tests.examples import SOAK

SCHEDULE = {"periodSeconds": 10 * PHASE_SECONDS, "commitSeconds": 10 * PHASE_SECONDS, "revealSeconds": 10 * PHASE_SECONDS, "assignSeconds": 10 * PHASE_SECONDS}
ROLLUPS, BIDDERS, OFFERS_EACH, SECONDS = 32, range(0, 8), 125, 20


def bids_of(dice: Random) -> tuple[Bid, ...]:
    """Bids on neighbours, worth about their number: 2 to 7 rollups each."""
    found = {}
    while len(found) < OFFERS_EACH:
        first, many = dice.randrange(ROLLUPS), dice.randint(2, 7)
        found[sum(1 << (first + i) % ROLLUPS for i in range(many))] = many * dice.randint(900, 1_300)
    return tuple(Bid(bundle, value) for bundle, value in found.items())


@pytest.mark.skipif(SOAK == 1, reason="its limit is for a machine that does nothing else: make soak")
def test_keeper__a_thousand_offers__are_read_solved_and_proved_in_time(tmp_path, capsys):
    with running_chain(**SCHEDULE) as chain, town(chain, tmp_path) as its:
        chain.automine(True)
        owner, deposit = chain.keys[1], chain.deployment.parameters["registrationDepositTicks"]
        for _ in range(ROLLUPS - 4):
            its.writer.send(owner, Deposit(owner.address, deposit))
            its.writer.send(owner, Register(0, owner.address, owner.address))
        its.to(its.schedule.commit_start(0))
        dice, sealed = Random(7), []
        for place in BIDDERS:
            key = chain.keys[place]
            reader = its.reader()
            planned = bidding.plan([Bid(b.bundle, b.value * ETHER // 100) for b in bids_of(dice)], reader.lineup(0), reader.parameters, 0)
            sealed.append((key, bidding.seal(chain.market, its.journal, key, 0, planned)))
            bidding.commit(its.writer, key, sealed[-1][1])
        its.to(its.schedule.reveal_start(0))
        for key, entry in sealed:
            bidding.reveal(its.writer, key, entry)
        chain.automine(False)
        its.to(its.schedule.assign_start(0))

        begun = monotonic()
        keeper = its.keeper("keeper")
        keeper.stepped_since(0)
        while not its.reader().assignment(0).proved:
            its.tick()
            sleep(0.01)
        seconds = monotonic() - begun

        assert its.round(0).offers == len(BIDDERS) * OFFERS_EACH
        solved = [(told["value"], told["seconds"]) for told in keeper.said("keeper.solved")]
        done, reverted = its.functions_of(chain.keys[KEEPERS[0]].address)
    with capsys.disabled():
        print(f"\n1,000 offers: {seconds:.1f} s, of them searched {solved}; {dict(done)} with blocks of {BLOCK_SECONDS} s of chain time")
    assert reverted == {} and seconds < SECONDS
