"""What a ticket market refuses to be deployed with, and that it tells what it was deployed with."""

from __future__ import annotations

import ape
import pytest

from seqmarket.model.price_curve import Curve, CurveKind, highest_base
from tests.contracts.chain import deploy, expect_error
from tests.contracts.tickets.conftest import TARGET

ETHER = 10**18
LINEAR, QUADRATIC, EXPONENTIAL, TIMED = CurveKind
MOST_TARGET, MOST_STEEPNESS = 32_767, 80_000
HIGHEST = highest_base(Curve(CurveKind.LINEAR, TARGET))


@pytest.fixture(scope="module")
def parts(cast):
    """A checker and a source for all deployments: they know no market."""
    checker = deploy(ape.project.CertificateChecker, sender=cast.stranger)
    return checker, deploy(ape.project.BlockHashRandomness, 1, sender=cast.stranger)


@pytest.fixture
def make(parts, cast, ticket_arguments_of):
    return lambda **parameters: deploy(ape.project.TicketMarket, ticket_arguments_of(**parameters), *parts, sender=cast.stranger)


@pytest.mark.parametrize(
    ("parameter", "value", "bound", "also"),
    [
        ("revealSeconds", 1, 0, {"reveal_seconds": 1}),
        ("drawSeconds", 0, 1, {"draw_seconds": 0}),
        ("commitSeconds", 101, 100, {"commit_seconds": 101}),
        ("tickWei", 0, 10**9, {}),
        ("tickWei", 10**9 - 1, 10**9, {}),
        ("tickWei", ETHER + 1, ETHER, {}),
        ("proposerShareBps", 10_001, 10_000, {}),
        ("proofDelaySeconds", 0, 1, {}),
        ("proofDelaySeconds", 60, 60, {}),
        ("epsilonBps", 10_001, 10_000, {}),
        ("epsilonSeconds", 60, 60, {}),
        ("maxPoolsPerRound", 0, 1, {}),
        ("maxPoolsPerRound", 257, 256, {}),
        ("saleSeconds", 101, 100, {"curve": (TIMED, TARGET, 0, 10, 101)}),
        ("startTicks", 0, 1, {"basePrice": (0, 0, 0)}),
        ("startTicks", HIGHEST + 1, HIGHEST, {"basePrice": (0, HIGHEST + 1, 0)}),
    ],
)
def test_deploy__parameter_past_its_bound__reverts_BadParameter(make, parameter, value, bound, also):
    with expect_error(ape.project.TicketMarket, "BadParameter", parameter=parameter, value=value, bound=bound):
        make(**(also or {parameter: value}))


@pytest.mark.parametrize(
    ("curve", "parameter", "value", "bound"),
    [
        ((LINEAR, 0, 0, 0, 0), "target", 0, 1),
        ((LINEAR, MOST_TARGET + 1, 0, 0, 0), "target", MOST_TARGET + 1, MOST_TARGET),
        ((LINEAR, TARGET, 1, 0, 0), "steepnessBps", 1, 0),
        ((TIMED, TARGET, 1, 0, 60), "steepnessBps", 1, 0),
        ((QUADRATIC, TARGET, 0, 0, 0), "steepnessBps", 0, 1),
        ((EXPONENTIAL, TARGET, 0, 0, 0), "steepnessBps", 0, 1),
        ((QUADRATIC, TARGET, MOST_STEEPNESS + 1, 0, 0), "steepnessBps", MOST_STEEPNESS + 1, MOST_STEEPNESS),
        ((EXPONENTIAL, TARGET, MOST_STEEPNESS + 1, 0, 0), "steepnessBps", MOST_STEEPNESS + 1, MOST_STEEPNESS),
        ((LINEAR, TARGET, 0, 0, 60), "saleSeconds", 60, 0),
        ((TIMED, TARGET, 0, 0, 0), "saleSeconds", 0, 1),
        ((TIMED, TARGET, 0, 60, 60), "phaseSeconds", 60, 59),
        ((LINEAR, TARGET, 0, 1, 0), "phaseSeconds", 1, 0),
    ],
)
def test_deploy__curve_past_its_bound__reverts_BadCurve(make, curve, parameter, value, bound):
    with expect_error(ape.project.TicketMarket, "BadCurve", parameter=parameter, value=value, bound=bound):
        make(curve=curve)


def test_deploy__alpha_that_the_rule_has_no_use_for__reverts_AlphaWithoutUse(make):
    with expect_error(ape.project.TicketMarket, "AlphaWithoutUse", alphaTicks=3):
        make(basePrice=(0, 20, 3))


@pytest.mark.parametrize("phase", ["period", "commit", "assign"])
def test_deploy__phase_without_time__reverts_EmptyPhase(make, phase):
    with expect_error(ape.project.TicketMarket, "EmptyPhase", phase=phase):
        make(**{f"{phase}_seconds": 0})


@pytest.mark.parametrize("missing", ["checker", "randomness"])
def test_deploy__part_without_code__reverts_BadParameter(parts, cast, ticket_arguments_of, missing):
    checker, randomness = parts
    given = (cast.thief.address, randomness) if missing == "checker" else (checker, cast.thief.address)

    with expect_error(ape.project.TicketMarket, "BadParameter", parameter=missing, value=0, bound=1):
        deploy(ape.project.TicketMarket, ticket_arguments_of(), *given, sender=cast.stranger)


@pytest.mark.parametrize(
    "parameters",
    [
        {"commit_seconds": 1, "assign_seconds": 60, "draw_seconds": 1},
        {"tickWei": ETHER},
        {"proposerShareBps": 10_000},
        {"proofDelaySeconds": 1},
        {"proofDelaySeconds": 59},
        {"epsilonBps": 10_000, "epsilonSeconds": 59},
        {"maxPoolsPerRound": 1},
        {"maxPoolsPerRound": 256},
        {"registrationDepositTicks": 0, "feePerPoolTicks": 0},
        {"curve": (LINEAR, 1, 0, 0, 0)},
        {"curve": (LINEAR, MOST_TARGET, 0, 0, 0)},
        {"curve": (QUADRATIC, TARGET, 1, 0, 0)},
        {"curve": (QUADRATIC, TARGET, MOST_STEEPNESS, 0, 0)},
        {"curve": (EXPONENTIAL, TARGET, MOST_STEEPNESS, 0, 0)},
        {"curve": (TIMED, TARGET, 0, 99, 100)},
        {"basePrice": (0, HIGHEST, 0)},
        {"basePrice": (1, 1, 2**64 - 1)},
    ],
    ids=str,
)
def test_deploy__parameters_at_their_bounds__are_told_as_they_were_given(make, ticket_arguments_of, parameters):
    parameters = {"genesis": 2**34} | parameters

    its = make(**parameters).parameters()

    schedule, *plain, curve, base_price = ticket_arguments_of(**parameters)
    assert tuple(vars(its.schedule).values()) == schedule
    assert [v for v in vars(its).values() if isinstance(v, int)] == plain
    assert tuple(vars(its.curve).values()) == curve
    assert tuple(vars(its.basePrice).values()) == base_price


def test_deploy__tickets_and_rights__belong_to_the_market(its):
    assert its.tickets.market() == its.market.address
    assert its.tickets.randomness() == its.randomness.address
    assert its.market.checker() == its.checker.address
    assert its.tickets.tickWei() == its.market.tickWei() == 10**9
