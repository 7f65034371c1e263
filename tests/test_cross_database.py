"""Folds between databases: nobody on both sides, not even somebody who might be in both databases."""

import dataclasses

import numpy as np
import pytest

from mxe_lib.clips import Clip
from mxe_lib.databases.registry import DATABASES
from mxe_lib.errors import MxeError
from mxe_lib.learning import cross_database, folds
from mxe_lib.learning.folds import Fold
from mxe_lib.learning.samples import recognition_samples
from mxe_lib.recognition.linear import logistic_regression
from mxe_lib.study.kept_answers import Kept

CLIPS = [
    Clip(name, f"s{subject}", f"c{number}", 100, 0, None, 30, ("negative", "positive", "surprise")[number % 3])
    for name, people in (("casme2", 6), ("samm", 7), ("smic", 5))
    for subject in range(people)
    for number in range(1 + subject)
]
OF = {clip.id: clip for clip in CLIPS}


def test_a_database_left_out_is_in_no_training_clip():
    found = cross_database.parts("lodo", CLIPS)
    assert [fold.name for fold in found] == ["lodo-casme2", "lodo-samm", "lodo-smic"]
    assert sorted(i for fold in found for i in fold.test) == sorted(OF)
    for fold in found:
        own = fold.name.removeprefix("lodo-")
        assert {OF[i].database for i in fold.test} == {own}
        assert {OF[i].database for i in fold.train} == {"casme2", "samm", "smic"} - {own}


def test_each_ordered_pair_of_databases():
    found = cross_database.pairs(CLIPS)
    assert len({fold.name for fold in found}) == 6
    fold = next(fold for fold in found if fold.name == "smic>samm")
    assert [fold] == cross_database.parts("smic>samm", CLIPS)
    assert {OF[i].database for i in fold.train} == {"smic"}
    assert {OF[i].database for i in fold.test} == {"samm"}


def test_other_protocols_are_those_of_folds():
    assert cross_database.parts("loso", CLIPS) == folds.loso(CLIPS)
    assert cross_database.parts("kfold3", CLIPS, 1) == folds.kfold(CLIPS, 3, 1)


def test_within_a_database_no_person_is_on_both_sides():
    found = cross_database.within(CLIPS, 5)
    assert sorted(i for fold in found for i in fold.test) == sorted(OF)
    for fold in found:
        assert len({OF[i].database for i in fold.train + fold.test}) == 1
        cross_database.checked(fold, CLIPS)


def test_databases_of_one_house_never_meet():
    older = [dataclasses.replace(clip, database="casme") for clip in CLIPS if clip.database == "casme2"]
    for fold in cross_database.lodo(CLIPS + older):
        sides = [{i.partition("/")[0] for i in side} for side in (fold.train, fold.test)]
        assert not (sides[1] & {"casme", "casme2"} and sides[0] & {"casme", "casme2"})
    with pytest.raises(MxeError, match="people of the Institute of Psychology"):
        cross_database.parts("casme>casme2", CLIPS + older)
    with pytest.raises(MxeError, match="casme2 has no other database"):
        cross_database.lodo([clip for clip in CLIPS if clip.database == "casme2"] + older)
    wrong = Fold("mine", tuple(c.id for c in older), tuple(i for i in OF if i.startswith("casme2")))
    with pytest.raises(MxeError, match="casme and casme2 may share people"):
        cross_database.checked(wrong, CLIPS + older)


def test_a_person_on_both_sides_is_named():
    ids = [clip.id for clip in CLIPS if clip.subject_id == "samm/s4"]
    with pytest.raises(MxeError, match="samm/s4 is trained and tested on"):
        cross_database.checked(Fold("mine", tuple(ids[:2]), tuple(ids[2:])), CLIPS)


