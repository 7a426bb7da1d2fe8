"""A chain with a market that the scripts deployed, one for the module; its phases are long and its clock is moved by hand."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

# This folder is no package: the helpers are loaded under a name of their own.
_spec = importlib.util.spec_from_file_location("seqmarket_e2e_host", Path(__file__).with_name("host.py"))
host = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = host
_spec.loader.exec_module(host)

PHASE = 600


@dataclass(frozen=True)
class Deployed:
    """A market that `deploy` made; `run` adds node and addresses file to a script's arguments."""

    net: object
    folder: Path
    addresses: Path

    def run(self, script: str, *arguments: object, addresses: Path | None = None):
        """A script against this chain and market, in this process."""
        return host.script(script, *arguments, "--addresses", addresses or self.addresses, "--network", self.net.url)

    def run_apart(self, script: str, *arguments: object):
        """The same by `ape run`, as a process of its own."""
        return host.ape_run(script, *arguments, "--addresses", self.addresses, "--network", self.net.url)

    def bids(self, content: object) -> Path:
        """A bids file of this content."""
        path = self.folder / "bids.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    @property
    def genesis(self) -> int:
        return json.loads(self.addresses.read_text())["constructor_arguments"]["parameters"]["schedule"]["genesis"]


@pytest.fixture(scope="session")
def ape_run():
    return host.ape_run


@pytest.fixture(scope="session")
def run_script():
    return host.script


@pytest.fixture(scope="session")
def start_devnet():
    return host.devnet


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("market")
    parameters = json.loads((host.ROOT / "scripts" / "parameters" / "devnet.json").read_text())
    parameters["schedule"] |= {"genesis": "+600", "periodSeconds": 2 * PHASE, "commitSeconds": PHASE, "revealSeconds": PHASE, "assignSeconds": PHASE}
    (folder / "parameters.json").write_text(json.dumps(parameters))
    with host.devnet("--bare") as net:
        addresses = folder / "addresses.json"
        said = host.ape_run(
            "deploy", "--parameters", folder / "parameters.json", "--addresses", addresses, "--account", "TEST::0", "--network", net.url
        )
        assert said.status == 0, said.text
        yield Deployed(net, folder, addresses)
