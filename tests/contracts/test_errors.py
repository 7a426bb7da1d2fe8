"""Each custom error that the contracts declare is raised by some test of this folder."""

import ast
import re
from pathlib import Path

import ape

from tests.contracts.chain import abi_of, deploy, expect_error

FOLDER = Path(__file__).resolve().parent
CONTRACTS = FOLDER.parents[1] / "contracts"
# The errors of certificates, the second block of this interface, belong to tests/parity.
CERTIFICATES = (CONTRACTS / "interfaces" / "ICertificateChecker.sol").read_text().partition("error TruncatedCertificate(")
ELSEWHERE = set(re.findall(r"^\s*error (\w+)\(", "    error TruncatedCertificate(" + CERTIFICATES[2], re.MULTILINE))


def declared() -> set[str]:
    """The errors that the project's own sources declare, mocks left out."""
    sources = (path for path in CONTRACTS.rglob("*.sol") if path.relative_to(CONTRACTS).parts[0] != "test")
    return {name for path in sources for name in re.findall(r"^\s*error (\w+)\(", path.read_text(), re.MULTILINE)}


def expected() -> set[str]:
    """The names that tests here hand to `expect_error`."""
    calls = (node for path in FOLDER.rglob("*.py") for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    named = (call.args[1] for call in calls if getattr(call.func, "id", "") == "expect_error" and len(call.args) > 1)
    return {name.value for name in named if isinstance(name, ast.Constant)}


def in_abis() -> set[str]:
    sources = (ape.project.BlockHashRandomness, ape.project.DrandRandomness)
    markets = (ape.project.SealedBidMarket, ape.project.TicketMarket, ape.project.Tickets)
    containers = (*markets, ape.project.SequencingRights, ape.project.CertificateChecker, *sources)
    return {e["name"] for container in containers for e in abi_of(container) if e["type"] == "error"}


def test_errors__declared__are_all_raised_by_a_test():
    assert declared() - ELSEWHERE - expected() == set()


def test_errors__declared__all_stand_in_an_abi_that_a_caller_sees():
    assert declared() - in_abis() == set()


def test_errors__of_a_market__include_those_of_its_checker():
    market, checker = (
        {e["name"] for e in abi_of(c) if e["type"] == "error"} for c in (ape.project.SealedBidMarket, ape.project.CertificateChecker)
    )

    assert checker <= market


def test_split__payment_below_its_reserves__reverts_PaymentBelowReserves(cast):
    """Reveal refuses such offers, so that no market raises it; here the library alone."""
    libraries = deploy(ape.project.LibraryHarness, sender=cast.stranger)

    with expect_error(libraries, "PaymentBelowReserves", payment=9, reserves=10):
        libraries.split(9, 0b11, bytes([0] * 7 + [4] + [0] * 7 + [6]), [0, 0], [0, 0])
