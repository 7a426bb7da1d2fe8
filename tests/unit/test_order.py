"""A buyer's order in one word: each number has a width, and none wider gets in."""

import pytest

from seqmarket.model.order import FieldTooWide, pack_order

MOST = (2**32 - 1, 2**64 - 1, 2**16 - 1, 2**16 - 1, 2**64 - 1, 2**64 - 1)


def test_pack_order__every_number_at_its_most__fills_the_word():
    assert pack_order(*MOST) == b"\xff" * 32


@pytest.mark.parametrize("field", range(6))
@pytest.mark.parametrize("past", [False, True])
def test_pack_order__a_number_outside_of_its_width__raises_FieldTooWide(field, past):
    number = MOST[field] + 1 if past else -1
    order = [0] * field + [number] + [0] * (5 - field)

    with pytest.raises(FieldTooWide, match=f" {number} of an order isn't in 0 to {MOST[field]}$"):
        pack_order(*order)
