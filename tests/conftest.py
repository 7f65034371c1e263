"""What all tests share: no setting leaks in from the shell, and nothing depends on chance or on a screen."""

import signal

import matplotlib
import pytest
from hypothesis import settings

matplotlib.use("Agg")
# Shells have background jobs ignore it, and so would all processes that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("study", derandomize=True, deadline=None)
settings.load_profile("study")


@pytest.fixture(autouse=True)
def no_settings_from_the_shell(monkeypatch):
    """``make test`` sets these for the notebooks. MXE_DATA stays: it says where real flow maps are."""
    for name in ("MXE_PROFILE", "MXE_OUT", "MXE_WORKERS"):
        monkeypatch.delenv(name, raising=False)
