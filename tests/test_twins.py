"""Twins of the databases beside CASME II, SAMM and SMIC: written in the official layouts, read back, damaged."""

import pickle
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from on_disk import one_problem, write_book

from mxe_lib.__main__ import main
from mxe_lib.databases import Casme3A, Dfme
from mxe_lib.databases.composite import composite, composite_class
from mxe_lib.databases.registry import DATABASES
from mxe_lib.databases.sources import open_database
from mxe_lib.errors import MxeError
from mxe_lib.simulation import clip_writers, packages, writers
from mxe_lib.simulation.cohort_tables import COHORTS
from mxe_lib.simulation.twin_tables import LONG_TWINS, QUANTILES, TWINS
from mxe_lib.simulation.twins import TwinDatabase

WRITE = {name: packages.WRITE[name] for name in TWINS}


def check(root, capsys):
    status = main(["check", str(root)])
    return status, capsys.readouterr().out


@pytest.fixture
def workbook_only(monkeypatch):
    """Whole twins without their frames."""
    monkeypatch.setattr(writers, "write_frames", lambda place, *_: place.mkdir(parents=True, exist_ok=True))


@pytest.fixture(scope="module")
def twins():
    return {name: TwinDatabase(name, size=(64, 80)) for name in TWINS}


@pytest.mark.parametrize("name", WRITE)
def test_a_twin_comes_back_to_the_bit(tmp_path, twins, name):
    """All of it from PNG; from JPEG, as the official packages have it, but for what JPEG loses."""
    twin = twins[name]
    shortest = sorted(twin.clips(), key=lambda clip: clip.length)[:3]
    for folder, extension in ((tmp_path / "png", "png"), (tmp_path / "jpg", "jpg")):
        WRITE[name](folder / name, twin, shortest, extension=extension)
        read = open_database(name, folder)
        assert read.clips() == sorted(shortest, key=twin.clips().index) and read.repairs() == []
        for clip in shortest:
            frames, back = twin.frames(clip), read.frames(clip)
            assert frames.shape == back.shape and len(back) == clip.length + 1
            assert np.abs(frames.astype(int) - back).mean() <= (0 if extension == "png" else 3)
        assert pickle.loads(pickle.dumps(read)).clips() == read.clips(), "workers get it"
    assert len({read.fingerprint(clip, clip.frame_numbers()) for clip in shortest}) == 3


@pytest.mark.parametrize("name", WRITE)
def test_the_whole_twin_by_its_workbook(tmp_path, workbook_only, twins, name):
    """At full length, as no picture is written."""
    WRITE[name](tmp_path / name, twins[name])
    read = open_database(name, tmp_path)
    assert read.clips() == twins[name].clips() and read.origin == "simulated"
    spec = DATABASES[name]
    assert spec.fps in {clip.fps for clip in read.clips()} and spec.marks_apex and spec.twin is None
    assert composite(read.clips()) == [], "the composite of MEGC 2019 is of three databases"
    assert {composite_class(clip) for clip in read.clips()} >= {"negative", "positive", "surprise"}


@pytest.mark.parametrize("name", WRITE)
def test_rates_lengths_labels_and_people_are_the_databases(twins, name):
    twin, clips = TWINS[name], twins[name].clips()
    rates = np.array([clip.fps for clip in clips])
    for rate, share in twin.rates.items():
        assert np.mean(rates == rate) == pytest.approx(share, abs=0.01)
    seconds = np.array([clip.length for clip in clips]) / rates
    for place, length in zip(QUANTILES[1:-1], twin.lengths[1:-1], strict=True):
        assert np.quantile(seconds, place) == pytest.approx(length, rel=0.06, abs=0.6 / rates.min())
    relative = np.mean([(clip.apex - clip.onset) / clip.length for clip in clips])
    a, b = twin.apex_beta
    assert relative == pytest.approx(a / (a + b), abs=0.02)
    emotions = [clip.emotion for clip in clips]
    assert {word: emotions.count(word) for word in set(emotions)} == dict(twin.emotions)
    units = Counter(unit.strip("LR") for clip in clips for unit in clip.action_units)
    assert not twin.units or units == {str(unit): count for unit, count in twin.units.items() if count}
    assert all(clip.action_units for clip in clips)
    people = [clip.subject for clip in clips]
    assert len(set(people)) == twin.subjects and max(map(people.count, people)) > 2 * len(clips) / twin.subjects
    by_person = {(clip.subject, clip.fps) for clip in clips}
    assert len(by_person) == twin.subjects, "a person is filmed at one rate"


