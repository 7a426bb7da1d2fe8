"""The border's files against the compiler: ABIs, actions and advice say what the contracts say."""

from dataclasses import fields

import ape
import pytest

from seqmarket.chain import errors, ticket_actions, writer
from seqmarket.chain.abi import CONTRACTS, load
from seqmarket.chain.advice import ADVICE
from seqmarket.chain.deployment import NAMES, SOURCES, contracts_of

SEALED = {a for a in vars(writer).values() if isinstance(a, type) and issubclass(a, writer.Action) and a is not writer.Action}
ACTIONS = {a for a in vars(ticket_actions).values() if isinstance(a, type) and issubclass(a, writer.Action) and hasattr(a, "function")} | SEALED
OF_TICKETS = [contracts_of({"kind": kind}) for kind in SOURCES]
FOR_THE_MARKET_ALONE = {"release", "takeFees"}
"""What the tickets do for their market and for nobody else."""


def changing(contract):
    """The functions of a contract that change its state."""
    return {e["name"] for e in load(contract) if e["type"] == "function" and e["stateMutability"] not in ("view", "pure")}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_abi__of_every_contract__is_what_the_compiler_gives(contract):
    compiled = ape.project.get_contract(contract).contract_type.abi

    assert load(contract) == [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in compiled]


def test_errors__of_all_contracts__each_have_advice_and_none_is_left_over():
    assert set(ADVICE) == set(errors.BY_NAME)


def test_actions__of_a_market_of_sealed_bids__are_its_functions_that_change_state():
    assert {action.function for action in SEALED if action.contract == "market"} == changing("SealedBidMarket")


def test_actions__of_a_ticket_market__are_its_functions_that_change_state():
    known = {action.function for action in ACTIONS if action.contract == "market"}

    assert changing("TicketMarket") <= known
    assert known <= changing("TicketMarket") | changing("SealedBidMarket")


@pytest.mark.parametrize(("name", "contract"), [(name, names[name]) for names in OF_TICKETS for name in ("tickets", "randomness")])
def test_actions__of_tickets_and_of_their_seeds__are_the_functions_that_change_state(name, contract):
    assert {action.function for action in ACTIONS if action.contract == name} == changing(contract) - FOR_THE_MARKET_ALONE


@pytest.mark.parametrize("names", [NAMES, *OF_TICKETS], ids=lambda names: names.get("randomness", "sealed bids"))
def test_actions__fields__are_the_arguments_in_order(names):
    held = 0
    for action in ACTIONS:
        abi = load(names[action.contract]) if action.contract in names else []
        inputs = {e["name"]: e["inputs"] for e in abi if e["type"] == "function"}
        if action.function not in inputs:
            continue
        held += 1
        sent = {writer.Deposit: "ticks", ticket_actions.DepositForTickets: "ticks"}.get(action, "sent_ticks")
        arguments = [field.name for field in fields(action) if field.name != sent]

        if action is ticket_actions.Buy:  # all but the bundle goes in one word
            order = {each["name"].rstrip("_") for each in inputs["makeOrder"]}
            assert order | {"bundle"} == {"".join([first, *map(str.title, rest)]) for first, *rest in (name.split("_") for name in arguments)}
            assert len(action(*range(1, 1 + len(fields(action)))).arguments()) == len(inputs["buy"])
            continue
        assert len(arguments) == len(inputs[action.function]), action
        if action.function != "deposit":
            assert len(action(*arguments, *([sent] * (len(fields(action)) - len(arguments)))).arguments()) == len(arguments), action
    assert held >= len(SEALED if "randomness" not in names else ACTIONS - SEALED)


def test_of_data__data_that_no_abi_explains__is_an_UnknownRevert():
    assert str(errors.of_data(b"\x01\x02\x03\x04")).startswith("UnknownRevert(data=0x01020304)")
    assert isinstance(errors.of_data(b""), errors.UnknownRevert)
