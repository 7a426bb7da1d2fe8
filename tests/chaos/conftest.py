"""A real node with a market on it, one for the session; every test starts from the same block."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.chain import Chain, running_chain


@pytest.fixture(scope="session")
def standing_net() -> Iterator[Chain]:
    with running_chain() as chain:
        yield chain


@pytest.fixture
def net(standing_net: Chain) -> Iterator[Chain]:
    """The chain as it was after deployment: blocks, balances, automine, pool and clock."""
    with standing_net.as_it_was():
        yield standing_net
