"""The simulated cohorts have the people, classes, lengths and action units of the databases' public statistics."""

from collections import Counter

import numpy as np
import pytest

from mxe_lib.databases.composite import OFFICIAL_SUBJECTS
from mxe_lib.errors import MxeError
from mxe_lib.simulation.action_units import parse
from mxe_lib.simulation.cohort_tables import COHORTS, class_mixes
from mxe_lib.simulation.cohorts import cohort_rows

SIZES = {"casme2": (255, 26), "samm": (159, 29), "smic": (164, 16)}
EMOTIONS = {
    "casme2": {"others": 99, "disgust": 63, "happiness": 32, "repression": 27, "surprise": 25, "sadness": 7, "fear": 2},
    "samm": {"anger": 57, "other": 26, "happiness": 26, "surprise": 15, "contempt": 12, "disgust": 9, "fear": 8}
    | {"sadness": 6},
    "smic": {"negative": 70, "positive": 51, "surprise": 43},
}  # fmt: skip
# Mean and standard deviation of the length in frames (SMIC: number of frames), then of the relative apex.
DURATIONS = {
    "casme2": (66.2, 22.7, 0.513, 0.165),
    "samm": (73.4, 19.1, 0.460, 0.165),
    "smic": (33.7, 9.3, 0.509, 0.169),
}
# Share of a class's clips with a unit, in percent.
UNITS = {
    ("casme2", "negative"): {4: 62, 7: 34, 17: 24, 10: 19, 15: 16, 9: 10, 6: 6, 12: 3},
    ("casme2", "positive"): {12: 88, 14: 12, 15: 6, 6: 6},
    ("casme2", "surprise"): {2: 84, 1: 76, 25: 8, 5: 8},
    ("samm", "negative"): {7: 47, 4: 24, 14: 13, 43: 9, 17: 8, 20: 8, 9: 5, 10: 5, 12: 4},
    ("samm", "positive"): {12: 100, 6: 12, 7: 12, 15: 8, 24: 8},
    ("samm", "surprise"): {5: 60, 1: 27, 2: 27, 26: 13},
}


@pytest.mark.parametrize("name", COHORTS)
def test_clips_subjects_and_emotions_are_the_databases(name):
    rows = cohort_rows(name)
    assert (len(rows), len({row.clip.subject for row in rows})) == SIZES[name]
    assert Counter(row.clip.emotion for row in rows) == EMOTIONS[name]
    assert len({row.clip.id for row in rows}) == len(rows)


@pytest.mark.parametrize("name", COHORTS)
def test_every_subject_has_the_composites_classes(name):
    """The composite's table, with its rule written out here a second time."""
    dropped = {"casme2/sub04/EP12_01f", "casme2/sub05/EP09_05f"}
    negative = {
        "casme2": {"disgust", "repression"},
        "samm": {"anger", "contempt", "disgust", "fear", "sadness"},
        "smic": {"negative"},
    }[name]
    counts: dict[str, list[int]] = {}
    for row in cohort_rows(name):
        clip = row.clip
        groups = (negative, {"happiness", "positive"}, {"surprise"})
        index = next((i for i, group in enumerate(groups) if clip.emotion in group), None)
        if index is not None and clip.id not in dropped:
            counts.setdefault(clip.subject, [0, 0, 0])[index] += 1
    found = {f"{name}/{subject}": tuple(count) for subject, count in counts.items()}
    assert found == {subject: n for subject, n in OFFICIAL_SUBJECTS.items() if subject.startswith(name)}
    totals = tuple(np.sum(list(counts.values()), axis=0))
    assert totals == {"casme2": (88, 32, 25), "samm": (92, 26, 15), "smic": (70, 51, 43)}[name]


@pytest.mark.parametrize("name", COHORTS)
@pytest.mark.parametrize("seed", [0, 1])
def test_lengths_and_relative_apexes_follow_their_fits(name, seed):
    rows = cohort_rows(name, seed)
    lengths = np.array([row.clip.length for row in rows]) + (name == "smic")
    relative = np.array([(row.apex - row.clip.onset) / row.clip.length for row in rows])
    mean, sd, position, spread = DURATIONS[name]
    assert lengths.mean() == pytest.approx(mean, rel=0.04)
    assert lengths.std() == pytest.approx(sd, rel=0.12)
    assert relative.mean() == pytest.approx(position, abs=0.02)
    assert relative.std() == pytest.approx(spread, abs=0.025)
    low, *_, high = COHORTS[name].lengths
    assert low <= lengths.min() - (name == "smic") and lengths.max() - (name == "smic") <= high


