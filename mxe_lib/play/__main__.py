"""``python -m mxe_lib.play DIR`` writes a page for each plaything, and their index."""

import argparse
import sys
from pathlib import Path

from mxe_lib.command_line import reader_may_go
from mxe_lib.play import pages


@reader_may_go
def main() -> int:
    """0 = written."""
    parser = argparse.ArgumentParser(prog="python -m mxe_lib.play", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the pages go")
    for path in pages.write(parser.parse_args().folder):
        print(f"{path} {path.stat().st_size / 1024:.0f} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
