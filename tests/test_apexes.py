"""The spotter that is asked where nobody marked an apex: chosen on other clips, never on those it spots in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny import TinyDatabase, cohort

from mxe_lib.clips import Clip
from mxe_lib.databases.composite import composite_class
from mxe_lib.errors import MxeError
from mxe_lib.learning import flow_samples
from mxe_lib.learning.flow_samples import apex_samples
from mxe_lib.learning.folds import Fold, folds
from mxe_lib.learning.samples import spotting_samples
from mxe_lib.spotting import apexes, naive
from mxe_lib.study import inputs
from mxe_lib.study.profiles import PROFILES, Paths
from mxe_lib.vision import flow


def clip(subject, name, apex, database="casme2"):
    return Clip(database, f"sub{subject:02}", name, 200, 0, apex, 40, "others")


def samples(clips):
    flow = [np.zeros((5, 2, 15, 15), np.float32) for _ in clips]
    return spotting_samples(clips, flow, [[0, 10, 20, 30, 40]] * len(clips))


CLIPS = [clip(subject, f"c{n}", 10 if subject < 3 else 30) for subject in range(6) for n in range(3)]


def always(frame):
    return lambda known, asked: naive.middle_frame(asked.clips).assign(predicted=frame)


def test_the_choice_never_sees_the_clips_it_is_made_for():
    """Of two constant spotters each is right for one half of the people: the better one on the others is the wrong."""
    annotated = samples(CLIPS)
    halves = [[c.id for c in CLIPS if (c.apex == 10) == first] for first in (True, False)]
    split = [Fold("a", tuple(halves[0]), tuple(halves[1])), Fold("b", tuple(halves[1]), tuple(halves[0]))]
    spotters = {"early": always(10), "late": always(30)}
    table, chosen = apexes.out_of_fold(spotters, annotated, split, lambda known: folds("kfold3", known))
    assert chosen == {"a": "early", "b": "late"}
    assert (table["predicted"] - table["apex"]).abs().eq(20).all()
    assert sorted(table["clip"]) == sorted(c.id for c in CLIPS)


def test_unannotated_clips_get_the_best_spotters_answer():
    asked = samples([Clip("smic", "s1", "a", 100, 0, None, 40, "positive")])
    spotters = {"early": always(10), "far": always(40), "position": apexes.candidates()["median_relative_position"]}
    late = samples([c for c in CLIPS if c.apex == 30])
    found, best = apexes.unannotated(spotters, late, folds("kfold3", late), asked)
    assert (found, best) == ({"smic/s1/a": 30}, "position")


def test_flow_to_several_apexes_is_that_to_each(monkeypatch):
    clips = cohort("casme2")[:40:8]
    clips = [clip for clip in clips if composite_class(clip)]
    home, found = TinyDatabase("casme2", clips), []
    monkeypatch.setattr(
        flow, "crop_flow", lambda onset, frames, size, method: found.append(len(frames)) or moved(frames)
    )
    frames = {"true": {c.id: c.apex for c in clips}, "middle": {c.id: (c.onset + c.offset) // 2 for c in clips}}
    both = flow_samples.flow_to([home], clips, frames, size=8)
    assert found == [len({c.apex, (c.onset + c.offset) // 2}) for c in clips]  # once for each clip
    for name, chosen in frames.items():
        alone = apex_samples([home], clips, chosen, size=8, cache=None)
        assert both[name].digest() == alone.digest()
    with pytest.raises(MxeError, match="'middle' names no frame for it"):
        flow_samples.flow_to([home], clips, frames | {"middle": {}}, size=8)


def moved(frames):
    return np.stack([np.full((2, 8, 8), frame.mean(), np.float32) for frame in frames])


@pytest.mark.parametrize(("fps", "step"), [(100, 2), (200, 4)])
def test_unmarked_clips_are_sampled_as_densely_in_time_as_marked_ones(monkeypatch, fps, step):
    asked = [Clip("smic", "s1", "a", fps, 0, None, 40, "positive")]
    steps, made = [], samples(asked)
    monkeypatch.setattr(inputs, "sampled_flow", lambda databases, clips, *, step, **rest: steps.append(step) or made)
    paths = Paths(out=Path("unused"), data=None)
    found, chosen = inputs.for_recognition([TinyDatabase("smic", asked)], asked, paths, PROFILES["quick"])
    assert (steps, chosen, set(found)) == ([step], "clip_spotter", {"smic/s1/a"})


@pytest.mark.parametrize("name", list(apexes.candidates()))
def test_every_candidate_answers_for_every_clip(name):
    asked = samples([Clip("smic", "s1", n, 100, 0, None, 40, "positive") for n in "ab"])
    table = apexes.candidates()[name](samples(CLIPS), asked)
    assert sorted(table["clip"]) == ["smic/s1/a", "smic/s1/b"]
    assert table["predicted"].between(0, 40).all()
