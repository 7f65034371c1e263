"""What all tests share: no setting leaks in from the shell, and nothing depends on chance or on a screen."""

import shutil
import signal

import matplotlib
import pytest
from hypothesis import settings

from mxe_lib.compute import code

matplotlib.use("Agg")
# Shells have background jobs ignore it, and so would all processes that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("study", derandomize=True, deadline=None)
settings.load_profile("study")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(autouse=True)
def no_settings_from_the_shell(monkeypatch):
    """``make test`` sets these for the notebooks. MXE_DATA stays: it says where real flow maps are."""
    for name in ("MXE_PROFILE", "MXE_OUT", "MXE_WORKERS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def browser():
    """A Chromium or Chrome that is installed (Debian: ``apt-get install chromium``), which Playwright drives."""
    sync = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install -e '.[test]'")
    if not (path := next(filter(None, map(shutil.which, BROWSERS)), None)):
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with sync.sync_playwright() as driver:
        # Continuous integration is root, for whom Chromium has no sandbox.
        found = driver.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """Edits a source file in a copy of the library that ``code`` reads in place of the real one."""
    real, copy = code.PACKAGE, tmp_path / "edited" / "mxe_lib"
    shutil.copytree(real, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "PACKAGE", copy)
    code.forget()

    def edit(module: str, added: str = "", replaced: tuple[str, str] = ("", "")) -> None:
        text = (copy / f"{module}.py").read_text(encoding="utf-8")
        assert replaced[0] in text
        (copy / f"{module}.py").write_text(text.replace(*replaced, 1) + added, encoding="utf-8")
        code.forget()

    def undo() -> None:
        shutil.copytree(real, copy, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        code.forget()

    edit.undo = undo
    yield edit
    monkeypatch.undo()
    code.forget()
