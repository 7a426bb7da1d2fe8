from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B, C
from tests.contracts.tickets.support import appraisal_of, lots_of


def test_smoke(its, cast, warp_to, mine_at, open_pool, buy, prove_tickets, to_draw, draw):
    s = schedule_of(its.market)
    warp_to(s.commit_start(0))
    print("open", open_pool(its, A | B, 4, cast.ann).gas_used)
    print("open", open_pool(its, C, 4, cast.bob).gas_used)
    print("buy", buy(its, A | B, 5, cast.bob).gas_used)
    print("buy", buy(its, A | B, 11, cast.cid).gas_used)
    print("open", open_pool(its, B | C, 10, cast.cid).gas_used)
    warp_to(s.assign_start(0))
    print("prove", prove_tickets(its).gas_used)
    to_draw(its)
    print("draw", draw(its).gas_used)
    mine_at(s.window_start(0))
    for i in range(3): print(its.market.sequencerOf(i, s.window_start(0)))
    pool = its.tickets.events("PoolOpened", bundle=B | C)[0]
    r = its.tickets.refund(0, B | C, pool.baseTicks, 0, 0, 10, sender=cast.stranger)
    print("refund", r.gas_used, its.tickets.accountOf(cast.cid))
    print(its.tickets.balance, its.market.balance, its.market.totalTicks())
