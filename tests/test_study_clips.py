"""Which clips the notebooks take: real and simulated ones are never mixed, and what is left out is printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mxe_lib.databases import sources
from mxe_lib.databases.registry import DATABASES
from mxe_lib.simulation import SimulatedDatabase
from mxe_lib.study import inputs, profiles

SMOKE = profiles.load("smoke")


@pytest.fixture
def data(tmp_path, monkeypatch):
    """``data(casme2="real")`` lays out a folder; its importer reads the simulated cohort and calls it real."""

    def lay_out(**origins):
        def importer(name):
            class Importer(SimulatedDatabase):
                def __init__(self, folder):
                    super().__init__(name)
                    self.origin = origins[name]

                def clips(self):
                    return [replace(clip, origin=origins[name]) for clip in super().clips()]

            return Importer

        for name in origins:
            (tmp_path / name).mkdir()
        known = {name: replace(spec, importer=importer(name)) for name, spec in DATABASES.items()}
        monkeypatch.setattr(sources, "DATABASES", known)
        return profiles.Paths(out=tmp_path / "out", data=tmp_path if origins else None)

    return lay_out


def test_without_data_all_is_simulated(data):
    databases, clips, origin = inputs.spotting_clips(data(), SMOKE)
    assert (origin, {d.name for d in databases}) == ("simulated", {"casme2", "samm"})
    assert len(clips) == SMOKE.spotting_clips and all(clip.apex is not None for clip in clips)
    databases, clips, origin = inputs.recognition_clips(data(), SMOKE)
    assert {clip.database for clip in clips} == {d.name for d in databases} == {"casme2", "samm", "smic"}


def test_what_is_neither_there_nor_simulated_is_left_out(data, monkeypatch, capsys):
    monkeypatch.setattr(inputs, "DATABASES", DATABASES | {"samm": replace(DATABASES["samm"], twin=None)})
    databases, _, origin = inputs.spotting_clips(data(), SMOKE)
    assert (origin, [d.name for d in databases]) == ("simulated", ["casme2"])
    assert "samm: left out (no folder samm/; it is not simulated)" in capsys.readouterr().out
    assert {clip.database for clip in inputs.maps_to_read(data(), SMOKE)[0].clips} == {"casme2", "smic"}


def test_one_real_database_stands_alone(data, capsys):
    databases, clips, origin = inputs.recognition_clips(data(casme2="real"), SMOKE)
    assert (origin, [d.name for d in databases]) == ("real", ["casme2"])
    assert {clip.origin for clip in clips} == {"real"}
    said = capsys.readouterr().out
    assert "samm: left out" in said and "smic: left out" in said and "samm: simulated" not in said


def test_a_simulated_package_never_stands_beside_real_clips(data):
    databases, clips, origin = inputs.spotting_clips(data(casme2="real", samm="simulated"), SMOKE)
    assert (origin, [d.name for d in databases], {c.database for c in clips}) == ("real", ["casme2"], {"casme2"})


def test_smic_alone_gets_its_apexes_from_the_clip_spotter(data, tmp_path):
    paths = data(smic="real")
    databases, clips, origin = inputs.recognition_clips(paths, replace(SMOKE, recognition_clips=3))
    assert origin == "real" and {clip.database for clip in clips} == {"smic"}
    assert inputs.spotting_clips(paths, SMOKE)[2] == "simulated"  # nothing real to spot in
    frames, chosen = inputs.for_recognition(databases, clips, paths, SMOKE)
    assert chosen == "clip_spotter" and set(frames) == {clip.id for clip in clips}
    assert all(clip.onset <= frames[clip.id] <= clip.offset for clip in clips)


def test_a_real_face_is_never_shown(data):
    databases, clips, _ = inputs.spotting_clips(data(), SMOKE)
    face = inputs.onset_face(databases, clips[0])
    assert face.shape == (75, 75)
    assert face.std() > 0
    assert (inputs.onset_face([], replace(clips[0], origin="real")) == 255).all()
