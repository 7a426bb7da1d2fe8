"""What a transaction may cost, for any base fee, tip and cap: never above the cap, replaced by an eighth more, always room to cancel."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmarket.chain.fees import FeeAboveCap, FeePolicy, Fees
from seqmarket.chain.outbox import TRANSFER_GAS
from seqmarket.chain.transactions import GAS_CAP

fee = st.integers(0, 10**13)
gas_limits = st.integers(TRANSFER_GAS, GAS_CAP)
policies = st.builds(FeePolicy, cap_per_gas=st.integers(2, 10**12), cap_wei=st.integers(2 * GAS_CAP, 10**19))


@settings(deadline=None)
@given(policies, fee, fee, gas_limits)
def test_first__any_base_fee_and_tip__stays_under_both_caps(policy, base, tip, gas):
    fees = policy.first(base, tip, gas)

    assert 0 <= fees.most <= policy.cap_per_gas and fees.most * gas <= policy.cap_wei
    assert 0 <= fees.tip <= min(tip, fees.most)
    assert fees.most <= 2 * base + tip or fees.most == policy.ceiling(gas)


@settings(deadline=None)
@given(policies, fee, fee, gas_limits, st.booleans())
def test_next__any_fees__is_an_eighth_more_of_both_under_the_caps_or_nothing(policy, base, tip, gas, cancelling):
    old = policy.first(base // 3, tip // 3, gas)
    new = policy.next(old, base, tip, gas, cancelling)

    if new is None:
        assert 8 * policy.ceiling(gas, cancelling) < 9 * old.most
        return
    assert 8 * new.most >= 9 * old.most and 8 * new.tip >= 9 * old.tip
    assert new.tip <= new.most <= policy.cap_per_gas and new.most * gas <= policy.cap_wei


@settings(deadline=None)
@given(policies, fee, fee, gas_limits)
def test_next__call_raised_as_far_as_it_goes__can_still_be_cancelled(policy, base, tip, gas):
    fees = policy.first(base, tip, gas)
    while (raised := policy.next(fees, base, tip, gas)) is not None:
        fees = raised

    cancelling = policy.next(fees, base, tip, TRANSFER_GAS, cancelling=True)
    assert cancelling is not None and 8 * cancelling.most >= 9 * fees.most


def test_raised__nothing__is_one_wei_of_each():
    assert Fees(0, 0).raised() == Fees(1, 1)


def test_first__gas_that_the_cap_cannot_buy__raises_FeeAboveCap_with_both():
    with pytest.raises(FeeAboveCap, match=r"gas=1000, cap=999 wei"):
        FeePolicy(cap_wei=999).first(base=1, tip=0, gas=1000)