@pytest.mark.parametrize(("name", "real"), [("casme2", 8.4), ("samm", 10.1), ("smic", 4.1)])
def test_the_middle_frame_is_as_good_a_guess_as_in_life(name, real):
    errors = [
        abs((row.clip.onset + row.clip.offset) // 2 - row.apex) for seed in range(3) for row in cohort_rows(name, seed)
    ]
    assert np.mean(errors) == pytest.approx(real, abs=1.5)


@pytest.mark.parametrize(("name", "emotion_class"), UNITS)
def test_units_are_as_frequent_as_coded(name, emotion_class):
    mix = class_mixes(name, emotion_class)
    assert sum(weight for _, weight in mix) == pytest.approx(1)
    for unit, percent in UNITS[name, emotion_class].items():
        share = 100 * sum(weight for units, weight in mix if unit in units)
        assert share == pytest.approx(percent, abs=3), f"AU{unit}"


@pytest.mark.parametrize("name", ["casme2", "samm"])
def test_clips_draw_their_units_from_the_mix(name):
    rows = [row for row in cohort_rows(name) if row.clip.emotion == "happiness"]
    for unit, percent in UNITS[name, "positive"].items():
        share = np.mean([any(code.unit == unit for code in row.action_units) for row in rows])
        assert 100 * share == pytest.approx(percent, abs=6)


@pytest.mark.parametrize(("name", "share"), [("casme2", 0.28), ("samm", 0.23)])
def test_one_sided_units_are_as_frequent_as_coded(name, share):
    coded = [any(parse(code).side != "both" for code in row.clip.action_units) for row in cohort_rows(name)]
    assert np.mean(coded) == pytest.approx(share, abs=0.01)


def test_the_rows_that_importers_must_know_are_there():
    casme2 = {row.clip.id.removeprefix("casme2/"): row for row in cohort_rows("casme2")}
    assert casme2["sub04/EP12_01f"].clip.apex is None
    assert casme2["sub04/EP12_01f"].clip.emotion == "disgust"
    clip = casme2["sub05/EP09_05f"].clip
    assert clip.apex == clip.onset and clip.emotion == "disgust"
    for name in ("sub05/EP16_04f", "sub12/EP09_06", "sub20/EP16_01", "sub25/EP18_04f"):
        assert casme2[name].clip.apex == casme2[name].clip.offset
    assert {casme2[f"sub24/{name}"].clip.emotion for name in ("EP07_01", "EP07_04f", "EP10_03")} == {"sadness"}
    samm = {row.clip.name: row.clip for row in cohort_rows("samm")}
    assert samm["028_4_1"].apex == samm["028_4_1"].offset == 1134
    assert (samm["032_3_1"].onset, samm["032_3_1"].apex) == (4896, 4930)
    assert (samm["032_3_2"].onset, samm["032_3_2"].apex) == (5126, 5127)
    assert max(clip.onset for clip in samm.values()) > 5000


def test_smic_hides_its_apexes_and_units():
    rows = cohort_rows("smic")
    assert all(row.clip.apex is None and not row.clip.action_units and row.action_units for row in rows)
    assert all(row.clip.onset < row.apex < row.clip.offset for row in rows)
    assert "s1_ne_01" in {row.clip.name for row in rows}


def test_annotators_miss_the_physical_apex_by_a_few_frames():
    misses = np.array(
        [row.apex - row.physical_apex for row in cohort_rows("casme2") if row.clip.apex != row.clip.onset]
    )
    assert 1.5 < np.abs(misses).mean() < 4
    assert abs(misses.mean()) < 0.8


def test_a_cohort_depends_on_name_and_seed_alone():
    first = cohort_rows("casme2", 3)
    cohort_rows.cache_clear()
    assert cohort_rows("casme2", 3) == first
    assert cohort_rows("casme2", 4) != first


def test_an_unknown_cohort_is_refused():
    with pytest.raises(MxeError, match="casme2, samm, smic"):
        cohort_rows("casme3")
