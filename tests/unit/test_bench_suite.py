"""The 70 auctions of the benchmark: all there, unchanged, and the same that the tests read."""

import json
import lzma
from itertools import product
from pathlib import Path

import pytest

from bench import suite
from seqmarket.model.cats import parse_cats

VECTORS = Path(__file__).parents[1] / "vectors" / "cats"


@pytest.fixture(scope="module")
def files():
    return suite.unpack(suite.ARCHIVE.read_bytes())


def test_suite__every_distribution_in_every_size__once():
    listed = suite.listed()

    assert len(listed) == 70
    assert {(auction.family, auction.size) for auction in listed} == set(product(suite.FAMILIES, suite.SIZES))
    assert sum(auction.proved for auction in listed) == 59


def test_texts__of_the_archive__have_the_listed_digests_and_parse():
    texts = suite.texts()

    assert texts.keys() == {auction.file for auction in suite.listed()}
    for auction in suite.listed():
        if auction.size in ("16-100", "32-250"):
            assert str(parse_cats(texts[auction.file]).rollups) == auction.size.split("-")[0]


def test_archive__depends_on_names_and_contents_alone(files):
    assert lzma.decompress(suite.ARCHIVE.read_bytes()) == suite.tar_of(dict(reversed(files.items())))
    assert suite.ARCHIVE.stat().st_size < 1_000_000


def test_pack__then_unpack__gives_the_files():
    few = {"b.txt": b"goods 1\n", "a.txt": b""}

    assert suite.unpack(suite.pack(few)) == few


@pytest.mark.parametrize("name", ["L2-16-100-1000.txt", "scheduling-256-1000-1000.txt"])
def test_texts__file_missing__raises_DamagedSuite(files, name):
    rest = {file: content for file, content in files.items() if file != name}

    with pytest.raises(suite.DamagedSuite, match=f"{name}: listed, but not in the archive"):
        suite.texts(_quick(rest))


def test_texts__file_changed__raises_DamagedSuite(files):
    name = "paths-16-100-1000.txt"

    with pytest.raises(suite.DamagedSuite, match=f"{name}: SHA-256 [0-9a-f]{{64}}, the list says [0-9a-f]{{64}}"):
        suite.texts(_quick(files | {name: files[name].replace(b"1", b"2", 1)}))


def test_texts__file_that_nobody_listed__raises_DamagedSuite(files):
    with pytest.raises(suite.DamagedSuite, match="more.txt: .* nothing of such a file"):
        suite.texts(_quick(files | {"more.txt": b""}))


def test_vectors__are_files_of_the_suite(files):
    best_known = {auction.file: auction.best_known for auction in suite.listed()}

    for path in VECTORS.glob("*.txt"):
        assert path.read_bytes() == files[path.name]
    for name, value in json.loads((VECTORS / "best_known.json").read_text()).items():
        assert value == best_known[name]


def _quick(files: dict[str, bytes]) -> bytes:
    return lzma.compress(suite.tar_of(files), preset=0)
