"""The parameters file of ticket markets: what it says, and each way in which one is refused."""

import json
from pathlib import Path

import pytest

from seqmarket.chain.parameters_file import FORMAT as SEALED_FORMAT
from seqmarket.chain.parameters_file import MalformedParameters, format_of
from seqmarket.chain.ticket_parameters_file import FORMAT, KINDS, RULES, of_call, parse, source_fields, to_call, to_fields
from seqmarket.chain.ticket_records import BlockHashes
from seqmarket.model.base_price import BaseRule
from seqmarket.model.drand import QUICKNET
from seqmarket.model.price_curve import CurveKind

FILES = Path(__file__).resolve().parents[2] / "scripts" / "parameters"
DEVNET = (FILES / "devnet-tickets.json").read_text()
NOW = 1_000


def changed(*path, value):
    """The devnet's file with one value changed."""
    content = json.loads(DEVNET)
    holder = content
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return json.dumps(content)


def test_parse__the_devnets_file__says_what_it_says():
    parameters, source = parse(DEVNET, NOW)

    assert parameters.schedule.genesis == NOW + 20
    assert (parameters.curve.kind, parameters.curve.target) == (CurveKind.LINEAR, 100)
    assert parameters.base_price.rule == BaseRule.EIP1559
    assert source == BlockHashes(1)


def test_parse__what_to_fields_wrote__is_the_same_market():
    parameters, source = parse(DEVNET, NOW)
    text = json.dumps({"format": FORMAT, **to_fields(parameters), "randomness": source_fields(source)})

    assert parse(text, 0) == (parameters, source)


def test_of_call__what_to_call_gives__is_the_same_market():
    parameters, _ = parse(changed("curve", value={"kind": "TimePhased", "target": 7, "steepnessBps": 0, "phaseSeconds": 5, "saleSeconds": 9}), NOW)

    assert of_call(to_call(parameters)) == parameters


def test_parse__quicknet_as_the_source__is_quicknet():
    text = changed("randomness", value=source_fields(QUICKNET))

    assert parse(text, NOW)[1] == QUICKNET


@pytest.mark.parametrize(("names", "kind"), [(KINDS, CurveKind), (RULES, BaseRule)])
def test_names__of_kinds_and_rules__are_all_of_them(names, kind):
    assert sorted(names.values()) == sorted(kind)


def test_format_of__both_formats_and_no_file__is_told():
    assert format_of(DEVNET) == FORMAT
    assert format_of((FILES / "devnet.json").read_text()) == SEALED_FORMAT
    assert format_of("[") is None and format_of("[]") is None


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        (("format",), SEALED_FORMAT, "format: 'seqmarket-parameters/1' where 'seqmarket-ticket-parameters/1' belongs"),
        (("bondTicks",), 1, "the key 'bondTicks' is unknown here"),
        (("curve", "kind"), "linear", "curve.kind: 'linear' where one of Linear, Quadratic, Exponential, TimePhased belongs"),
        (("curve", "kind"), 0, "curve.kind: 0 where one of Linear"),
        (("curve", "target"), 0, "target is 0: it must be at least 1"),
        (("curve", "target"), 32_768, "target is 32768: it must be at most 32767"),
        (("curve", "target"), 65_536, "curve.target: 65536 doesn't fit in 16 bits"),
        (("curve", "steepnessBps"), 1, "steepness_bps is 1: it must be at most 0"),
        (("basePrice", "rule"), "EIP-1559", "basePrice.rule: 'EIP-1559' where one of Eip1559, Linear belongs"),
        (("basePrice", "alphaTicks"), 1, "alpha_ticks is 1: only the linear rule has one"),
        (("schedule", "commitSeconds"), 0, "commit_seconds is 0"),
        (("tickWei",), 1.5, "tickWei: '1.5' is no integer"),
        (("randomness",), "BlockHash", "randomness: 'BlockHash' where an object belongs"),
        (("randomness", "kind"), "Dice", "randomness.kind: 'Dice' where 'BlockHash' or 'Drand' belongs"),
        (("randomness", "blockSeconds"), -1, "randomness.blockSeconds: -1 is below 0"),
        (("randomness",), source_fields(QUICKNET) | {"groupKey": "0x" + 96 * "00"}, "where a compressed group key of 96 bytes belongs"),
        (("randomness",), source_fields(QUICKNET) | {"groupKey": 7}, "randomness.groupKey: 7 where a compressed group key"),
        (("randomness",), source_fields(QUICKNET) | {"periodSeconds": 0}, "randomness.periodSeconds: period_seconds is 0"),
    ],
)
def test_parse__a_file_that_breaks_a_rule__raises_MalformedParameters(path, value, told):
    with pytest.raises(MalformedParameters) as raised:
        parse(changed(*path, value=value), NOW)

    assert told in str(raised.value)


@pytest.mark.parametrize("path", [("curve",), ("randomness",), ("feePerPoolTicks",), ("basePrice", "startTicks"), ("randomness", "blockSeconds")])
def test_parse__a_key_missing__raises_MalformedParameters(path):
    content = json.loads(DEVNET)
    holder = content
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]

    with pytest.raises(MalformedParameters, match=f"the key '{path[-1]}' is missing"):
        parse(json.dumps(content), NOW)
