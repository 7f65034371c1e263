"""What ``mxe check`` says of folders that are no database's, and of images that are not one camera's."""

import numpy as np
import pytest
from on_disk import GOOD, checked, write_book
from PIL import Image

from mxe_lib.__main__ import main


@pytest.mark.parametrize("name", ["CASME II", "casme2 ", "CAS(ME)^2"])
def test_a_folder_that_is_called_otherwise_is_told(tmp_path, capsys, name):
    """Beside another database it would be absent, and simulated, without a word."""
    write_book(tmp_path / "mmew/book.xlsx")
    assert "passed over" not in checked(tmp_path, capsys)[1]
    (tmp_path / name).mkdir()
    assert f"note: {name.strip()}" in checked(tmp_path, capsys)[1].replace(" /", "/")
    for other in "abc":
        (tmp_path / other).mkdir()
    assert "and 1 more are passed over: no database's folder is called so" in checked(tmp_path, capsys)[1]


@pytest.mark.parametrize(
    ("kind", "told"), [("two cameras", True), ("one", False), ("flicker", False), ("still", False)]
)
def test_two_cameras_under_one_counter(tmp_path, capsys, kind, told):
    write_book(tmp_path / "casme2/CASME2-coding-20140508.xlsx", GOOD)
    folder = tmp_path / "casme2/sub01/EP02_01f"
    folder.mkdir(parents=True)
    y, x = np.mgrid[:64, :64]
    for n in range(46, 87):
        second = kind == "two cameras" and n % 2
        at = 0 if kind == "still" else n / 20
        face = 120 + 80 * np.exp(-((x - 32 - at - 12 * second) ** 2 + (y - 30) ** 2) / 200)
        face += np.random.default_rng(n).normal(0, 3, face.shape) + (15 if kind == "flicker" and n % 2 else 0)
        Image.fromarray(face.clip(0, 255).astype(np.uint8)).convert("RGB").save(folder / f"img{n}.jpg", quality=90)
    main(["check", str(tmp_path), "--deep"])
    assert ("are they two cameras' under one counter" in capsys.readouterr().out) == told
