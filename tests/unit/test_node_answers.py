"""A contract's refusal has one name, however a node wraps its data."""

import pytest
from eth_utils import keccak
from web3.exceptions import ContractLogicError, Web3RPCError

from seqmarket.chain import errors
from seqmarket.chain.errors import named

URL = "http://127.0.0.1:1"
ZERO_VALUE = "0x" + (keccak(text="ZeroValue(uint256)")[:4] + (7).to_bytes(32)).hex()
OF_HARDHAT = {"message": "reverted with an unrecognized custom error", "data": ZERO_VALUE}


def rpc_error(data):
    """A node's error that web3 doesn't know for a contract's."""
    return Web3RPCError("refused", rpc_response={"id": 1, "jsonrpc": "2.0", "error": {"code": -32603, "message": "refused", "data": data}})


@pytest.mark.parametrize("data", [ZERO_VALUE, OF_HARDHAT], ids=["anvil", "hardhat"])
@pytest.mark.parametrize("make", [lambda data: ContractLogicError("reverted", data=data), rpc_error], ids=["of a contract", "of a node"])
def test_named__revert_data_in_any_form__is_the_contracts_own_error(make, data):
    with pytest.raises(errors.ZeroValue, match="bid=7"), named(URL):
        raise make(data)


@pytest.mark.parametrize("data", [None, "", "0x", "0x1234", {"message": "no data"}, {"data": None}, ["0x"]])
def test_named__a_nodes_error_without_revert_data__is_NodeRefused(data):
    with pytest.raises(errors.NodeRefused, match="message=refused"), named(URL):
        raise rpc_error(data)
