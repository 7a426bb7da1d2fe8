"""Bringing a rollup to the market, and taking one over: either way its owner locks the registration deposit."""

from __future__ import annotations

from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.errors import NotRollupHeir
from seqmarket.chain.sender import Sender
from seqmarket.chain.writer import AcceptOwnership, Done, Register, Writer
from seqmarket.sequencer.bidding import top_up


def register(writer: Writer, sender: Sender, action: Register) -> Done:
    """Registers a rollup of the sender's, depositing first what its free balance lacks. Raises the contract's errors."""
    return _own(writer, sender, action)


def take_over(writer: Writer, sender: Sender, rollup: int) -> Done:
    """Accepts a rollup that its owner offered to the sender, depositing first what its free balance lacks. Raises the contract's errors."""
    _, heir = BlockReader(writer.market).call("ownerOfRollup", rollup)
    if heir != sender.address:  # before anything is deposited for it
        raise NotRollupHeir(rollup=rollup, caller=sender.address, heir=heir)
    return _own(writer, sender, AcceptOwnership(rollup))


def _own(writer: Writer, sender: Sender, action: Register | AcceptOwnership) -> Done:
    reader = BlockReader(writer.market)
    top_up(writer, reader, sender, reader.parameters.registration_deposit_ticks)
    return writer.send(sender, action)