def test_the_papers_numbers_of_apexes_and_rates():
    """CAS(ME)³: mean relative apex .308. DFME: three frame rates."""
    a, b = TWINS["casme3a"].apex_beta
    assert a / (a + b) == pytest.approx(0.308, abs=0.001)
    assert {clip.fps for clip in TwinDatabase("dfme").clips()} == {500, 300, 200}


def test_fewer_frames_are_the_same_movements(twins):
    """A frame of the thinned twin is the one that was taken at that time."""
    thin = TwinDatabase("casme", size=(64, 80), every=2)
    whole, clips = twins["casme"], thin.clips()
    assert [c.id for c in clips] == [c.id for c in whole.clips()] and thin.repairs() == whole.repairs() == []
    assert [c.emotion for c in clips] == [c.emotion for c in whole.clips()]
    assert sum(c.length for c in clips) == pytest.approx(sum(c.length for c in whole.clips()) / 2, rel=0.05)
    for every in (0, 7):
        with pytest.raises(MxeError, match=f"^every {every}: choose a divisor of 60"):
            TwinDatabase("casme", every=every)


@pytest.mark.parametrize("name", packages.WRITE)
def test_workers_get_a_twin(name):
    twin = packages.twin(name, size=(64, 80), every={"samm_long": 40, "casme_sq": 10}.get(name, 1))
    again = pickle.loads(pickle.dumps(twin))
    one = (twin.videos if name in LONG_TWINS else twin.clips)()[0]
    number = one.first if name in LONG_TWINS else one.onset
    np.testing.assert_array_equal(again.frames(one, [number]), twin.frames(one, [number]))
    assert again.fingerprint(one, [number]) == twin.fingerprint(one, [number])


def test_strangers_are_refused(twins):
    with pytest.raises(MxeError, match=r"^unknown twin 'casme2': choose one of casme, casme3a, mmew, dfme, 4dme$"):
        TwinDatabase("casme2")
    clip = twins["mmew"].clips()[0]
    with pytest.raises(MxeError, match="frame 0 is not there: choose from 1 to"):
        twins["mmew"].frames(clip, [0])
    with pytest.raises(MxeError, match="not in the simulated casme: take one of clips"):
        twins["casme"].frames(clip)
    with pytest.raises(MxeError, match=r"^unknown twin 'smic': choose one of casme, "):
        packages.write("smic", "nowhere")


@pytest.mark.parametrize("name", ["casme3a", "dfme"])
def test_the_expression_is_strongest_at_its_apex(twins, name):
    """Below the source's frame rate and above it: the brows have moved most where annotators put the apex."""
    some = [clip for clip in twins[name].clips() if clip.fps in (30, 500) and clip.apex - clip.onset >= 4]
    clip = min((c for c in some if {"1", "2"} <= set(c.action_units)), key=lambda c: c.length)
    still, soon, apex = twins[name].frames(clip, [clip.onset, clip.onset + 1, clip.apex]).astype(float)[:, :40]
    assert np.abs(apex - still).mean() > 1.5 * np.abs(soon - still).mean()


def test_existing_cohorts_are_as_they_were():
    assert set(COHORTS) == {"casme2", "samm", "smic"} and not set(TWINS) & set(COHORTS)


