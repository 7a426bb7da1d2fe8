"""A local Anvil of the project's: pinned hardfork, gas cap a transaction, known accounts; ended with the program that started it."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from time import monotonic, sleep

from eth_account import Account
from web3 import Web3

from seqmarket.chain.errors import ChainError, NodeUnreachable
from seqmarket.chain.node import connect
from seqmarket.chain.sender import LocalKey

HARDFORK = "osaka"
MNEMONIC = "test test test test test test test test test test test junk"
"""Public: money on any other chain must never go to these accounts."""
START_SECONDS = 30


class PortTaken(ChainError):
    advice = "Something listens there already: end it, or choose another port."


class NodeDied(ChainError):
    advice = "Anvil ended by itself; what it said last is shown."


def keys(count: int) -> tuple[LocalKey, ...]:
    """The first accounts of MNEMONIC, those that ape knows as TEST::0, TEST::1, …"""
    return tuple(map(_key, range(count)))


@cache
def _key(index: int) -> LocalKey:
    Account.enable_unaudited_hdwallet_features()
    return LocalKey(Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}"))


def require_free(host: str, port: int) -> None:
    """Raises PortTaken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as taken:
            raise PortTaken(host=host, port=port) from taken


@contextmanager
def running(
    executable: Path, port: int, accounts: int, block_seconds: int | None = None, host: str = "127.0.0.1", reorgs: bool = False
) -> Iterator[Web3]:
    """An Anvil while the context lasts; with `reorgs` it forgets states older than 500 blocks. Raises PortTaken, NodeDied, NodeUnreachable."""
    require_free(host, port)
    command = [str(executable), "--silent", "--host", host, "--port", str(port), "--hardfork", HARDFORK, "--enable-tx-gas-limit"]
    command += ["--mnemonic", MNEMONIC, "--accounts", str(accounts), "--balance", "10000"]
    if block_seconds is not None:
        command += ["--block-time", str(block_seconds)]
    if reorgs:  # else it writes ever younger states to disk, and a reorg to one of these leaves contracts without code
        command += ["--max-persisted-states", "0"]
    # A session of its own: Ctrl-C in the terminal reaches us, and we end it.
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    try:
        yield _answering(process, f"http://{host}:{port}")
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stderr.close()


def _answering(process: subprocess.Popen, url: str) -> Web3:
    begun = monotonic()
    while True:
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace").strip().splitlines()
            raise NodeDied(url=url, status=process.returncode, said=said[-1] if said else "nothing")
        try:
            return connect(url)
        except NodeUnreachable:
            if monotonic() - begun > START_SECONDS:
                raise
            sleep(0.1)
