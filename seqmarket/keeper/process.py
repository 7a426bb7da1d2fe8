"""The process that `supervise` starts. What no other start can help ends it with a status of its own, and one line that names the error."""

from __future__ import annotations

import sys

from seqmarket.chain.deployment import MalformedAddresses
from seqmarket.chain.errors import WrongChain
from seqmarket.chain.outbox_store import OutboxInUse, OutboxOfAnother
from seqmarket.keeper.config import MalformedConfig
from seqmarket.service.parent import end_with_parent
from seqmarket.keeper.senders import NoKey, OtherChain
from seqmarket.keeper.supervise import UNUSABLE
from seqmarket.service.health import PortInUse
from seqmarket.service.lock import InUse

HOPELESS = (MalformedConfig, MalformedAddresses, NoKey, OtherChain, WrongChain, InUse, PortInUse, OutboxInUse, OutboxOfAnother, FileNotFoundError)


def main(config: str, node: str, beat: int) -> int:
    """Runs the keeper; its exit status."""
    end_with_parent()
    try:
        from seqmarket.keeper.bot import main as run

        run(config, node, beat)
    except HOPELESS as broken:
        print(f"Error: {broken}", file=sys.stderr)
        return UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
