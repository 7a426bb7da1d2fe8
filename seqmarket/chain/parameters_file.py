"""The file of a market's parameters: strict JSON, the names of the contract's structs, `genesis` absolute or from now on."""

from __future__ import annotations

from seqmarket.chain.records import Parameters
from seqmarket.model import strict_json
from seqmarket.model.schedule import EmptyPhase, Schedule

FORMAT = "seqmarket-parameters/1"
_SECONDS = ("periodSeconds", "commitSeconds", "revealSeconds", "assignSeconds", "drawSeconds")
_NUMBERS = {
    "tickWei": 256, "bondTicks": 64, "forfeitBps": 16, "feePerOfferTicks": 64, "proposerShareBps": 16, "registrationDepositTicks": 64,
    "maxOffersPerBidder": 16, "maxOffersPerRound": 16, "proofDelaySeconds": 32, "epsilonBps": 16, "epsilonSeconds": 32,
}  # fmt: skip


class MalformedParameters(ValueError):
    """A parameters file that breaks its form; the message names the path, the value and the rule."""


def parse(text: str, now: int) -> Parameters:
    """The parameters of a file; `genesis` is a timestamp, or "+S" for S seconds after `now`.

    Raises MalformedParameters.
    """
    try:
        return _parameters(strict_json.read(text), now)
    except (strict_json.NotStrictJson, EmptyPhase) as broken:
        raise MalformedParameters(str(broken)) from broken


def format_of(text: str) -> object:
    """What a parameters file names as its format; None where it isn't that far. Its own reader says what is wrong.

    >>> format_of('{"format": "seqmarket-parameters/1"}'), format_of("[")
    ('seqmarket-parameters/1', None)
    """
    try:
        top = strict_json.read(text)
    except strict_json.NotStrictJson:
        return None
    return top.get("format") if isinstance(top, dict) else None


def to_fields(parameters: Parameters) -> dict:
    """The parameters under the contract's names, as they stand in a file and in a constructor call."""
    numbers = (
        parameters.tick_wei, parameters.bond_ticks, parameters.forfeit_bps, parameters.fee_per_offer_ticks, parameters.proposer_share_bps,
        parameters.registration_deposit_ticks, parameters.max_offers_per_bidder, parameters.max_offers_per_round,
        parameters.proof_delay_seconds, parameters.epsilon_bps, parameters.epsilon_seconds,
    )  # fmt: skip
    return {"schedule": schedule_fields(parameters.schedule), **dict(zip(_NUMBERS, numbers))}


def of_call(answer: tuple) -> Parameters:
    """The parameters of what `parameters()` answers."""
    schedule, *numbers = answer
    return Parameters(Schedule(*schedule), *numbers)


def _parameters(raw: object, now: int) -> Parameters:
    top = strict_json.fields(raw, None, ("format", "schedule", *_NUMBERS))
    require_format(top["format"], FORMAT)
    return Parameters(schedule_of(top["schedule"], now), *(number(top[name], (None, name), bits) for name, bits in _NUMBERS.items()))


# ------------------------------------------- shared by the files of all formats


def schedule_fields(its: Schedule) -> dict:
    """A schedule under the contract's names.

    >>> schedule_fields(Schedule(7, 9, 9, 0, 9, 9))["revealSeconds"]
    0
    """
    seconds = (its.period_seconds, its.commit_seconds, its.reveal_seconds, its.assign_seconds, its.draw_seconds)
    return {"genesis": its.genesis} | dict(zip(_SECONDS, seconds))


def require_format(raw: object, needed: str) -> None:
    """Raises NotStrictJson where a file names another format."""
    if raw != needed:
        raise strict_json.fail((None, "format"), f"{strict_json.brief(raw)} where {needed!r} belongs")


def schedule_of(raw: object, now: int) -> Schedule:
    """The schedule of a file. Raises NotStrictJson, EmptyPhase.

    >>> schedule_of(schedule_fields(Schedule(7, 9, 9, 0, 9, 9)) | {"genesis": "+3"}, now=100).genesis
    103
    """
    path = (None, "schedule")
    schedule = strict_json.fields(raw, path, ("genesis", *_SECONDS))
    seconds = [number(schedule[name], (path, name), 32) for name in _SECONDS]
    return Schedule(_genesis(schedule["genesis"], (path, "genesis"), now), *seconds)


def _genesis(raw: object, path: strict_json.Path, now: int) -> int:
    if isinstance(raw, str) and raw[:1] == "+" and raw[1:].isdecimal() and len(raw) <= 11:
        return now + int(raw[1:])
    if isinstance(raw, str):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where a timestamp or '+seconds' belongs")
    return number(raw, path, 64)


def number(raw: object, path: strict_json.Path, bits: int) -> int:
    """An unsigned integer of so many bits. Raises NotStrictJson.

    >>> number(255, None, 8)
    255
    """
    value = strict_json.integer(raw, path, least=0)
    if value >> bits:
        raise strict_json.fail(path, f"{value} doesn't fit in {bits} bits")
    return value
