"""The tools are the pinned ones, and ape and forge ask the compiler for the same bytecode."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
import solcx
import yaml
from web3 import HTTPProvider, Web3

ROOT = Path(__file__).resolve().parents[2]
APE = yaml.safe_load((ROOT / "ape-config.yaml").read_text())
FORGE = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
NPM = json.loads((ROOT / "package.json").read_text())["devDependencies"]
COMPILER = ROOT / FORGE["solc"]
TRANSACTION_GAS_CAP = 16_777_216  # EIP-7825
ANVIL_MEMORY_BLOCKS = 500
"""It writes the states of older blocks to disk."""
TIMEOUT_SECONDS = 60

COUNTER = """
// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Counter {
    uint256 public value;

    function add(uint256 amount) external {
        value += amount;
    }
}
"""


def output_of(*command: str | Path) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=TIMEOUT_SECONDS).stdout


def compile_counter() -> dict:
    """The abi and evm output of `COUNTER`, compiled by py-solc-x with the settings that ape-config.yaml gives."""
    solidity = APE["solidity"]
    answer = solcx.compile_standard(
        {
            "language": "Solidity",
            "sources": {"Counter.sol": {"content": COUNTER}},
            "settings": {
                "optimizer": {"enabled": solidity["optimize"], "runs": solidity["optimization_runs"]},
                "viaIR": solidity["via_ir"],
                "evmVersion": solidity["evm_version"],
                "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}},
            },
        },
        solc_binary=COMPILER,
    )
    return answer["contracts"]["Counter.sol"]["Counter"]


@pytest.fixture
def anvil(tmp_path):
    """A chain of its own on a free port, with the hardfork that ape-config.yaml gives."""
    program = shutil.which("anvil", path=f"{ROOT / 'scripts' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    assert program is not None, "anvil is not installed"
    log = tmp_path / "anvil.log"

    with log.open("w") as output:
        process = subprocess.Popen(
            [program, "--port", "0", "--hardfork", APE["foundry"]["evm_version"]], stdout=output, stderr=output
        )
    try:
        yield Web3(HTTPProvider(f"http://{listening_address(process, log)}"))
    finally:
        process.terminate()
        process.wait(timeout=TIMEOUT_SECONDS)


def listening_address(process: subprocess.Popen, log: Path) -> str:
    for _ in range(TIMEOUT_SECONDS * 10):
        if match := re.search(r"^Listening on (\S+)", log.read_text(), re.MULTILINE):
            return match.group(1)
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"anvil did not start: {log.read_text()}")


def test_settings__ape_and_foundry__agree():
    solidity = APE["solidity"]

    assert (
        solidity["optimize"],
        solidity["optimization_runs"],
        solidity["via_ir"],
        solidity["evm_version"],
    ) == (
        FORGE["optimizer"],
        FORGE["optimizer_runs"],
        FORGE["via_ir"],
        FORGE["evm_version"],
    )


def test_settings__version_of_the_compiler__is_one_everywhere():
    version = str(APE["solidity"]["version"])

    assert NPM["solc"] == version
    assert COMPILER.name == f"solc-v{version}"


def test_settings__hardfork_of_the_chain__is_that_of_the_compiler():
    assert APE["foundry"]["evm_version"] == APE["solidity"]["evm_version"]


def test_settings__remappings__are_letter_for_letter_the_same():
    assert APE["solidity"]["import_remapping"] == FORGE["remappings"]


def test_settings__gas_limit__is_the_cap_of_one_transaction():
    assert APE["ethereum"]["local"]["gas_limit"] == TRANSACTION_GAS_CAP


def test_compiler__asked_for_its_version__answers_the_pinned_one():
    assert re.search(r"^Version: 0\.8\.37\+commit\.[0-9a-f]{8}", output_of(COMPILER, "--version"), re.MULTILINE)


def test_compiler__unknown_option__exits_with_a_message():
    shim = ROOT / "scripts" / "solc" / COMPILER.name

    answer = subprocess.run([shim, "--asm"], capture_output=True, text=True, timeout=TIMEOUT_SECONDS)

    assert answer.returncode != 0
    assert "unrecognised option '--asm'" in answer.stderr


@pytest.fixture
def with_native(tmp_path):
    """The executable in a project of its own whose native compiler prints what it is asked."""
    shim, native = tmp_path / "scripts" / "solc" / COMPILER.name, tmp_path / ".venv" / "solc" / "native" / COMPILER.name
    for file in (shim, native):
        file.parent.mkdir(parents=True)
    shutil.copy(ROOT / "scripts" / "solc" / COMPILER.name, shim)
    native.write_text('#!/bin/sh\necho "$@"\nexit 3\n')
    native.chmod(0o755)
    return shim


@pytest.mark.parametrize("spelling", [["--base-path", "{}"], ["--base-path={}"]], ids=["apart", "joined"])
def test_compiler__native_and_a_copy_of_the_contracts__is_handed_the_projects_folder_too(with_native, tmp_path, spelling):
    copy = tmp_path / "copy"
    copy.mkdir()
    asked = ["--standard-json", *(part.format(copy) for part in spelling)]

    answer = subprocess.run([with_native, *asked], capture_output=True, text=True, timeout=TIMEOUT_SECONDS)

    assert answer.stdout.split() == [*asked, "--include-path", str(tmp_path)]
    assert answer.returncode == 3


@pytest.mark.parametrize("asked", [["--version"], ["--standard-json"], ["--standard-json", "--base-path", "{}"]], ids=["version", "no-base", "own-base"])
def test_compiler__native_and_the_project_itself__is_asked_as_it_stands(with_native, tmp_path, asked):
    asked = [part.format(tmp_path) for part in asked]

    answer = subprocess.run([with_native, *asked], capture_output=True, text=True, timeout=TIMEOUT_SECONDS)

    assert answer.stdout.split() == asked


def test_compiler__import_outside_the_allowed_folders__is_refused(tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "Secret.sol").write_text("contract Secret {}")
    question = {"language": "Solidity", "sources": {"A.sol": {"content": f'import "{outside}/Secret.sol";'}}}

    with pytest.raises(solcx.exceptions.SolcError, match="File outside of allowed directories"):
        solcx.compile_standard(question, solc_binary=COMPILER, base_path=inside)


def test_forge__asked_for_its_version__answers_the_pinned_one():
    assert NPM["@foundry-rs/forge"] in output_of(ROOT / "scripts" / "bin" / "forge", "--version")


def test_anvil__started__is_the_pinned_one(anvil):
    assert anvil.client_version == f"anvil/v{NPM['@foundry-rs/anvil']}"


def test_anvil__transaction_above_the_gas_cap__is_refused(anvil):
    sender = anvil.eth.accounts[0]
    transaction = {"from": sender, "to": sender, "value": 0}

    anvil.eth.send_transaction({**transaction, "gas": TRANSACTION_GAS_CAP})
    with pytest.raises(Exception, match="gas limit too high|cap|exceeds"):
        anvil.eth.send_transaction({**transaction, "gas": TRANSACTION_GAS_CAP + 1})


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_anvil__ended_with_states_on_disk__leaves_none_of_them(tmp_path, ending):
    home, folder, log = tmp_path / "home", tmp_path / "states", tmp_path / "anvil.log"
    home.mkdir()
    folder.mkdir()
    with log.open("w") as output:
        command = [ROOT / "scripts" / "bin" / "anvil", "--port", "0"]
        process = subprocess.Popen(command, env={**os.environ, "HOME": str(home), "TMPDIR": str(folder)}, stdout=output, stderr=output)
    try:
        chain = Web3(HTTPProvider(f"http://{listening_address(process, log)}"))
        chain.provider.make_request("anvil_mine", [hex(ANVIL_MEMORY_BLOCKS + 20)])
        written = [*folder.rglob("*.json")]
    finally:
        process.send_signal(ending)
        process.wait(timeout=TIMEOUT_SECONDS)

    for _ in range(TIMEOUT_SECONDS * 10):
        if not (left := [*folder.iterdir()]):
            break
        time.sleep(0.1)
    assert written and not left
    assert not [path for path in home.rglob("*") if "state" in path.name]


def test_contract__compiled_with_the_settings__runs_on_anvil(anvil):
    compiled = compile_counter()
    factory = anvil.eth.contract(abi=compiled["abi"], bytecode=compiled["evm"]["bytecode"]["object"])
    sender = {"from": anvil.eth.accounts[0]}

    receipt = anvil.eth.wait_for_transaction_receipt(factory.constructor().transact(sender))
    counter = anvil.eth.contract(address=receipt["contractAddress"], abi=compiled["abi"])
    anvil.eth.wait_for_transaction_receipt(counter.functions.add(7).transact(sender))

    assert counter.functions.value().call() == 7
