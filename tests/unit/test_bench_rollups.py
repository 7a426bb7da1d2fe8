"""The benchmark of rounds as rollups have them: each in a process of its own, and tables of what its proof took."""

import pytest

from bench import rollups
from bench.document import NoMarks
from bench.process import Died


@pytest.fixture(scope="module")
def closed():
    return rollups.run(32, 400, 1, 0.0)


def test_run__round_that_its_prices_close__is_proved_in_one_transaction_and_takes_little(closed):
    assert (closed.rollups, closed.offers, closed.seed, closed.status) == (32, 400, 1, "optimal")
    assert (closed.price_nodes, closed.transactions) == (1, 1)
    assert 21_000 < closed.gas < 1_000_000 and 32 < closed.certificate_bytes < 1_000
    assert 0 < closed.seconds and 0 < closed.check_seconds and 0 < closed.before_kib <= closed.peak_kib < 1 << 20


def test_run__complementary_round__is_proved_in_one_transaction():
    its = rollups.run(16, 200, 1, rollups.SYNERGY)

    assert (its.status, its.transactions) == ("optimal", 1) and its.gas > 100_000


def test_run__round_of_no_rollups__raises_Died():
    with pytest.raises(Died):
        rollups.run(0, 10, 1, 0.0)


def test_tables__trials__stand_by_size_with_medians_and_the_longest(closed):
    rounds = [rollups.Trial(8, 60, seed, "optimal", seconds, 2.5, 0.1, 1024, 2048, 90, 1, 1, gas) for seed, seconds, gas in ((1, 0.5, 70_000), (2, 1.5, 90_000), (3, 0.25, 80_000))]
    cannot = rollups.Trial(8, 60, 4, "time-limit", 20.0, 20.0, 0.0, 1024, 4096, 0, 0, None, 0)
    first, second, third = rollups.tables([*rounds, cannot], [closed], [cannot])

    assert first.rows == (("8 / 60", "4", "3", "1.00", "20.00", "2.50", "20.00", "3", "80,000", "90,000"),)
    assert second.rows[0][:2] == ("32 / 400", "optimal") and second.rows[0][-1] == "1"
    assert third.rows[0][1] == "time-limit" and third.rows[0][6:8] == ("4", "1") and third.rows[0][-1] == "can't be sent"
    assert {len(row) for table in (first, second, third) for row in (table.headers, *table.rows)} == {10, 11}


def test_refreshed__document__keeps_what_stands_around_the_marks(closed):
    found = rollups.tables([closed], [closed], [closed])
    fresh = rollups.refreshed(f"before\n{rollups.BEGIN}\nold\n{rollups.END}\nafter\n", "a machine", found)

    assert fresh.startswith(f"before\n{rollups.BEGIN}\na machine\n\n### Rounds with") and fresh.endswith(f"{rollups.END}\nafter\n") and "old" not in fresh
    assert rollups.refreshed(fresh, "a machine", found) == fresh
    with pytest.raises(NoMarks):
        rollups.refreshed("nothing", "a machine", found)
