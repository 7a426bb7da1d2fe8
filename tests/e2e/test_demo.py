"""The demo from outside: exit status 0, and its key lines."""

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
    "Gas, from the receipts",
]


@pytest.fixture(scope="module")
def shown(ape_run):
    return ape_run("demo", "--network", "ethereum:local:foundry")


def test_demo__run_without_arguments__ends_with_status_0_and_all_claims_held(shown):
    assert shown.status == 0, shown.text
    assert "claims hold." in shown.text
    assert "Traceback" not in shown.text


@pytest.mark.parametrize("claim", CLAIMS)
def test_demo__claim__is_shown(shown, claim):
    assert claim in " ".join(shown.text.split())
