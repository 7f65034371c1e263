"""A sample of ``benchmarks/mutations.py``: inputs that are broken end well; and what ends badly is seen."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import mutations
from breaks import judge, strict
from breaks.judge import FAULT, REFUSED, RIGHT, TOLD, Change, Seen

from mxe_lib.compute import store
from mxe_lib.errors import MxeError

SAMPLE = [
    ("casme2", "image gone", 1, {TOLD, REFUSED}),
    ("casme2", "image cut", 2, {REFUSED}),
    ("casme2", "workbook no_number", 3, {REFUSED}),
    ("casme2", "workbook same_number", 4, {RIGHT}),
    ("samm", "workbook column_order", 5, {RIGHT}),
    ("samm", "tree swapped", 6, {RIGHT}),
    ("smic", "image dangling_link", 7, {TOLD, REFUSED}),
    ("smic", "image moved_and_linked", 8, {RIGHT, TOLD}),
    ("flow maps", "map emptied", 9, {REFUSED}),
    ("flow maps", "list column_gone", 10, {REFUSED}),
    ("flow maps", "list byte_order_mark", 11, {RIGHT}),
    ("folder of .png", "frame zero_chunk", 12, {REFUSED, TOLD}),
    ("clip.gif", "emptied", 13, {REFUSED}),
    ("cache of flow", "file flip_bits", 14, {RIGHT}),
    ("cache of flow", "swapped", 15, {RIGHT}),
    ("cache of flow", "file pipe", 16, {RIGHT}),
    ("cache of folds", "program", 17, {RIGHT, REFUSED}),
    ("cache of folds", "no_room", 18, {REFUSED}),
    ("samples for workers", "swapped", 19, {RIGHT}),
    ("samples for workers", "no_room", 20, {REFUSED}),
    ("shipped weights", "number", 21, {REFUSED}),
    ("own weights", "program", 22, {REFUSED}),
    ("own weights", "renamed", 23, {RIGHT}),
    ("results of a run", "table cut", 24, {RIGHT, TOLD, REFUSED}),
    ("results of a run", "stamp random_bytes", 25, {RIGHT, TOLD}),
    ("results of a run", "lock not there", 26, {RIGHT, REFUSED}),
    ("writing", "table limit", 27, {REFUSED}),
    ("writing", "arrays folder_in_the_way", 28, {REFUSED}),
]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setattr("mxe_lib.vision.tvl1.PARAMETERS", dict(__import__("mxe_lib.vision.tvl1").vision.tvl1.PARAMETERS))
    yield mutations.Bench(tmp_path_factory.mktemp("bench"))
    patch.undo()


@pytest.mark.parametrize(("kind", "way", "seed", "expected"), SAMPLE, ids=[f"{k}, {w}" for k, w, _, _ in SAMPLE])
def test_a_broken_input_ends_well(bench, kind, way, seed, expected):
    record = bench.run(kind, way, seed)
    assert record.outcome in expected, record


def test_each_kind_can_be_drawn_and_a_seed_is_the_same_input(bench):
    count = len(mutations.ways())
    assert count > 800 and {mutations.drawn(seed) for seed in range(count)} == set(mutations.ways())
    one, other = (bench.run("smic", "image random_bytes", 5) for _ in range(2))
    assert one.change == other.change != bench.run("smic", "image random_bytes", 6).change


class Number:
    """A number in a file, read as it is told to be."""

    name, scratch = "number", ()

    def __init__(self, read):
        self.read = read

    def observe(self, folder):
        return self.read(folder / "number.txt")

    def wrong(self, before, seen, change):
        return "" if seen.result == before.result else f"{seen.result} for {before.result}"


def refuses(text):
    def read(path):
        raise MxeError(text)

    return read


def loses(path):
    path.unlink()
    return Seen(7)


def leaves(path):
    path.with_suffix(".partial").touch()
    return Seen(7)


def crashes(path):
    return int("seven")


@pytest.mark.parametrize(
    ("read", "outcome", "why"),
    [
        (lambda path: Seen(7), RIGHT, ""),
        (lambda path: Seen(8), FAULT, "silent: 8 for 7"),
        (lambda path: Seen(8, {"all is well"}), FAULT, "silent"),
        (lambda path: Seen(8, {"number.txt: a bit was flipped"}), TOLD, "number.txt"),
        (lambda path: Seen(7, {"number.txt: delete the frame"}), FAULT, "advises to delete"),
        (refuses("number.txt is damaged: get it again"), REFUSED, "get it again"),
        (refuses("a file is damaged"), FAULT, "refused, not named"),
        (refuses("number.txt\nis damaged"), FAULT, "several lines"),
        (refuses("img7.png of number.txt: remove one"), FAULT, "advises to delete"),
        (lambda path: Seen(7, refused={"part": "number.txt is damaged"}), REFUSED, "damaged"),
        (crashes, FAULT, "traceback: ValueError"),
        (loses, FAULT, "lost: number.txt gone"),
        (leaves, FAULT, "lost: number.partial appeared"),
    ],
)
def test_what_ends_badly_is_seen(tmp_path, read, outcome, why):
    (tmp_path / "number.txt").write_text("7")
    found = judge.judge(Number(read), tmp_path, Change("a bit", ("number.txt",)), Seen(7))
    assert found[0] == outcome and why in found[1], found


def test_a_cache_that_believes_every_file_is_seen(bench, monkeypatch):
    """Without its hash, the cache gives other numbers, or falls."""
    monkeypatch.setattr(store, "_read", lambda path: (path.name.encode(), path.read_bytes().partition(b"\n")[2]))
    outcomes = {bench.run("cache of flow", "file flip_bits", seed).outcome for seed in range(4)}
    outcomes |= {bench.run("cache of flow", "swapped", seed).outcome for seed in range(2)}
    assert FAULT in outcomes


def test_the_second_reader_knows_what_can_be_known(bench, tmp_path):
    """A flipped bit of a PNG, a cut JPEG, GIF or AVI."""
    pytest.importorskip("av")
    for kind, read in (("folder of .png", strict.image), ("folder of .jpg", strict.image)):
        mutations.kinds()[kind].build(tmp_path / kind)
        path = next((tmp_path / kind).rglob("img50.*"))
        assert read(path) is not None
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        assert read(path) is None
        if kind.endswith("png"):
            path.write_bytes(whole[:3000] + bytes([whole[3000] ^ 1]) + whole[3001:])
            assert read(path) is None
    for ending, read in ((".gif", strict.animation), (".png", strict.animation), (".avi", strict.video)):
        kind = mutations.kinds()[f"clip{ending}"]
        (folder := tmp_path / kind.name).mkdir()
        kind.build(folder)
        path = next(folder.rglob("smile*"))
        assert len(read(path)) == 10
        path.write_bytes(path.read_bytes()[:-3000])
        assert read(path) is None, ending
