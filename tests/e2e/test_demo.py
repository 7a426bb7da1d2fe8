"""The demo from outside: exit status 0, and its key lines."""

import re

import pytest

CLAIMS = [
    "a late 14.9 on B doesn't win B: 10 + 14.9 = 24.9 is below 25",
    "a late commitment is refused before any gas is paid",
    "A and B get what the bids without the late look give",
    "can't open what it stole: the hash binds its bidder",
    "fifteen lists are open, the two others stay sealed",
    "no rollup that was sold gets less than alone",
    "every rollup knows its next sequencer before the window opens",
    "the proved value is the best known one, 934626",
    "exit_is_open: the market is empty to the tick",
    "gas, from the receipts",
    "it costs exactly 2p",
    "price_stays_on_curve: p up to 1.5t, then p(1 + (s - 1.5t)/0.5t) up to 2p",
    "the sold-out bundle's base price rises by 1/8",
    "Alice splits her 8 tickets and sells 3 of them on to Heidi",
    "the pool that lost is refunded in full, by anybody: Carol 4.5, Mallory 2.5 ether",
    "draw_is_determined: the twin draws the tickets that the chain draws",
    "every buyer of it gets back all it paid, and who opened a pool its fee of 0.001 ether",
    "it verifies quicknet's real beacon of round 1000, and gives the published randomness",
    "a copy with one bit flipped is refused: NotInGroup(",
    "a true beacon shown for another round is refused: WrongSignature(",
    "the demo signs its beacons itself",
    "exit_is_open: both contracts hold no wei any more",
]


@pytest.fixture(scope="module")
def shown(ape_run):
    return ape_run("demo", "--network", "ethereum:local:foundry")


def test_demo__run_without_arguments__ends_with_status_0_and_all_claims_held(shown):
    assert shown.status == 0, shown.text
    told = re.search(r"All (\d+) claims hold\.", shown.text)
    assert told and int(told[1]) == shown.text.count("✓")
    assert "Traceback" not in shown.text


@pytest.mark.parametrize("claim", CLAIMS)
def test_demo__claim__is_shown(shown, claim):
    assert claim in " ".join(shown.text.split())
