"""Tables for readers: words, intervals in a cell, no codes."""

import pytest

from mxe_lib import models  # noqa: F401 (networks bring their names)
from mxe_lib.errors import MxeError
from mxe_lib.evaluation import results
from mxe_lib.figures import tables
from mxe_lib.papers import verdicts
from mxe_lib.study.answers import REFERENCE


@pytest.fixture(scope="module")
def rows():
    return results.read("label_functions", REFERENCE)


def test_scores_stand_with_their_intervals_best_first(rows):
    table = tables.scores(rows.query("metric == 'mae' and source == 'ours'"), against="middle frame")
    assert list(table) == ["judged by", "all", "CASME II", "SAMM", "p against middle frame"]
    assert table.index.name == "system"
    values = [float(cell.split()[0]) for cell in table["all"]]
    assert values == sorted(values)
    text = table.to_string()
    assert "=" not in text
    assert "NaN" not in text
    assert "_" not in text


def test_differences_say_what_is_found(rows):
    gaps = rows.query("metric == 'mae_difference' and database == 'pooled'")
    table = tables.differences(gaps, found_first=True)
    assert set(table["so"]) <= {"found", "not found"}
    assert (table["so"] == "found").sum() == (gaps["p_holm"] < 0.05).sum()
    assert table["so"].iloc[0] == "found"
    assert all(" − " in name for name in table.index)


def test_verdicts_say_in_words_what_was_seen():
    table = tables.verdicts(verdicts.read_aloud(verdicts.from_print()))
    assert list(table) == ["evidence", "difference", "verdict", "seen there"]
    assert {"not found, 3 of 5 folds as claimed", "2 of 8 cells as claimed"} <= set(table["seen there"])
    assert set(table["evidence"]) == {"print, all", "print, CASME II"}


def test_origins_are_never_mixed(rows):
    with pytest.raises(MxeError, match="2 values of 'origin'"):
        tables.scores(rows.query("metric == 'mae'"))
