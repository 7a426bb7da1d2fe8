"""The process that `supervise` starts. What no other start can help ends it with a status of its own, and one line that names the error."""

from __future__ import annotations

import sys

from seqmarket.chain.deployment import MalformedAddresses
from seqmarket.chain.errors import WrongChain
from seqmarket.chain.outbox_store import OutboxInUse, OutboxOfAnother
from seqmarket.keeper.config import MalformedConfig
from seqmarket.service.parent import end_with_parent
from seqmarket.keeper.senders import NoKey, OtherChain
from seqmarket.keeper.supervise import KEEPER, TRIGGER, UNUSABLE
from seqmarket.service.health import PortInUse
from seqmarket.service.lock import InUse

HOPELESS = (MalformedConfig, MalformedAddresses, NoKey, OtherChain, WrongChain, InUse, PortInUse, OutboxInUse, OutboxOfAnother, FileNotFoundError)


def main(part: str, config: str, node: str, beat: int) -> int:
    """Runs the keeper, or the trigger of one that works elsewhere; the exit status."""
    end_with_parent()
    from seqmarket.keeper.bot import NoBroker, trigger
    from seqmarket.keeper.bot import main as run

    try:
        {KEEPER: run, TRIGGER: trigger}[part](config, node, beat)
    except (*HOPELESS, NoBroker) as broken:
        print(f"Error: {broken}", file=sys.stderr)
        return UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
