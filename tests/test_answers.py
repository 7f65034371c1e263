"""What each notebook found: three to five sentences from the tables, in words."""

import re
from pathlib import Path

import pytest

from mxe_lib.study import answers

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(answers.__file__).parent
NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
ANSWERED = [name for name in NOTEBOOKS if (FOLDER / f"{re.sub('^[0-9]+_', '', name)}.py").is_file()]


@pytest.mark.parametrize("name", ANSWERED)
def test_the_published_tables_give_three_to_five_plain_sentences(name):
    sentences = answers.of(name, answers.REFERENCE)
    assert 3 <= len(sentences) <= 5
    for sentence in sentences:
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert not re.search(r"\w=\w|\bnan\b|kfold|_", sentence), sentence
        assert len(sentence) < 400, "a sentence that long is read by nobody"


def test_without_tables_a_notebook_says_so(tmp_path, monkeypatch):
    with pytest.raises(answers.Missing, match=r"label_functions\.csv is not in"):
        answers.of("03_label_functions", tmp_path)
    monkeypatch.setattr(answers, "REFERENCE", tmp_path)
    assert "Run this notebook" in answers.published("03_label_functions").data
