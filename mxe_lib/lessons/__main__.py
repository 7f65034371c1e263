"""``python -m mxe_lib.lessons DIR`` writes all that the class needs (``make class``); ``--plan`` the plan's numbers."""

import sys
from pathlib import Path

from mxe_lib.command_line import reader_may_go
from mxe_lib.errors import MxeError
from mxe_lib.lessons import pages, plan, student
from mxe_lib.play import pages as playthings


@reader_may_go
def main(arguments: list[str]) -> int:
    """0 = written; 2 = bad input, in one line."""
    root = Path(__file__).parents[2]
    try:
        if len(arguments) != 1:
            raise MxeError("python -m mxe_lib.lessons DIR: name the folder to write into")
        if not (root / "teaching").is_dir():
            raise MxeError("teaching/ is not there: run this in a clone of the study")
        if arguments == ["--plan"]:
            path = root / "teaching" / "plan.md"
            path.write_text(plan.renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
            print(f"numbers of {path.relative_to(root)} renewed")
            return 0
        folder = Path(arguments[0])
        written = student.write(root / "notebooks", folder / "notebooks")
        pages.write(root, folder)
        playthings.write(folder / "play")
    except MxeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(written)} notebooks for students, plan, slides, quiz, things to play with: open {folder}/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
