"""Runs all benchmarks in turn: python benchmarks/run.py [name ...]

One worker at a time has the machine, so nothing else should be running on it. Exit status 1 if one of them fails.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main(wanted: list[str]) -> int:
    """Runs those whose name begins as wanted; all by default."""
    scripts = [path for path in sorted(FOLDER.glob("*.py")) if path.name != Path(__file__).name]
    chosen = [path for path in scripts if not wanted or any(path.stem.startswith(name) for name in wanted)]
    if not chosen:
        print(f"no such benchmark: choose from {', '.join(path.stem for path in scripts)}", file=sys.stderr)
        return 2
    failed = []
    for path in chosen:
        print(f"== {path.stem}", flush=True)
        if subprocess.run([sys.executable, str(path)], cwd=FOLDER.parent).returncode != 0:
            failed.append(path.stem)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
