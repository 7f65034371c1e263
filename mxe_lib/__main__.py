"""The command line: ``mxe analyze``, ``mxe check`` and ``mxe run``; ``python -m mxe_lib`` is the same."""

import argparse
import contextlib
import os
import runpy
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from mxe_lib import command_line
from mxe_lib.command_line import frame, place, rate
from mxe_lib.errors import MxeError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 = fine, 1 = ``check`` found a problem, 2 = bad input (one line on stderr); 130 = Ctrl-C.

    141 = whoever reads the output has gone, as in ``mxe check DIR | head -1``.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a file's name gets an escape
            stream.reconfigure(errors="backslashreplace")
    try:
        if arguments[:1] == ["run"]:
            return run(arguments[1:])
        with _terminable():
            return command_line.reader_may_go(_command)(arguments)
    except MxeError as error:
        _say(f"error: {' '.join(str(error).splitlines())}")
        return 2
    except KeyboardInterrupt:
        _say("\ninterrupted: nothing half-written is left")
        return 130


def _say(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody can be told
        print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """In such a block SIGTERM ends as Ctrl-C does: what is half-written is taken away."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)


def _command(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    if options.command == "check":
        from mxe_lib.databases.check import check

        return check(options.folder, deep=options.deep)
    from mxe_lib.app.analyze import analyze_command

    if "MXE_OUT" not in os.environ:
        os.environ.pop("MXE_NOTES", None)  # of the runner, which sets both for its notebooks
    return analyze_command(options) or 0


def run(arguments: Sequence[str]) -> int:
    """``run_all.py`` of the repository in whose folder, or below it, the command is given.

    Raises:
        MxeError: outside a repository.
    """
    here = Path.cwd()
    script = next((path / "run_all.py" for path in (here, *here.parents) if (path / "run_all.py").is_file()), None)
    if script is None:
        raise MxeError(f"mxe run: no run_all.py in {here} or above it: change to the folder of the study")
    return runpy.run_path(str(script))["main"](arguments)


def _parser() -> argparse.ArgumentParser:
    parser = command_line.Parser(prog="mxe", description="Micro-expression analysis.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="say what a data folder holds, what is missing, what was repaired")
    check.add_argument(
        "folder",
        type=place,
        metavar="DIR",
        help="holds any of casme2/ samm/ smic/ flowmaps/, or of docs/databases.md",
    )
    check.add_argument("--deep", action="store_true", help="also decode every image (minutes)")
    help_ = "find the apex of a clip, or the movements in a video, and name the class"
    analyze = commands.add_parser("analyze", help=help_)
    analyze.add_argument(
        "clips",
        type=place,
        nargs="+",
        metavar="CLIP",
        help="a folder of frames, a video file or an animated GIF",
    )
    analyze.add_argument("--out", type=place, required=True, metavar="DIR", help="where page, figure and JSON go")
    analyze.add_argument("--onset", type=frame, help="frame number of the onset (default: the first frame)")
    analyze.add_argument("--apex", type=frame, help="frame number of the apex: spotting is then skipped")
    analyze.add_argument("--offset", type=frame, help="frame number of the offset (default: the last frame)")
    analyze.add_argument("--fps", type=rate, help="frames per second, where the clip does not say")
    analyze.add_argument(
        "--long", action="store_true", help="search for any number of movements, as in a video of over ten seconds"
    )
    commands.add_parser("run", help="execute the study's notebooks: mxe run --help", add_help=False)
    return parser


if __name__ == "__main__":
    sys.exit(main())
