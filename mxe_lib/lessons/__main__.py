"""``python -m mxe_lib.lessons DIR``: students' notebooks, slides and quiz of the class (``make class`` calls it)."""

import sys
from pathlib import Path

from mxe_lib.errors import MxeError
from mxe_lib.lessons import slides, student


def main(arguments: list[str]) -> int:
    """0 = written; 2 = bad input, in one line."""
    root = Path(__file__).parents[2]
    try:
        if len(arguments) != 1:
            raise MxeError("python -m mxe_lib.lessons DIR: name the folder to write into")
        if not (root / "teaching").is_dir():
            raise MxeError("teaching/ is not there: run this in a clone of the study")
        folder = Path(arguments[0])
        written = student.write(root / "notebooks", folder / "notebooks")
        slides.write(root / "notebooks", root / "teaching" / "quiz.json", folder)
    except MxeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(written)} notebooks for students, slides.html and quiz.html in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
