"""The house: which room may use which, and that the rules bear one name everywhere."""

import ast
import re
from pathlib import Path

import pytest

from seqmarket.model.rules import RULES

ROOT = Path(__file__).resolve().parents[2]

# Room -> rooms that it may import. Arrows run one way; a room may always use itself.
PYTHON_ARROWS = {
    "model": set(),
    "solver": {"model"},
    "certificate.check": {"model", "certificate.form"},
    "certificate.form": {"model"},
    "certificate.lemma": {"model"},
    "certificate.chain_tree": {"model", "certificate.lemma"},
    "certificate.chain_check": {"model", "certificate.lemma", "certificate.chain_tree"},
    "certificate.reading": {"model"},
    "certificate.gas_model": set(),
    "certificate.chain_plan": {"model", "certificate.chain_tree"},
    "certificate.encode_tree": {"model", "certificate.form", "certificate.chain_tree", "certificate.chain_plan"},
    "certificate.encode": {"model", "certificate.form", "certificate.chain_tree", "certificate.chain_check", "certificate.chain_plan", "certificate.encode_tree"},
    "certificate.split": {"model", "certificate.form", "certificate.lemma", "certificate.gas_model", "certificate.chain_check", "certificate.chain_plan", "certificate.encode"},
    "engine": {"model"},
    "certificate.build": {"model", "solver", "engine", "certificate.form", "certificate.check", "certificate.gas_model"},
    "lab": {"model", "solver", "engine", "strategies", "service"},
    "service": set(),
    "chain": {"model", "service"},
    "sequencer.commitment": set(),
    "sequencer": {"model", "chain", "certificate.form", "certificate.lemma", "certificate.reading", "certificate.gas_model", "certificate.encode", "certificate.split", "certificate.build", "sequencer.commitment"},
    "report": {"model", "chain", "certificate.form", "certificate.chain_tree", "certificate.chain_check", "certificate.build"},
    "keeper": {"model", "chain", "service", "sequencer", "sequencer.commitment", "certificate.lemma"},
    "strategies": {"model"},
    "cli.errors": set(),
    "devnet": {"chain"},
    "agent": {"model", "chain", "service", "sequencer", "strategies", "certificate.build"},
    "history": {"model", "chain"},
    "demo": {"model", "solver", "lab", "chain", "sequencer", "sequencer.commitment", "certificate.form", "certificate.encode", "certificate.build"},
    "with_ape": {"chain", "cli.errors"},
    "cli": {"agent", "certificate.build", "certificate.check", "certificate.form", "chain", "cli.errors", "devnet", "history", "keeper", "lab", "model", "report", "sequencer", "service", "strategies", "with_ape"},
}
STDLIB_ONLY = {"model", "certificate.check", "certificate.form"}
THIRD_PARTY = {
    "ape", "click", "distributed", "eth_abi", "eth_account", "eth_utils", "hexbytes", "highspy", "matplotlib", "numpy",
    "prometheus_client", "pyarrow", "rich", "silverback", "simpy", "web3",
}

SOLIDITY_ARROWS = {
    "libraries": {"libraries", "interfaces"},
    "interfaces": {"libraries", "interfaces"},
    "storage": {"libraries", "interfaces", "storage"},
    "randomness": {"libraries", "interfaces", "randomness"},
}


def room_of(module: str) -> str:
    """The room of a dotted module name below `seqmarket`."""
    parts = module.split(".")
    if parts[0] == "certificate" and len(parts) > 1:
        return "certificate.build" if parts[1].startswith("build") else f"certificate.{parts[1]}"
    if parts[:2] in (["sequencer", "commitment"], ["cli", "errors"]):
        return ".".join(parts[:2])
    return parts[0]


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" if (ROOT / node.module.replace(".", "/")).is_dir() else node.module for alias in node.names}
    return found


SOURCES = sorted(path for path in (ROOT / "seqmarket").rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_python_imports__run_one_way(path):
    room = room_of(".".join(path.relative_to(ROOT / "seqmarket").with_suffix("").parts))
    for name in imports_of(path):
        if name == "seqmarket.__version__":
            continue
        if not name.startswith("seqmarket."):
            if room in STDLIB_ONLY:
                assert name.split(".")[0] not in THIRD_PARTY, f"{room} uses the standard library only, not {name}"
            continue
        target = room_of(name.removeprefix("seqmarket."))
        assert target == room or target in PYTHON_ARROWS[room], f"{room} must not import {name}"


@pytest.mark.parametrize("folder", sorted(SOLIDITY_ARROWS))
def test_solidity_imports__run_one_way(folder):
    for path in (ROOT / "contracts" / folder).glob("*.sol"):
        for target in re.findall(r'from "(\.[^"]+)"', path.read_text()):
            used = (path.parent / target).resolve().relative_to(ROOT / "contracts").parts[0]
            assert used in SOLIDITY_ARROWS[folder], f"{path.name} must not import {target}"


def test_libraries__use_no_clock_no_sender_no_storage():
    for path in (ROOT / "contracts" / "libraries").glob("*.sol"):
        code = re.sub(r"//[^\n]*", "", path.read_text())
        for word in ("block.", "msg.", "tx.", " storage ", "sload", "sstore"):
            assert word not in code, f"{path.name} is pure and must not use {word!r}"


def test_rules__bear_one_name_in_the_readme_and_in_the_tests():
    readme = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert readme == RULES
    tests = "\n".join(path.read_text() for pattern in ("*.py", "*.sol") for path in (ROOT / "tests").rglob(pattern) if path != Path(__file__))
    for rule in RULES:
        assert rule in tests, f"no test names {rule}"
