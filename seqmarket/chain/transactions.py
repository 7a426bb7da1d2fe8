"""A call as a transaction: simulated first, so that a named error comes before gas is paid; then priced, signed, sent, waited for."""

from __future__ import annotations

from web3 import Web3
from web3.exceptions import TimeExhausted
from web3.types import BlockIdentifier, TxParams, TxReceipt

from seqmarket.chain.errors import NodeRefused, NotIncluded, OutOfGas, Reverted, UnfundedAccount, UnknownRevert, named
from seqmarket.chain.fees import Fees, fees_now
from seqmarket.chain.node import url_of
from seqmarket.chain.sender import Sender

GAS_CAP = 16_777_216
"""The most gas a transaction may use since Osaka (EIP-7825)."""
SPARE_GAS = 3 * 17_100
"""What three storage slots cost more where a reorg took the transaction that was to fill them: who commits first in a round freezes its lineup."""
WAIT_SECONDS = 120


def submit(web3: Web3, sender: Sender, call: TxParams, gas: int | None = None) -> bytes:
    """Sends `call` (to, data, value) and returns the transaction's hash.

    With `gas` given nothing is simulated: the transaction goes out even if it reverts. Raises the contract's error,
    UnfundedAccount, NodeUnreachable, NodeRefused.
    """
    with named(url_of(web3)):
        call = {"value": 0, **call, "from": sender.address}
        balance = web3.eth.get_balance(sender.address, "pending")
        require_funds(sender.address, balance, call["value"])
        fees = fees_now(web3)
        if gas is None:
            gas = simulated_gas(web3, call)
        require_funds(sender.address, balance, call["value"] + gas * fees.most)
        nonce = web3.eth.get_transaction_count(sender.address, "pending")
        return bytes(web3.eth.send_raw_transaction(sender.sign(full(call, gas, fees, nonce, web3.eth.chain_id))))


def simulated_gas(web3: Web3, call: TxParams, block: BlockIdentifier = "pending") -> int:
    """The gas to give a call on top of a block, or of all that waits in the node's pool: a quarter and SPARE_GAS more than it needs there.

    Raises the contract's error.
    """
    web3.eth.call(call, block)
    return min(GAS_CAP, web3.eth.estimate_gas(call, block) * 5 // 4 + SPARE_GAS)


def full(call: TxParams, gas: int, fees: Fees, nonce: int, chain_id: int) -> TxParams:
    """A call as a transaction that can be signed."""
    its = {name: value for name, value in call.items() if name != "from"}
    return {**its, "gas": gas, "maxFeePerGas": fees.most, "maxPriorityFeePerGas": fees.tip, "nonce": nonce, "chainId": chain_id, "type": 2}


def require_funds(account: str, balance: int, needed: int) -> None:
    """Both in wei. Raises UnfundedAccount."""
    if balance < needed:
        raise UnfundedAccount(account=account, balance=f"{balance} wei", needed=f"{needed} wei")


def wait_for(web3: Web3, transaction: bytes, seconds: float = WAIT_SECONDS) -> TxReceipt:
    """The receipt of a transaction that succeeded. Raises NotIncluded, and the contract's error where it reverted in its block."""
    with named(url_of(web3)):
        try:
            receipt = web3.eth.wait_for_transaction_receipt(transaction, timeout=seconds, poll_latency=0.02)
        except TimeExhausted as late:
            raise NotIncluded(transaction=transaction, seconds=seconds) from late
    if receipt["status"] == 1:
        return receipt
    raise explained(web3, receipt)


def explained(web3: Web3, receipt: TxReceipt) -> Reverted:
    """The error of a transaction that reverted: it is called again in its block. Raises NodeUnreachable."""
    transaction, gas_used = bytes(receipt["transactionHash"]), receipt["gasUsed"]
    try:
        with named(url_of(web3)):
            sent = web3.eth.get_transaction(transaction)
            if gas_used == sent["gas"]:
                return OutOfGas(transaction=transaction, gas=gas_used)
            again = {"from": sent["from"], "to": sent.get("to"), "data": sent["input"], "value": sent["value"], "gas": sent["gas"]}
            web3.eth.call({k: v for k, v in again.items() if v is not None}, receipt["blockNumber"])
    except Reverted as why:
        return why
    except NodeRefused:
        pass  # so old a state is forgotten
    return UnknownRevert(transaction=transaction, block=receipt["blockNumber"], gas_used=gas_used)
