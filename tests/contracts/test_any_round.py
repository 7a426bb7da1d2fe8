"""Any small round, through the whole market: sealed, opened, proved, settled; the chain's result equals brute force and the model."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from seqmarket.model.bid_list import Bid
from seqmarket.model.book import single_ticks
from seqmarket.model.bundle import members
from seqmarket.model.revenue_split import split
from seqmarket.solver.brute_force import best_partition
from tests.contracts.support import market_instance
from tests.examples import many
from tests.parity.rounds import rounds


def acceptable(round_):
    """The bids of each reveal, lifted to their members' reserves where they lie below."""

    def lifted(bid):
        return Bid(bid.bundle, max(bid.value, sum(round_.reserves[r] for r in members(bid.bundle))), bid.group)

    return [tuple(lifted(bid) for bid in chunk.bids) for chunk in round_.chunks]


@many(20)
@given(round_=rounds(scales=(1, 7)).filter(lambda r: r.chunks), data=st.data())
def test_market__any_round_of_8_rollups__sells_the_best_partition_and_pays_as_the_model(
    deploy_market, registered_rollups, revealed_round, prove, assert_solvent, cast, round_, data
):
    market = deploy_market(bondTicks=1, feePerOfferTicks=data.draw(st.integers(0, 2)))
    registered_rollups(market, len(round_.reserves), round_.reserves)
    revealed_round(market, 0, list(zip(cast.crowd, acceptable(round_))))
    instance = market_instance(market, 0)
    best, _ = best_partition(instance)

    receipt = prove(market, 0)

    its = market.assignmentOf(0)
    sales = market.events("BundleSold", receipt)
    winners = [sale.offer for sale in sales]
    assert its.valueTicks == best == sum(instance.offers[j].value for j in winners) + sum(
        reserve for rollup, reserve in enumerate(instance.reserves) if not its.sold >> rollup & 1
    )
    assert [sale.paidTicks for sale in sales] == [instance.offers[j].value for j in winners]
    assert its.sold == sum(sale.bundle for sale in sales)

    earned = Counter()
    singles = single_ticks(instance)
    for sale in sales:
        rollups = members(sale.bundle)
        earned.update(dict(zip(rollups, split(sale.paidTicks, [instance.reserves[r] for r in rollups], [singles[r] for r in rollups]))))
    assert [market.laneOf(lane).ticks for lane in range(instance.rollups)] == [earned[r] for r in range(instance.rollups)]
    assert_solvent(market)
