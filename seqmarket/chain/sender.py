"""Who signs: a small protocol, and the key that a program holds itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from eth_account import Account
from eth_account.signers.local import LocalAccount


class Sender(Protocol):
    """An account that can sign."""

    @property
    def address(self) -> str: ...

    def sign(self, transaction: dict) -> bytes:
        """`transaction` is complete, the answer is what goes to the node."""

    def sign_typed(self, typed: dict) -> bytes:
        """The signature of an EIP-712 message in full (types, primaryType, domain, message): r, s and v; 65 bytes."""


@dataclass(frozen=True, slots=True)
class LocalKey:
    """A sender whose private key is in memory.

    >>> LocalKey.of("0x" + "00" * 31 + "01").address
    '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf'
    """

    account: LocalAccount

    @classmethod
    def of(cls, private_key: str) -> LocalKey:
        """The sender of a private key."""
        return cls(Account.from_key(private_key))

    @property
    def address(self) -> str:
        return self.account.address

    def sign(self, transaction: dict) -> bytes:
        return bytes(self.account.sign_transaction(transaction).raw_transaction)

    def sign_typed(self, typed: dict) -> bytes:
        return bytes(self.account.sign_typed_data(full_message=typed).signature)
