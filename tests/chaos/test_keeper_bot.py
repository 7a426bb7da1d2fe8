"""`seqmarket keeper`, as an operator runs it: through Silverback, killed and started again, asked for its health, ended by SIGTERM."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from time import sleep

import pytest

from tests.chaos.chain import ROOT, free_port, running_chain
from tests.chaos.proxy import Fault, Kind, Proxy
from tests.chaos.town import BLOCK_SECONDS, KEEPERS, PHASE_SECONDS, town
from tests.waiting import PATIENCE_SECONDS, until

SCHEDULE = {"periodSeconds": PHASE_SECONDS, "commitSeconds": PHASE_SECONDS, "revealSeconds": PHASE_SECONDS, "assignSeconds": PHASE_SECONDS}


@pytest.fixture(scope="module")
def its(tmp_path_factory):
    with running_chain(**SCHEDULE) as chain, town(chain, tmp_path_factory.mktemp("town"), seed=6) as its:
        its.to(its.schedule.commit_start(0))
        yield its


@pytest.fixture
def proxy(its):
    """The one way of a keeper to the node."""
    with Proxy(its.chain.url, port=free_port()) as proxy:
        yield proxy


@pytest.fixture
def config(its, proxy):
    path = its.config("keeper", KEEPERS[0], [proxy.url], 0)
    path.write_text(f"listen = {free_port()}\nlog = \"events.log\"\n" + path.read_text())
    return path


def command(*arguments):
    return [sys.executable, "-m", "seqmarket.cli", "keeper", *map(str, arguments)]


def said(*arguments):
    return subprocess.run(command(*arguments), cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=PATIENCE_SECONDS)


def test_keeper_check_config__good_file__names_account_and_markets(its, config):
    done = said("check-config", "--config", config, "--json")

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["account"] == its.chain.keys[KEEPERS[0]].address and list(told["markets"].values()) == [its.chain.market.address]


def test_keeper_run__through_silverback__waits_for_its_node_goes_on_after_a_kill_and_drains_at_sigterm(its, config, proxy):
    events = config.parent / "events.log"
    health = f"http://127.0.0.1:{int(config.read_text().split()[2])}"

    def page(path):
        try:
            with urllib.request.urlopen(health + path, timeout=10) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return ""

    def sent(function):
        return its.functions_of(its.chain.keys[KEEPERS[0]].address)[0][function]

    its.act(range(1))
    its.tick()
    proxy.down()
    parent = subprocess.Popen(command("run", "--config", config), cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    try:
        first = json.loads(parent.stdout.readline())
        assert first["event"] == "keeper.started"
        until(lambda: '"event": "node.awaited"' in events.read_text() if events.exists() else "")
        assert not parent.poll()
        proxy.up()
        until(lambda: '"ok": true' in page("/healthz"))
        its.to(its.schedule.reveal_start(0))
        its.chain.rpc("evm_mine")
        until(lambda: pending(its) == 3)
        its.chain.rpc("evm_mine")
        assert sent("reveal") == 3

        os.kill(first["pid"], signal.SIGKILL)
        assert json.loads(parent.stdout.readline())["event"] == "keeper.ended"
        assert json.loads(parent.stdout.readline())["event"] == "keeper.started"
        its.to(its.schedule.assign_start(0))
        its.chain.rpc("evm_mine")
        until(lambda: pending(its) == 1)
        its.chain.rpc("evm_mine")
        assert sent("claimProof") == 1
        for _ in range(2):
            its.chain.rpc("evm_mine")
            sleep(0.1)
        until(lambda: pending(its) == 1)
        its.chain.rpc("evm_mine")

        assert its.round(0).assignment.proved
        assert 'seqmarket_events_total{event="keeper.posted"}' in page("/metrics")
        until(lambda: pending(its) == 3)  # the releases: the round's end was seen
        rounds = {each["round"]: each for each in json.loads(said("status", "--config", config, "--json").stdout)["rounds"]}
        assert {"reveal", "assign", "solved", "claimed", "proved", "settled"} <= rounds[0]["moments"].keys() and rounds[0]["sent"] >= 5
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(PATIENCE_SECONDS) == 0
        assert json.loads(parent.stdout.read().splitlines()[-1])["event"] == "keeper.drained"
        assert page("/healthz") == ""
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()


def pending(its):
    return int(its.chain.rpc("txpool_status")["pending"], 16)


def test_bot__as_a_worker_imports_it__has_its_tasks_registered(its, config):
    code = """
import seqmarket.keeper.bot as module
from silverback.types import TaskType
bot = module.bot
print([bot.broker.find_task(task.name) is not None and task.name for task in bot.tasks[TaskType.NEW_BLOCK]])
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SEQMARKET_KEEPER_CONFIG": str(config), "SEQMARKET_KEEPER_NODE": its.chain.url}
    done = subprocess.run([sys.executable, "-c", code], cwd=config.parent, env=environment, capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    assert done.stdout.splitlines()[-1:] == ["['keep_markets']"], done.stderr[-2000:]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("test = 8", 'key_variable = "NO_SUCH_KEY"'), "Error: NoKey(variable=NO_SUCH_KEY): it isn't set"),
        (("[limits]", "[limit]"), "the key 'limit' is unknown here"),
    ],
)
def test_keeper_run__configuration_that_cannot_work__ends_at_once_with_one_line(config, change, told):
    broken = config.with_name("broken.toml")
    broken.write_text(config.read_text().replace(*change))
    done = said("run", "--config", broken)

    assert done.returncode in (1, 2) and told in done.stderr and "Traceback" not in done.stderr


def test_keeper_run__node_of_another_chain__ends_with_one_line(config, proxy):
    proxy.set(Fault(Kind.WRONG_CHAIN, amount=5))
    done = said("run", "--config", config)

    assert done.returncode == 1 and "Error: WrongChain(expected=31337, found=5" in done.stderr and "Traceback" not in done.stderr
