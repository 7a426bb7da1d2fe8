"""A call as a transaction: simulated first, so that a named error comes before gas is paid; then priced, signed, sent, waited for."""

from __future__ import annotations

from web3 import Web3
from web3.exceptions import TimeExhausted
from web3.types import TxParams, TxReceipt

from seqmarket.chain.errors import NotIncluded, UnfundedAccount, UnknownRevert, named
from seqmarket.chain.node import url_of
from seqmarket.chain.sender import Sender

GAS_CAP = 16_777_216
"""The most gas a transaction may use since Osaka (EIP-7825)."""
WAIT_SECONDS = 120


def submit(web3: Web3, sender: Sender, call: TxParams, gas: int | None = None) -> bytes:
    """Sends `call` (to, data, value) and returns the transaction's hash.

    With `gas` given nothing is simulated: the transaction goes out even if it reverts. Raises the contract's error,
    UnfundedAccount, NodeUnreachable, NodeRefused.
    """
    with named(url_of(web3)):
        call = {"value": 0, **call, "from": sender.address}
        balance = web3.eth.get_balance(sender.address, "pending")
        if balance < call["value"]:
            raise UnfundedAccount(account=sender.address, balance=f"{balance} wei", needed=f"{call['value']} wei and gas")
        price = fees(web3)
        if gas is None:
            web3.eth.call(call, "pending")
            gas = min(GAS_CAP, web3.eth.estimate_gas(call, "pending") * 5 // 4)
        needed = call["value"] + gas * price["maxFeePerGas"]
        if balance < needed:
            raise UnfundedAccount(account=sender.address, balance=f"{balance} wei", needed=f"{needed} wei")
        nonce = web3.eth.get_transaction_count(sender.address, "pending")
        full = {**call, **price, "gas": gas, "nonce": nonce, "chainId": web3.eth.chain_id, "type": 2}
        del full["from"]
        return bytes(web3.eth.send_raw_transaction(sender.sign(full)))


def wait_for(web3: Web3, transaction: bytes, seconds: float = WAIT_SECONDS) -> TxReceipt:
    """The receipt of a transaction that succeeded. Raises NotIncluded, and the contract's error where it reverted in its block."""
    with named(url_of(web3)):
        try:
            receipt = web3.eth.wait_for_transaction_receipt(transaction, timeout=seconds, poll_latency=0.02)
        except TimeExhausted as late:
            raise NotIncluded(transaction=transaction, seconds=seconds) from late
        if receipt["status"] == 1:
            return receipt
        _explain(web3, receipt)
        raise UnknownRevert(transaction=transaction, block=receipt["blockNumber"], gas_used=receipt["gasUsed"])


def _explain(web3: Web3, receipt: TxReceipt) -> None:
    """Calls a reverted transaction again in its block, to raise its error."""
    sent = web3.eth.get_transaction(receipt["transactionHash"])
    again = {"from": sent["from"], "to": sent.get("to"), "data": sent["input"], "value": sent["value"], "gas": sent["gas"]}
    web3.eth.call({k: v for k, v in again.items() if v is not None}, receipt["blockNumber"])


def fees(web3: Web3) -> TxParams:
    """Twice the base fee of now, so that a few full blocks don't shut the transaction out, and the node's tip."""
    base = web3.eth.get_block("latest").get("baseFeePerGas", 0)
    tip = web3.eth.max_priority_fee
    return {"maxFeePerGas": 2 * base + tip, "maxPriorityFeePerGas": tip}
