"""The file of a ticket market's parameters: strict JSON, the names of the contract's structs, and the source of randomness."""

from __future__ import annotations

from enum import IntEnum

from seqmarket.chain.parameters_file import MalformedParameters, number, require_format, schedule_fields, schedule_of
from seqmarket.chain.ticket_records import BlockHashes, Source, TicketParameters
from seqmarket.model import drand, strict_json
from seqmarket.model.base_price import AlphaWithoutUse, BasePriceTerms, BaseRule
from seqmarket.model.drand import Network
from seqmarket.model.price_curve import BadCurve, Curve, CurveKind
from seqmarket.model.schedule import EmptyPhase, Schedule

FORMAT = "seqmarket-ticket-parameters/1"
KINDS = {"Linear": CurveKind.LINEAR, "Quadratic": CurveKind.QUADRATIC, "Exponential": CurveKind.EXPONENTIAL, "TimePhased": CurveKind.TIME_PHASED}
RULES = {"Eip1559": BaseRule.EIP1559, "Linear": BaseRule.LINEAR}
_NUMBERS = {
    "tickWei": 256, "registrationDepositTicks": 64, "feePerPoolTicks": 64, "proposerShareBps": 16, "maxPoolsPerRound": 16,
    "proofDelaySeconds": 32, "epsilonBps": 16, "epsilonSeconds": 32,
}  # fmt: skip
_CURVE = {"target": 16, "steepnessBps": 32, "phaseSeconds": 32, "saleSeconds": 32}
_BASE_PRICE = {"startTicks": 64, "alphaTicks": 64}


def parse(text: str, now: int) -> tuple[TicketParameters, Source]:
    """The parameters of a file and its source of randomness; `genesis` of the schedule is a timestamp, or "+S" for S seconds after `now`.

    Raises MalformedParameters.
    """
    try:
        raw = strict_json.read(text)
        top = strict_json.fields(raw, None, ("format", "schedule", *_NUMBERS, "curve", "basePrice", "randomness"))
        require_format(top["format"], FORMAT)
        numbers = [number(top[name], (None, name), bits) for name, bits in _NUMBERS.items()]
        parameters = TicketParameters(schedule_of(top["schedule"], now), *numbers, _curve(top["curve"]), _base_price(top["basePrice"]))
        return parameters, _source(top["randomness"])
    except (strict_json.NotStrictJson, EmptyPhase, BadCurve, AlphaWithoutUse) as broken:
        raise MalformedParameters(str(broken)) from broken


def to_fields(parameters: TicketParameters) -> dict:
    """The parameters under the contract's names, as they stand in a file.

    >>> terms = BasePriceTerms(BaseRule.EIP1559, start_ticks=5)
    >>> its = TicketParameters(Schedule(0, 9, 9, 0, 9, 9), 10**9, 1, 2, 3, 4, 5, 0, 0, Curve(CurveKind.LINEAR, target=10), terms)
    >>> to_fields(its)["curve"]
    {'kind': 'Linear', 'target': 10, 'steepnessBps': 0, 'phaseSeconds': 0, 'saleSeconds': 0}
    """
    numbers = (
        parameters.tick_wei, parameters.registration_deposit_ticks, parameters.fee_per_pool_ticks, parameters.proposer_share_bps,
        parameters.max_pools_per_round, parameters.proof_delay_seconds, parameters.epsilon_bps, parameters.epsilon_seconds,
    )  # fmt: skip
    curve, base = parameters.curve, parameters.base_price
    of_curve = (curve.target, curve.steepness_bps, curve.phase_seconds, curve.sale_seconds)
    return {
        "schedule": schedule_fields(parameters.schedule),
        **dict(zip(_NUMBERS, numbers, strict=True)),
        "curve": {"kind": _name(KINDS, curve.kind), **dict(zip(_CURVE, of_curve, strict=True))},
        "basePrice": {"rule": _name(RULES, base.rule), **dict(zip(_BASE_PRICE, (base.start_ticks, base.alpha_ticks), strict=True))},
    }


