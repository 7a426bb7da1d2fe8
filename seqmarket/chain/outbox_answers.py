"""What nodes mean when they refuse a transaction: each says it in its own words.

Anvil's and Hardhat's words were seen; those of Geth, Reth, Erigon, Nethermind and Besu are as they are known, and weren't tried here. What isn't
recognised is taken for a plain refusal, and sent again.
"""

from __future__ import annotations

from enum import Enum


class Answer(Enum):
    """What a refusal of `eth_sendRawTransaction` tells."""

    KNOWN = "the node has this very transaction"
    NONCE_USED = "the nonce is used in a block already"
    UNDERPRICED = "another transaction with this nonce waits there, and these fees don't replace it"
    TOO_DEAR = "the base fee is above what the transaction offers"
    OTHER = "anything else"


_WORDS = (
    (Answer.KNOWN, ("already known", "alreadyknown", "known transaction", "already imported", "already exists", "already in mempool")),
    (Answer.UNDERPRICED, ("replacement", "could not replace", "underpriced")),
    (Answer.NONCE_USED, ("nonce too low", "nonce is too low", "oldnonce", "invalid nonce", "nonce has already been used")),
    (Answer.TOO_DEAR, ("less than block base fee", "too low for the next block", "below current base fee", "fee cap less than block")),
)


def answer_of(message: str) -> Answer:
    """What a node's refusal means.

    >>> answer_of("nonce too low: next nonce 5, tx nonce 3").name, answer_of("Known transaction: 0xab").name
    ('NONCE_USED', 'KNOWN')
    >>> answer_of("max fee per gas less than block base fee").name, answer_of("txpool is full").name
    ('TOO_DEAR', 'OTHER')
    """
    said = message.lower()
    return next((answer for answer, words in _WORDS if any(word in said for word in words)), Answer.OTHER)
