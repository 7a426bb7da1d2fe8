"""Beacons from relays: real ones of quicknet, late ones, false ones, and relays that are gone."""

from time import monotonic, sleep

import pytest

from seqmarket.keeper.beacons import Beacons, NoBeacon, fetch, parse
from seqmarket.model.drand import WrongProofLength, decompress
from tests.drand import BEACONS
from tests.relay import relay

SIGNATURES = {point: bytes.fromhex(signature) for point, (signature, _) in BEACONS.items()}
GONE = "http://127.0.0.1:9"


def waited(beacons, point, turn=0, seconds=20):
    begun = monotonic()
    while (found := beacons.of(point, turn)) is None and monotonic() - begun < seconds:
        sleep(0.01)
    return found


@pytest.mark.parametrize("point", sorted(SIGNATURES))
def test_fetch__published_round__is_the_beacon_as_the_contract_takes_it(point):
    with relay(SIGNATURES.get) as address:
        assert fetch(address, point) == fetch(address + "/", point) == decompress(SIGNATURES[point])


def test_fetch__round_to_come__raises_NoBeacon():
    with relay(SIGNATURES.get) as address, pytest.raises(NoBeacon, match="status 425"):
        fetch(address, 1001)


@pytest.mark.parametrize(
    "body, why",
    [
        (b"<html>", "no beacon, but '<html>'"),
        (b"[]", r"no beacon, but '\[\]'"),
        (b"\xff", "no beacon, but"),
        (b'{"round": 7}', "no beacon, but"),
        (b'{"round": 7, "signature": 5}', "no beacon, but"),
        (b'{"round": 7, "signature": "zz"}', "no beacon, but"),
        (b'{"round": 8, "signature": "00"}', "round 8 where 7 was asked for"),
    ],
)
def test_parse__anything_else__raises_NoBeacon(body, why):
    with pytest.raises(NoBeacon, match=why):
        parse(body, 7)


def test_parse__signature_of_another_length__raises_WrongProofLength():
    with pytest.raises(WrongProofLength):
        parse(b'{"round": 7, "signature": "00"}', 7)


def test_of__relay_that_is_gone_beside_one_that_answers__gives_the_beacon_and_tells_of_the_other():
    told = []
    with relay(SIGNATURES.get) as address:
        beacons = Beacons((GONE, address), lambda event, **its: told.append((event, its["relay"], its["point"])))
        assert waited(beacons, 1000) == decompress(SIGNATURES[1000])
        begun = monotonic()
        while not told and monotonic() - begun < 20:
            beacons.of(1000, 0)
            sleep(0.01)
        beacons.close()
    assert set(told) == {("keeper.no_beacon", GONE, 1000)}


def test_of__both_relays_done_before_anybody_looks__keeps_the_answer_of_the_one_that_has_it():
    with relay(SIGNATURES.get) as address:
        beacons = Beacons((GONE, address))
        for _ in range(3):
            found = beacons.of(1000, 0)
            sleep(0.5)
        beacons.close()
    assert found == decompress(SIGNATURES[1000])


def test_of__beacon_published_later__is_found_by_asking_again():
    published = {}
    with relay(published.get) as address:
        beacons = Beacons((address,))
        assert beacons.of(1000, 0) is None
        sleep(0.2)
        assert beacons.of(1000, 0) is None
        published[1000] = SIGNATURES[1000]
        assert waited(beacons, 1000) == decompress(SIGNATURES[1000])
        beacons.close()


def test_of__relays_that_disagree__have_their_turns():
    with relay(SIGNATURES.get) as true, relay(lambda point: SIGNATURES[13335]) as false:
        beacons = Beacons((false, true))
        begun = monotonic()
        while len(found := {beacons.of(1000, turn) for turn in (0, 1)} - {None}) < 2 and monotonic() - begun < 20:
            sleep(0.01)
        beacons.close()
    assert found == {decompress(SIGNATURES[1000]), decompress(SIGNATURES[13335])}


def test_of__no_relays__is_never_found():
    beacons = Beacons(())
    assert beacons.of(1000, 0) is None
    beacons.close()
