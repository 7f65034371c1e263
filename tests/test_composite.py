from collections import Counter
from dataclasses import replace

import pytest
from tiny import cohort

from mxe_lib.clips import Clip
from mxe_lib.databases.composite import (
    LEFT_OUT,
    OFFICIAL_COUNTS,
    OFFICIAL_SUBJECTS,
    SADNESS_IN_2014,
    class_counts,
    clip_set,
    composite,
    composite_class,
    p2_spotting,
    subject_counts,
)
from mxe_lib.errors import MxeError

NAMES = tuple(OFFICIAL_COUNTS)


def coding_2019(clips):
    return [replace(clip, emotion="surprise") if clip.id in SADNESS_IN_2014 else clip for clip in clips]


def test_the_official_table_adds_up():
    assert sum(map(sum, OFFICIAL_COUNTS.values())) == 442
    for name, counts in OFFICIAL_COUNTS.items():
        rows = [row for subject, row in OFFICIAL_SUBJECTS.items() if subject.startswith(name)]
        assert tuple(map(sum, zip(*rows, strict=True))) == counts
    assert len(OFFICIAL_SUBJECTS) == 68
    assert sum(sum(n > 0 for n in row) == 1 for row in OFFICIAL_SUBJECTS.values()) == 23
    assert sum(sum(row) == 1 for row in OFFICIAL_SUBJECTS.values()) == 8
    assert sum(min(row) > 0 for row in OFFICIAL_SUBJECTS.values()) == 16


@pytest.mark.parametrize("coding", [list, coding_2019], ids=["2014", "2019"])
def test_cohorts_give_the_official_composite_subject_by_subject(coding):
    clips = coding([clip for name in NAMES for clip in cohort(name)])
    counts = {name: class_counts(clip for clip in clips if clip.database == name) for name in NAMES}
    assert counts == {"casme2": (88, 32, 25), "samm": (92, 26, 15), "smic": (70, 51, 43)}
    assert subject_counts(clips) == OFFICIAL_SUBJECTS
    assert len(composite(clips)) == 442


def test_emotions_of_the_cohorts_are_those_of_the_workbook_of_2014():
    counts = Counter(clip.emotion for clip in cohort("casme2"))
    assert counts == dict(others=99, disgust=63, happiness=32, repression=27, surprise=25, sadness=7, fear=2)


@pytest.mark.parametrize("clip_id", LEFT_OUT)
@pytest.mark.parametrize("apex", [None, 10, 15])
@pytest.mark.parametrize("emotion", ["disgust", "surprise", "sadness"])
def test_left_out_by_name_whatever_the_copy_says(clip_id, apex, emotion):
    database, subject, name = clip_id.split("/")
    assert composite_class(Clip(database, subject, name, 200, 10, apex, 20, emotion)) is None


def test_a_clip_that_is_not_there_changes_nothing_else():
    clips = [clip for clip in cohort("casme2") if clip.id not in LEFT_OUT]
    assert class_counts(clips) == OFFICIAL_COUNTS["casme2"]


@pytest.mark.parametrize(
    ("database", "emotion", "expected"),
    [
        ("casme2", "fear", None),
        ("casme2", "sadness", None),
        ("casme2", "others", None),
        ("casme2", "repression", "negative"),
        ("samm", "fear", "negative"),
        ("samm", "contempt", "negative"),
        ("samm", "other", None),
        ("samm", "happiness", "positive"),
        ("smic", "positive", "positive"),
        ("smic", "surprise", "surprise"),
    ],
)
def test_the_class_of_an_emotion(database, emotion, expected):
    assert composite_class(Clip(database, "x1", "y", 200, 1, None, 2, emotion)) == expected


@pytest.mark.parametrize("coding", [list, coding_2019], ids=["2014", "2019"])
def test_spotting_sets(coding):
    clips = coding([clip for name in NAMES for clip in cohort(name)])
    chosen = p2_spotting(clips)
    assert Counter(clip.database for clip in chosen) == {"casme2": 245, "samm": 159}  # 246 less the clip without apex
    assert clip_set("p1_spotting", clips) == clip_set("p2_spotting", clips) == chosen
    assert all(clip.apex is not None for clip in chosen)
    patched = [replace(clip, apex=clip.onset + 1) if clip.id == "casme2/sub04/EP12_01f" else clip for clip in clips]
    assert len(p2_spotting(patched)) == 246 + 159


def test_an_unknown_set_is_refused():
    with pytest.raises(MxeError, match="unknown clip set 'megc': choose one of megc2019, p1_spotting, p2_spotting"):
        clip_set("megc", [])
