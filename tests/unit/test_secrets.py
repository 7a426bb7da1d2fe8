"""Salts from the account: the same again after a loss, another for anything else, and only from a signer that is steady."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from seqmarket.chain.sender import LocalKey
from seqmarket.sequencer.opening import Place
from seqmarket.sequencer.secrets import NotTheBidder, UnsteadySigner, salt_of, typed_data

KEY = LocalKey.of("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")
MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
PLACE = Place(31337, MARKET, 3, KEY.address)
RECORDS = bytes.fromhex("0100ff03")


class Changed:
    """A signer that answers with KEY's signature, changed."""

    address = KEY.address

    def __init__(self, change):
        self.change, self.signed = change, 0

    def sign_typed(self, typed):
        self.signed += 1
        return self.change(KEY.sign_typed(typed), self.signed)


def test_salt_of__same_account_and_list__is_the_same_again():
    again = LocalKey.of("0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d")

    assert salt_of(KEY, PLACE, RECORDS) == salt_of(again, PLACE, RECORDS)


def test_salt_of__known_key__is_this_vector():
    assert salt_of(KEY, PLACE, RECORDS).hex() == "e89dba9d9ca54808506f5f0163796f6a344b9e168e81916a0e3f5736737d076d"


def test_salt_of__anything_else__is_another():
    other = LocalKey.of("0x" + "01" * 32)
    salts = [
        salt_of(KEY, PLACE, RECORDS),
        salt_of(KEY, replace(PLACE, chain_id=1), RECORDS),
        salt_of(KEY, replace(PLACE, market="0x" + "11" * 20), RECORDS),
        salt_of(KEY, replace(PLACE, round=4), RECORDS),
        salt_of(KEY, PLACE, RECORDS + b"\x00"),
        salt_of(other, replace(PLACE, bidder=other.address), RECORDS),
    ]

    assert len(set(salts)) == 6 and {len(salt) for salt in salts} == {32}


def test_salt_of__signature__can_be_checked_but_is_not_the_salt():
    typed = typed_data(PLACE, RECORDS)
    signature = KEY.sign_typed(typed)

    assert Account.recover_message(encode_typed_data(full_message=typed), signature=signature) == KEY.address
    assert salt_of(KEY, PLACE, RECORDS) not in (signature[:32], signature[32:64], keccak(signature), keccak(signature[:64]))


def test_salt_of__signer_that_writes_v_as_0_or_1__gives_the_same_salt():
    assert salt_of(Changed(lambda its, _: its[:64] + bytes([its[64] - 27])), PLACE, RECORDS) == salt_of(KEY, PLACE, RECORDS)


def test_salt_of__signer_that_signs_in_two_ways__raises_UnsteadySigner():
    with pytest.raises(UnsteadySigner, match=KEY.address):
        salt_of(Changed(lambda its, time: its[:63] + bytes([time]) + its[64:]), PLACE, RECORDS)


def test_salt_of__account_that_is_not_the_bidder__raises_NotTheBidder():
    with pytest.raises(NotTheBidder, match=KEY.address):
        salt_of(KEY, replace(PLACE, bidder=MARKET), RECORDS)


def test_typed_data__hash__is_that_of_eip_712_by_hand():
    """The struct and domain hashes recomputed from the EIP's formula."""
    typed = typed_data(PLACE, RECORDS)
    domain_type = keccak(text="EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    domain = keccak(domain_type + keccak(text="seqmarket sealed bids") + keccak(text="1") + (31337).to_bytes(32) + bytes.fromhex(MARKET[2:]).rjust(32, b"\0"))
    struct_type = keccak(text="SealSalt(string purpose,uint256 round,address bidder,bytes32 records)")
    told = keccak(text=typed["message"]["purpose"])
    struct = keccak(struct_type + told + (3).to_bytes(32) + bytes.fromhex(KEY.address[2:]).rjust(32, b"\0") + keccak(RECORDS))

    message = encode_typed_data(full_message=typed)

    assert (message.header, message.body) == (domain, struct)
    assert salt_of(KEY, PLACE, RECORDS) == keccak(keccak(text="seqmarket salt/1") + domain + KEY.sign_typed(typed)[:64])
