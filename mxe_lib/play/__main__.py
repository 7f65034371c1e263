"""``python -m mxe_lib.play DIR`` writes a page for each plaything, and their index."""

import argparse
from pathlib import Path

from mxe_lib.play import pages

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m mxe_lib.play", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the pages go")
    for path in pages.write(parser.parse_args().folder):
        print(f"{path} {path.stat().st_size / 1024:.0f} KiB")
