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


def to_fields(parameters: Parameters) -> dict:
    """The parameters under the contract's names, as they stand in a file and in a constructor call."""
    its = parameters.schedule
    seconds = (its.period_seconds, its.commit_seconds, its.reveal_seconds, its.assign_seconds, its.draw_seconds)
    numbers = (
        parameters.tick_wei, parameters.bond_ticks, parameters.forfeit_bps, parameters.fee_per_offer_ticks, parameters.proposer_share_bps,
        parameters.registration_deposit_ticks, parameters.max_offers_per_bidder, parameters.max_offers_per_round,
        parameters.proof_delay_seconds, parameters.epsilon_bps, parameters.epsilon_seconds,
    )  # fmt: skip
    return {"schedule": {"genesis": its.genesis} | dict(zip(_SECONDS, seconds)), **dict(zip(_NUMBERS, numbers))}


def of_call(answer: tuple) -> Parameters:
    """The parameters of what `parameters()` answers."""
    schedule, *numbers = answer
    return Parameters(Schedule(*schedule), *numbers)


def _parameters(raw: object, now: int) -> Parameters:
    top = strict_json.fields(raw, None, ("format", "schedule", *_NUMBERS))
    if top["format"] != FORMAT:
        raise strict_json.fail((None, "format"), f"{strict_json.brief(top['format'])} where {FORMAT!r} belongs")
    path = (None, "schedule")
    schedule = strict_json.fields(top["schedule"], path, ("genesis", *_SECONDS))
    seconds = [_number(schedule[name], (path, name), 32) for name in _SECONDS]
    numbers = [_number(top[name], (None, name), bits) for name, bits in _NUMBERS.items()]
    return Parameters(Schedule(_genesis(schedule["genesis"], (path, "genesis"), now), *seconds), *numbers)


def _genesis(raw: object, path: strict_json.Path, now: int) -> int:
    if isinstance(raw, str) and raw[:1] == "+" and raw[1:].isdecimal() and len(raw) <= 11:
        return now + int(raw[1:])
    if isinstance(raw, str):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where a timestamp or '+seconds' belongs")
    return _number(raw, path, 64)


def _number(raw: object, path: strict_json.Path, bits: int) -> int:
    value = strict_json.integer(raw, path, least=0)
    if value >> bits:
        raise strict_json.fail(path, f"{value} doesn't fit in {bits} bits")
    return value