def source_fields(source: Source) -> dict:
    """A source of randomness as it stands in a file; a network's key compressed.

    >>> source_fields(BlockHashes(12))
    {'kind': 'BlockHash', 'blockSeconds': 12}
    """
    if isinstance(source, BlockHashes):
        return {"kind": "BlockHash", "blockSeconds": source.block_seconds}
    return {"kind": "Drand", "groupKey": "0x" + source.key.hex(), "genesis": source.genesis, "periodSeconds": source.period_seconds}


def to_call(parameters: TicketParameters) -> tuple:
    """The parameters as the constructor takes them: the struct as a tuple, which `of_call` reads again.

    >>> terms = BasePriceTerms(BaseRule.LINEAR, start_ticks=5, alpha_ticks=1)
    >>> its = TicketParameters(Schedule(0, 9, 9, 0, 9, 9), 10**9, 1, 2, 3, 4, 5, 0, 0, Curve(CurveKind.LINEAR, target=10), terms)
    >>> of_call(to_call(its)) == its
    True
    """
    schedule, *numbers, curve, base_price = to_fields(parameters).values()
    kind, rule = (parameters.curve.kind, *list(curve.values())[1:]), (parameters.base_price.rule, *list(base_price.values())[1:])
    return (tuple(schedule.values()), *numbers, kind, rule)


def of_call(answer: tuple) -> TicketParameters:
    """The parameters of what `parameters()` answers."""
    schedule, *numbers, (kind, *curve), (rule, *base_price) = answer
    return TicketParameters(Schedule(*schedule), *numbers, Curve(CurveKind(kind), *curve), BasePriceTerms(BaseRule(rule), *base_price))


def _curve(raw: object) -> Curve:
    path = (None, "curve")
    its = strict_json.fields(raw, path, ("kind", *_CURVE))
    return Curve(_named(its["kind"], (path, "kind"), KINDS), *(number(its[name], (path, name), bits) for name, bits in _CURVE.items()))


def _base_price(raw: object) -> BasePriceTerms:
    path = (None, "basePrice")
    its = strict_json.fields(raw, path, ("rule", *_BASE_PRICE))
    return BasePriceTerms(_named(its["rule"], (path, "rule"), RULES), *(number(its[name], (path, name), bits) for name, bits in _BASE_PRICE.items()))


def _source(raw: object) -> Source:
    path = (None, "randomness")
    kind = raw.get("kind") if isinstance(raw, dict) else None
    if kind == "Drand":
        its = strict_json.fields(raw, path, ("kind", "groupKey", "genesis", "periodSeconds"))
        genesis, period = (number(its[name], (path, name), bits) for name, bits in (("genesis", 64), ("periodSeconds", 32)))
        try:
            return Network(_key(its["groupKey"], (path, "groupKey")), genesis, period)
        except drand.ZeroPeriod as broken:
            raise strict_json.fail((path, "periodSeconds"), str(broken)) from broken
    if kind == "BlockHash":
        its = strict_json.fields(raw, path, ("kind", "blockSeconds"))
        return BlockHashes(number(its["blockSeconds"], (path, "blockSeconds"), 32))
    if not isinstance(raw, dict):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where an object belongs")
    raise strict_json.fail((path, "kind"), f"{strict_json.brief(kind)} where 'BlockHash' or 'Drand' belongs")


def _key(raw: object, path: strict_json.Path) -> bytes:
    try:
        key = bytes.fromhex(str(raw).removeprefix("0x"))
        drand.decompress_key(key)
    except ValueError as broken:  # that of `fromhex`, and those of `decompress_key`
        needed = f"a compressed group key of {drand.KEY_BYTES} bytes"
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where {needed} belongs: {broken}") from broken
    return key


def _named(raw: object, path: strict_json.Path, names: dict[str, IntEnum]) -> IntEnum:
    if not isinstance(raw, str) or raw not in names:
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where one of {', '.join(names)} belongs")
    return names[raw]


def _name(names: dict[str, IntEnum], value: IntEnum) -> str:
    return next(name for name, its in names.items() if its == value)