@pytest.mark.parametrize("name", WRITE)
def test_check_on_a_written_twin(tmp_path, capsys, twins, name):
    clips = sorted(twins[name].clips(), key=lambda clip: clip.length)[:2]
    WRITE[name](tmp_path / name, twins[name], clips)
    status, out = check(tmp_path, capsys)
    assert f"{name}: found, simulated, 2 clips of" in out and "every listed frame is there" in out
    assert (status == 0) == (DATABASES[name].whole is None) and out.count("problem:") == status
    image = min(path for path in (tmp_path / name).rglob("*") if path.suffix in (".jpg", ".png"))
    image.unlink()
    status, out = check(tmp_path, capsys)
    assert status == 1 and "lacks 1 of" in out and f"frames, first {image.name}" in out


def test_casme3a_twin_in_the_layout_of_videos(tmp_path, twins):
    clips = sorted(twins["casme3a"].clips(), key=lambda clip: clip.length)[:2]
    clip_writers.write_casme3a(tmp_path / "casme3a", twins["casme3a"], clips, videos=True, extension="png")
    read = Casme3A(tmp_path / "casme3a")
    for clip in read.clips():
        np.testing.assert_array_equal(read.frames(clip), twins["casme3a"].frames(clip))


def test_dfme_parts_are_read_together(tmp_path, capsys, twins):
    twin = twins["dfme"]
    clips = sorted(twin.clips(), key=lambda clip: clip.length)[:3]
    for part, clip in zip(("training", "testA", "testB"), clips, strict=True):
        clip_writers.write_dfme(tmp_path / "dfme", twin, [clip], part=part)
    read = Dfme(tmp_path / "dfme")
    assert read.clips() == sorted(clips, key=twin.clips().index) and read.notes == []
    for clip in clips:
        np.testing.assert_array_equal(read.frames(clip), twin.frames(clip))
    (tmp_path / "dfme/testA_full_with_AU.xlsx").unlink()
    assert Dfme(tmp_path / "dfme").notes == ["no workbook of testA: their clips are not read"]
    header = ["Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Emotion", "EmotionId", "Fps", "AU"]
    row = ["sub0009", "sub0009_01", 8, 10, 11, "fear", 0, 500, None]
    write_book(tmp_path / "dfme/DFME_test_A_full_with_AU.xlsx", row, header=header)
    assert 500 in {clip.fps for clip in Dfme(tmp_path / "dfme").clips()}
    (tmp_path / "dfme/testA_full_with_AU.xlsx").write_bytes((tmp_path / "dfme/testB_full_with_AU.xlsx").read_bytes())
    one_problem(
        tmp_path, "dfme", capsys, "dfme/DFME_test_A_full_with_AU.xlsx and dfme/testA_full_with_AU.xlsx both fit"
    )
    (tmp_path / "dfme/DFME_test_A_full_with_AU.xlsx").unlink()
    one_problem(tmp_path, "dfme", capsys, f"{clips[2].id} stands in dfme/testA_full_with_AU.xlsx as well")


def test_an_absent_one_is_just_left_out(tmp_path, capsys, workbook_only, twins):
    clip_writers.write_mmew(tmp_path / "mmew", twins["mmew"], twins["mmew"].clips()[:1])
    check(tmp_path, capsys)
    with pytest.raises(MxeError, match=r"dfme: no folder dfme/ in .*, and it is not simulated: get it from its"):
        open_database("dfme", tmp_path)
    _, out = check(tmp_path, capsys)
    assert (
        "casme2: absent, will be simulated" in out
        and "\ncasme, casme3a, casme_sq, dfme, 4dme, samm_long: absent\n" in out
    )
    assert "public work on it counts 300 clips, here are 1: is the package whole?" in out


def test_every_database_is_described():
    root = Path(__file__).resolve().parent.parent
    told = (root / "README.md").read_text(encoding="utf-8") + (root / "docs/databases.md").read_text(encoding="utf-8")
    assert [name for name in DATABASES if f"| `{name}/` |" not in told] == []