@pytest.mark.parametrize(
    ("protocol", "said"),
    [("lodo", "1 database"), ("casme2>samm", "1 database"), ("every", "unknown protocol 'every'")],
)
def test_what_cannot_be_is_one_line(protocol, said):
    with pytest.raises(MxeError, match=said) as error:
        cross_database.parts(protocol, [clip for clip in CLIPS if clip.database == "casme2"])
    assert "\n" not in str(error.value)


def test_a_database_that_nobody_declared_is_refused():
    strange = [dataclasses.replace(clip, database="strange") for clip in CLIPS[:5]]
    with pytest.raises(MxeError, match="strange: who invited its people is not declared"):
        cross_database.lodo(CLIPS + strange)
    with pytest.raises(MxeError, match="no clip of smic is here"):
        cross_database.parts("samm>smic", [clip for clip in CLIPS if clip.database != "smic"])


def test_whose_people_every_database_shows_is_declared():
    assert not [name for name in DATABASES if name not in cross_database.PEOPLE_OF]
    houses = {cross_database.house(name) for name in ("casme2", "samm", "smic")}
    assert len(houses) == 3, "of the three databases of the study none shares people with another, as far as is known"


def test_the_control_is_as_large_and_draws_whole_people():
    one, laboratory = folds.loso(CLIPS), cross_database.lodo(CLIPS)
    size = {i: len(fold.train) for fold in laboratory for i in fold.test}
    for fold, thinned in zip(one, cross_database.same_size(one, laboratory, CLIPS, seed=1), strict=True):
        assert thinned.test == fold.test
        assert set(thinned.train) <= set(fold.train)
        assert len(thinned.train) == size[fold.test[0]]
        cross_database.checked(thinned, CLIPS)
        drawn = {OF[i].subject_id for i in thinned.train}
        cut = [p for p in drawn if {i for i in fold.train if OF[i].subject_id == p} - set(thinned.train)]
        assert len(cut) <= 1
        assert {OF[i].database for i in thinned.train} == {"casme2", "samm", "smic"}
    again = cross_database.same_size(one, laboratory, CLIPS, seed=1)
    assert again == cross_database.same_size(one, laboratory, CLIPS, seed=1)
    assert [f.train for f in again] != [f.train for f in cross_database.same_size(one, laboratory, CLIPS, seed=2)]
    with pytest.raises(MxeError, match="is tested in no fold to be like"):
        cross_database.same_size(one, laboratory[:2], CLIPS)
    several = cross_database.same_size(folds.kfold(CLIPS, 2), laboratory, CLIPS)
    assert sorted(i for fold in several for i in fold.test) == sorted(OF)
    assert all(len({OF[i].database for i in fold.test}) == 1 for fold in several)


def test_answers_are_kept_and_found_again_by_what_was_asked(tmp_path):
    rng, clips = np.random.default_rng(0), CLIPS[:20]
    given = recognition_samples(clips, rng.random((20, 3, 28, 28)), [number % 3 for number in range(20)])
    asked = []

    def system(samples, split):
        asked.append(len(split))
        return logistic_regression(samples, split)

    split = folds.kfold(given, 3)
    kept = Kept("linear", system, tmp_path)
    first = kept(given, split)
    assert kept(given, split).equals(first)
    assert asked == [3]
    assert (first["y_pred"].to_numpy() == logistic_regression(given, split)["y_pred"].to_numpy()).all()
    kept(given, split[:2])
    Kept("another", system, tmp_path)(given, split)
    kept(given.subset([clip.id for clip in clips[:19]]), [Fold("f", split[0].train[:9], split[0].train[9:10])])
    assert asked == [3, 2, 3, 1]


def test_folds_do_not_depend_on_the_order_of_clips():
    shuffled = [CLIPS[i] for i in np.random.default_rng(0).permutation(len(CLIPS))]
    by_name = {fold.name: fold for fold in cross_database.lodo(shuffled)}
    assert by_name == {fold.name: fold for fold in cross_database.lodo(CLIPS)}
