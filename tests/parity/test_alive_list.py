"""The checker's assembly against its plain twin."""

import ape
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import many
from tests.parity.conftest import Twin


@pytest.fixture(scope="session")
def lists():
    return Twin(ape.project.PlainAliveList, ape.accounts.test_accounts[0])


MASKS = st.one_of(st.integers(0, 15), st.integers(0, 2**256 - 1))
SLACKS = st.one_of(st.integers(0, 5), st.integers(0, 2**151 - 1))
OFFERS = st.lists(st.tuples(MASKS, st.integers(0, 3), SLACKS), max_size=24)


@many(200)
@given(offers=OFFERS, mask=MASKS, group=st.integers(0, 3), budget=SLACKS, uncovered=MASKS, data=st.data())
def test_walks__any_list__equal_their_plain_twins(lists, offers, mask, group, budget, uncovered, data):
    start = data.draw(st.integers(0, len(offers)))
    arguments = (offers, mask, group, budget, uncovered, start)
    assert lists("compact", *arguments) == lists("plain", *arguments)
