"""The border's files against the compiler: ABIs, actions and advice say what the contracts say."""

from dataclasses import fields

import ape
import pytest

from seqmarket.chain import errors, writer
from seqmarket.chain.abi import CONTRACTS, load
from seqmarket.chain.advice import ADVICE
from seqmarket.chain.deployment import NAMES


ACTIONS = [a for a in vars(writer).values() if isinstance(a, type) and issubclass(a, writer.Action) and a is not writer.Action]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_abi__of_every_contract__is_what_the_compiler_gives(contract):
    compiled = ape.project.get_contract(contract).contract_type.abi

    assert load(contract) == [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in compiled]


def test_errors__of_all_contracts__each_have_advice_and_none_is_left_over():
    assert set(ADVICE) == set(errors.BY_NAME)


def test_actions__of_the_market__are_its_functions_that_change_state():
    changing = {e["name"] for e in load("SealedBidMarket") if e["type"] == "function" and e["stateMutability"] not in ("view", "pure")}

    assert {action.function for action in ACTIONS if action.contract == "market"} == changing


def test_actions__fields__are_the_arguments_in_order():
    for action in ACTIONS:
        contract = NAMES[action.contract]
        inputs = next(e["inputs"] for e in load(contract) if e.get("name") == action.function and e["type"] == "function")
        names = [field.name for field in fields(action) if not (action is writer.Deposit and field.name == "ticks")]

        assert len(names) == len(inputs), action


def test_of_data__data_that_no_abi_explains__is_an_UnknownRevert():
    assert str(errors.of_data(b"\x01\x02\x03\x04")).startswith("UnknownRevert(data=0x01020304)")
    assert isinstance(errors.of_data(b""), errors.UnknownRevert)
