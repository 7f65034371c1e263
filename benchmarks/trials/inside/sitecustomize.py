"""Kills the process that loads it at a moment that an order names.

Python loads a module of this name by itself: where this folder is on ``PYTHONPATH``, every process of a run does. An
order is the file ``order`` in the folder that ``MXE_KILLS`` names: ``moment signal seconds``. The first process that
comes to this moment takes it away, leaves its role in the name, and is sent the signal so many seconds later.
"""

import os
import sys

WRITING = os.O_WRONLY | os.O_RDWR
BEGAN_BY_A_KERNEL = "MXE_OUT" in os.environ  # and so its children are, too


def role() -> str:
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing and multiprocessing.parent_process() is not None:
        return "worker" if BEGAN_BY_A_KERNEL else "notebook"
    command = " ".join(sys.orig_argv)
    names = {"ipykernel_launcher": "kernel", "multiprocessing.forkserver": "server", "run_all.py": "runner"}
    return next((name for words, name in names.items() if words in command), "")


def moments(event: str, arguments: tuple, top: str) -> tuple[str, ...]:
    """What an audit event of Python stands for."""
    if event not in ("open", "os.rename", "os.remove") or isinstance(arguments[0], int | None):
        return ()
    path = os.fsdecode(arguments[0])
    if event == "os.rename":
        return ("finished",) if path.endswith(".partial") else ()
    if event == "os.remove":
        return ("cleaning",) if path.endswith((".partial", ".making")) else ()
    if not arguments[2] & WRITING:
        return ()
    if path.endswith(".partial"):
        return ("opened", "writing")
    return ("other",) if path.startswith(top) else ()


def install(folder: str) -> None:
    order, top, busy = os.path.join(folder, "order"), os.path.dirname(folder), False

    def hook(event: str, arguments: tuple) -> None:
        nonlocal busy
        if busy:
            return
        try:
            busy = True
            if here := moments(event, arguments, top):
                obey(here)
        finally:
            busy = False

    def obey(here: tuple[str, ...]) -> None:
        try:
            with open(order, encoding="ascii") as file:
                moment, signal, seconds = file.read().split()
            if moment not in here or not role():
                return
            os.rename(order, f"{order}-{role()}.{os.getpid()}")
        except (OSError, ValueError):  # none, or another process took it
            return
        if float(seconds) == 0:
            os.kill(os.getpid(), int(signal))
        else:
            import threading

            threading.Timer(float(seconds), os.kill, (os.getpid(), int(signal))).start()

    sys.addaudithook(hook)


if os.environ.get("MXE_KILLS"):
    install(os.environ["MXE_KILLS"])
