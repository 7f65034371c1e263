"""The whole twin of each further database on disk: ``mxe check`` counts what the databases' authors and users count."""

import re
from pathlib import Path

import pytest
from on_disk import checked, linked_images, problems_of, write_whole  # noqa: F401

from mxe_lib.databases.sources import open_database
from mxe_lib.simulation import packages

DOCS = Path(__file__).resolve().parent.parent / "docs" / "databases.md"

# Clips, people with a clip, and clips of each emotion. Of DFME only the sum is known; of SAMM Long Videos, which gives
# no emotions, 32 people were filmed.
OFFICIAL = {
    "casme": (189, 19, "tense 69, disgust 44, repression 38, surprise 20, happiness 9, sadness 6, fear 2, contempt 1"),
    "casme_sq": (357, 22, "others 124, negative 116, positive 95, surprise 22"),
    "casme3a": (860, 100, "disgust 250, surprise 187, others 161, fear 86, anger 64, sad 57, happy 55"),
    "mmew": (300, 30, "surprise 89, disgust 72, others 66, happiness 36, fear 16, sadness 13, anger 8"),
    "4dme": (
        *(267, 41),
        "negative 127, positive 34, others 31, surprise 30, positive+surprise 13, negative+surprise 8, "
        "positive+repression 8, negative+repression 7, repression 6, surprise+repression 3",
    ),
    "dfme": (1856, None, None),
    "samm_long": (502, 30, ""),
}
VIDEOS = {"casme_sq": (98, 57, 300), "samm_long": (147, 159, 343)}  # videos, micro, macro


def told(name, out):
    """(clips, subjects, the line on emotions, (videos, micro, macro)) as ``mxe check`` prints them."""
    clips, subjects = re.search(rf"^{name}: found, simulated, (\d+) clips of (\d+) subjects$", out, re.M).groups()
    emotions = re.search(r"^  clips by emotion: (.*)$", out, re.M)
    videos = re.search(r"^  (\d+) videos, .*; (\d+) micro- and (\d+) macro-expressions$", out, re.M)
    return (
        int(clips),
        int(subjects),
        emotions[1] if emotions else "",
        tuple(map(int, videos.groups())) if videos else None,
    )


def counted(line):
    return {word: int(count) for word, count in re.findall(r"([\w+]+) (\d+)", line)}


@pytest.mark.usefixtures("linked_images")
@pytest.mark.parametrize("name", packages.WRITE)
def test_check_counts_the_whole_twin_as_it_is_counted(tmp_path, capsys, name):
    twin, _ = write_whole(tmp_path, name)
    status, out = checked(tmp_path, capsys)
    assert status == 0 and problems_of(out) == [] and "  frames: every listed frame is there" in out
    assert "public work on it counts" not in out and "repaired" not in out and "no problem" in out
    clips, subjects, emotions, videos = told(name, out)
    official = OFFICIAL[name]
    assert clips == official[0] and official[1] in (None, subjects)
    assert official[2] is None or counted(emotions) == counted(official[2])
    assert videos == VIDEOS.get(name)
    read = open_database(name, tmp_path)
    if videos:
        assert read.videos() == twin.videos()
    else:
        assert read.clips() == twin.clips()
    row = next(line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{name}` |"))
    assert row == table_row(name, out), "the table of docs/databases.md is computed from this"


def sorted_out(line):
    """Emotions by their counts, and those of one count by their names."""
    return ", ".join(f"{word} {n}" for word, n in sorted(counted(line).items(), key=lambda pair: (-pair[1], pair[0])))


def table_row(name, out):
    """Database, official counts, what of the twin is ours, and what ``mxe check`` says."""
    clips, subjects, emotions, videos = told(name, out)
    official = OFFICIAL[name]
    people = "people not known" if official[1] is None else f"{official[1]} people"
    classes = {None: "classes not known", "": "no classes"}.get(official[2]) or sorted_out(official[2])
    long = "{} videos, {} micro, {} macro, ".format(*VIDEOS[name]) if name in VIDEOS else ""
    said = "{} videos, {} micro, {} macro, ".format(*videos) if videos else ""
    ours = ", ".join(packages.twin(name).twin.ours) or "nothing"
    return (
        f"| `{name}` | {long}{official[0]} clips, {people}; {classes} | {ours} | "
        f"{said}{clips} clips of {subjects} subjects; {sorted_out(emotions) or 'no emotions'}; no problem |"
    )
