"""What a market refuses to be deployed with, and that it tells what it was deployed with."""

import ape
import pytest

from tests.contracts.chain import deploy, expect_error

ETHER = 10**18


@pytest.mark.parametrize(
    ("parameter", "value", "bound", "also"),
    [
        ("tickWei", 10**9 - 1, 10**9, {}),
        ("tickWei", 0, 10**9, {}),
        ("tickWei", ETHER + 1, ETHER, {}),
        ("forfeitBps", 10_001, 10_000, {}),
        ("proposerShareBps", 10_001, 10_000, {}),
        ("proofDelaySeconds", 0, 1, {}),
        ("proofDelaySeconds", 60, 60, {}),
        ("maxOffersPerBidder", 0, 1, {}),
        ("maxOffersPerBidder", 129, 128, {}),
        ("maxOffersPerRound", 127, 128, {"maxOffersPerBidder": 128}),
        ("maxOffersPerRound", 16_385, 16_384, {}),
        ("epsilonBps", 10_001, 10_000, {}),
        ("epsilonSeconds", 60, 60, {}),
    ],
)
def test_deploy__parameter_past_its_bound__reverts_BadParameter(deploy_market, parameter, value, bound, also):
    with expect_error(ape.project.SealedBidMarket, "BadParameter", parameter=parameter, value=value, bound=bound):
        deploy_market(**{parameter: value}, **also)


@pytest.mark.parametrize(
    "parameters",
    [
        {"tickWei": 10**9},
        {"tickWei": ETHER},
        {"forfeitBps": 10_000},
        {"proposerShareBps": 10_000},
        {"proofDelaySeconds": 1},
        {"proofDelaySeconds": 59},
        {"maxOffersPerBidder": 1, "maxOffersPerRound": 1},
        {"maxOffersPerBidder": 128, "maxOffersPerRound": 128},
        {"maxOffersPerRound": 16_384},
        {"epsilonBps": 10_000, "epsilonSeconds": 59},
        {"epsilonBps": 1, "epsilonSeconds": 0},
        {"bondTicks": 0, "feePerOfferTicks": 0, "registrationDepositTicks": 0},
        {"draw_seconds": 7, "genesis": 1},
    ],
    ids=str,
)
def test_deploy__parameter_at_its_bound__is_kept(deploy_market, arguments_of, parameters):
    parameters = {"genesis": 2**34} | parameters

    its = deploy_market(**parameters).parameters()

    schedule, *rest = arguments_of(**parameters)
    assert tuple(vars(its.schedule).values()) == schedule
    assert list(vars(its).values())[1:] == rest


@pytest.mark.parametrize("phase", ["period", "commit", "reveal", "assign"])
def test_deploy__phase_without_time__reverts_EmptyPhase(deploy_market, phase):
    with expect_error(ape.project.SealedBidMarket, "EmptyPhase", phase=phase):
        deploy_market(**{f"{phase}_seconds": 0})


def test_deploy__checker_without_code__reverts_BadParameter(arguments_of, cast):
    with expect_error(ape.project.SealedBidMarket, "BadParameter", parameter="checker", value=0, bound=1):
        deploy(ape.project.SealedBidMarket, arguments_of(), cast.thief.address, sender=cast.stranger)


def test_deploy__rights__belong_to_the_market(deploy_market):
    first, second = deploy_market(), deploy_market()

    assert first.rights() != second.rights()
    assert first.tickWei() == 10**9
