"""Ways to break any file: its bytes, its name, its place, its times. Each does it and says in words what it did."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

Break = Callable[[Path, Random], str]


def flip_bits(path: Path, rng: Random) -> str:
    data = bytearray(path.read_bytes())
    places = sorted(rng.randrange(len(data)) for _ in range(rng.choice((1, 1, 2, 8, 40))))
    for place in places:
        data[place] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return f"bits flipped at {places[0]} ({len(places)} in all)"


def random_bytes(path: Path, rng: Random) -> str:
    data = bytearray(path.read_bytes())
    start = rng.randrange(len(data))
    length = min(len(data) - start, rng.choice((4, 64, 1024)))
    data[start : start + length] = rng.randbytes(length)
    path.write_bytes(data)
    return f"{length} random bytes at {start}"


def zero_chunk(path: Path, rng: Random) -> str:
    data = bytearray(path.read_bytes())
    start = rng.randrange(len(data))
    length = min(len(data) - start, rng.choice((16, 512, 4096)))
    data[start : start + length] = bytes(length)
    path.write_bytes(data)
    return f"{length} zero bytes at {start}"


def all_zero(path: Path, rng: Random) -> str:
    path.write_bytes(bytes(path.stat().st_size))
    return "all bytes zero"


def cut(path: Path, rng: Random) -> str:
    size = path.stat().st_size
    left = rng.choice((rng.randrange(size), size - 1 - rng.randrange(min(size, 40)), min(size - 1, rng.randrange(64))))
    os.truncate(path, left)
    return f"cut to {left} of {size} bytes"


def chunk_gone(path: Path, rng: Random) -> str:
    data = path.read_bytes()
    start = rng.randrange(len(data))
    length = rng.choice((1, 100, 4096))
    path.write_bytes(data[:start] + data[start + length :])
    return f"{length} bytes gone at {start}"


def chunk_twice(path: Path, rng: Random) -> str:
    data = path.read_bytes()
    start = rng.randrange(len(data))
    path.write_bytes(data[:start] + data[max(0, start - 512) :])
    return f"bytes before {start} twice"


def longer(path: Path, rng: Random) -> str:
    more = rng.choice((b"\0" * 512, b"\n", rng.randbytes(200), path.read_bytes()))
    path.write_bytes(path.read_bytes() + more)
    return f"{len(more)} bytes appended"


def emptied(path: Path, rng: Random) -> str:
    path.write_bytes(b"")
    return "emptied"


def web_page(path: Path, rng: Random) -> str:
    """What a download leaves where one had to sign in first."""
    path.write_bytes(b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>403</body></html>\n")
    return "replaced by a web page"


def pointer(path: Path, rng: Random) -> str:
    """What a clone without Git LFS leaves."""
    path.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 4711\n")
    return "replaced by an LFS pointer"


def gone(path: Path, rng: Random) -> str:
    path.unlink()
    return "gone"


def folder_instead(path: Path, rng: Random) -> str:
    path.unlink()
    path.mkdir()
    if rng.random() < 0.5:
        (path / "inside.txt").write_text("x")
    return "a folder in its place"


def dangling_link(path: Path, rng: Random) -> str:
    path.unlink()
    path.symlink_to("nowhere/to/be/found")
    return "a link to nothing"


def link_to_itself(path: Path, rng: Random) -> str:
    path.unlink()
    path.symlink_to(path.name)
    return "a link to itself"


def pipe(path: Path, rng: Random) -> str:
    path.unlink()
    os.mkfifo(path)
    return "a pipe in its place"


def endless(path: Path, rng: Random) -> str:
    path.unlink()
    path.symlink_to("/dev/zero")
    return "a link to /dev/zero"


def closed(path: Path, rng: Random) -> str:
    """Means nothing to root."""
    path.chmod(0)
    return "nobody may read it"


def moved_and_linked(path: Path, rng: Random) -> str:
    """The same file by a link: nothing is wrong with it."""
    real = path.with_name(f".{path.name}.real")
    path.rename(real)
    path.symlink_to(real.name)
    return "a link to the file, which is now called otherwise"


def other_time(path: Path, rng: Random) -> str:
    seconds = rng.choice((0, 1, 86_400 * 365, time.time() + 86_400 * 400, 2**31 + 10, 2**33))
    os.utime(path, (seconds, seconds))
    return f"time of change {seconds:.0f}"


DAMAGE: dict[str, Break] = {
    each.__name__: each
    for each in (flip_bits, random_bytes, zero_chunk, all_zero, cut, chunk_gone, chunk_twice, longer, emptied)
} | {"web_page": web_page, "pointer": pointer}
"""Another content."""

INSTEAD: dict[str, Break] = {
    each.__name__: each for each in (gone, folder_instead, dangling_link, link_to_itself, pipe, endless)
}
"""No file any more."""

HARMLESS: dict[str, Break] = {each.__name__: each for each in (closed, moved_and_linked, other_time)}
"""The same content (``closed`` for root alone)."""


def swapped(one: Path, other: Path) -> str:
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)
    return f"swapped with {other.name}"


def doubled(path: Path, rng: Random) -> tuple[str, Path]:
    """A copy beside it, as file managers, browsers and clouds name it."""
    stem, ending = path.stem, path.suffix
    name = rng.choice(
        (
            f"{stem} (1){ending}",
            f"{stem} copy{ending}",
            f"{stem} - Kopie{ending}",
            f"Copy of {stem}{ending}",
            f"{stem}(2){ending}",
            f"{stem}{ending}~",
            f"{stem}{ending}.bak",
            f"._{stem}{ending}",
            f"{stem} (conflicted copy 2026-11-28){ending}",
            f"{stem}_2{ending}",
            f"{stem}_old{ending}",
        )
    )
    shutil.copyfile(path, path.with_name(name))
    return f"doubled as {name}", path.with_name(name)


def other_names(path: Path) -> list[str]:
    """Names that a file may get by hand or by a program."""
    stem, ending = path.stem, path.suffix
    letters, digits = stem.rstrip("0123456789"), stem[len(stem.rstrip("0123456789")) :]
    wide = "".join(chr(0xFF10 + int(digit)) for digit in digits)
    return [
        f"{letters}{digits.zfill(len(digits) + 3)}{ending}",
        f"{letters}{digits.lstrip('0') or '0'}{ending}",
        f"{stem.upper()}{ending.upper()}",
        f"{letters} {digits}{ending}",
        f"{stem} {ending}",
        f" {stem}{ending}",
        f"{letters}{wide}{ending}",
        f"é{stem}ß{ending}",
        f"{stem}a{ending}",
        f"{letters}{ending}",
        f"picture{ending}",
        f"{stem}_2{ending}",
        f"7_{stem}{ending}",
        f"{stem}-{digits}{ending}",
        f"{letters}-{digits}{ending}",
        f"{letters}{digits}.0{ending}",
        f"{stem}{ending}{ending}",
        f"{stem}",
        f"{stem}.txt",
        f"{letters}{digits}²{ending}",
        f"{letters}{'9' * 40}{ending}",
        f"{stem}\n{ending}",
    ]


def junk(folder: Path, rng: Random) -> str:
    """What systems and programs leave in folders: none of it belongs to a database."""
    name = rng.choice((".DS_Store", "Thumbs.db", "desktop.ini", "._img12.jpg", ".img13.jpg", "list.txt", "readme.html"))
    (folder / name).write_bytes(rng.choice((b"", b"\0\5\26\7\0\2\0\0Mac OS X", b"[.ShellClassInfo]\n")))
    return f"{name} beside it"
