"""What a newcomer installs: one set of requirements, told the same way everywhere; and code that passes its linter."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = [line for line in (ROOT / "requirements.lock").read_text().splitlines() if line and not line.startswith("#")]


def required() -> list[Requirement]:
    """Everything that ``.[test]`` asks for, but for itself."""
    lines = [*PROJECT["dependencies"], *chain.from_iterable(PROJECT["optional-dependencies"].values())]
    return [found for found in map(Requirement, lines) if found.name != PROJECT["name"]]


def pins() -> dict[str, list[Requirement]]:
    found = {}
    for line in LOCK:
        found.setdefault(canonicalize_name(Requirement(line).name), []).append(Requirement(line))
    return found


def test_lock_holds_exact_pins_and_nothing_else():
    for line in LOCK:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*( ; .+)?", line), line


def test_lock_meets_every_requirement():
    for requirement in required():
        versions = [str(pin.specifier)[2:] for pin in pins()[canonicalize_name(requirement.name)]]
        assert versions, f"{requirement.name} is not locked: make lock"
        assert all(requirement.specifier.contains(version) for version in versions), f"{requirement}: make lock"


def test_installed_versions_are_the_locked_ones():
    for name, candidates in pins().items():
        here = [pin for pin in candidates if pin.marker is None or pin.marker.evaluate()]
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # a package of another platform, such as torch's CUDA libraries
        assert any(pin.specifier.contains(installed) for pin in here), f"{name} {installed} is installed, not {here}"


def test_environment_yml_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert plain == [f"python{PROJECT['requires-python']}", "pip"]
    constraints, project = pip
    assert (ROOT / constraints.removeprefix("-c ")).is_file()
    extras = re.fullmatch(r"-e \.\[(.+)\]", project)[1].split(",")
    assert set(extras) <= set(PROJECT["optional-dependencies"])
    assert "jupyterlab" in {item.name for extra in extras for item in flat(extra)}


def flat(extra: str) -> list[Requirement]:
    """An extra's requirements, those of the extras it names included."""
    found = []
    for item in map(Requirement, PROJECT["optional-dependencies"][extra]):
        found += chain.from_iterable(map(flat, item.extras)) if item.name == PROJECT["name"] else [item]
    return found


def test_one_opencv_and_one_lightning():
    names = {canonicalize_name(found.metadata["Name"]) for found in importlib.metadata.distributions()}
    assert {name for name in names if name.startswith("opencv")} == {"opencv-contrib-python-headless"}
    assert "lightning" not in names


def test_python_versions_agree():
    assert PROJECT["requires-python"] == ">=3.11"
    assert "sys.version_info < (3, 11)" in (ROOT / "Makefile").read_text()
    assert 'target-version = "py311"' in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["lint", "format"])
def test_ruff(arguments):
    ruff = shutil.which("ruff", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    found = subprocess.run([ruff, *arguments, "--no-cache", "."], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_importing_the_library_is_fast():
    heavy = ["torch", "cv2", "pandas", "matplotlib", "sklearn", "scipy"]
    code = f"import sys, mxe_lib.study.profiles, mxe_lib.clips; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_make_refuses_an_old_python_in_one_line(tmp_path):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\ncase $1 in -c) exit 1;; --version) echo Python 3.9.2;; esac\n")
    old.chmod(0o755)
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    found = subprocess.run(
        ["make", "--no-print-directory", "install", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert found.returncode != 0
    assert "is Python 3.9.2: Python 3.11 or newer is needed" in found.stderr.splitlines()[0]
    assert not (tmp_path / ".venv").exists()


def test_citation_names_papers_and_databases():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())["references"]
    titles = " ".join(reference["title"] for reference in cited)
    papers, databases = ("Optimal Compact Network", "Apex Frame Spotting"), ("CASME II", "SAMM", "Inducement")
    for word in (*papers, *databases, "MEGC 2019", "HTNet"):
        assert word in titles
    assert all(reference["authors"] and reference["year"] for reference in cited)


def test_no_tracked_file_is_data_or_large():
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        pytest.skip("not a git checkout (an unpacked archive): there is no list of tracked files to look at")
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    for path in (ROOT / name for name in names if name and (ROOT / name).is_file()):
        assert path.stat().st_size <= 2_000_000, f"{path.name} is over 2 MB"
        assert path.suffix not in {".jpg", ".bmp", ".xlsx", ".avi", ".mp4"}, f"{path.name} looks like a database's file"


def imports_of(folder: Path) -> subprocess.CompletedProcess:
    lint = Path(sys.executable).with_name("lint-imports")
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run([lint, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True)


def test_wings_import_downwards_only_and_a_wrong_import_is_seen(tmp_path):
    assert imports_of(ROOT).returncode == 0
    shutil.copytree(ROOT / "mxe_lib", tmp_path / "mxe_lib", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    assert imports_of(tmp_path).returncode == 0
    with (tmp_path / "mxe_lib" / "vision" / "flow.py").open("a") as file:
        file.write("\n\ndef late():\n    from mxe_lib.spotting import labels  # noqa: F401\n")
    found = imports_of(tmp_path)
    assert found.returncode == 1
    assert "mxe_lib.vision.flow -> mxe_lib.spotting.labels" in found.stdout
    (tmp_path / "mxe_lib" / "vision" / "flow.py").write_text("")
    (tmp_path / "mxe_lib" / "rooms").mkdir()
    (tmp_path / "mxe_lib" / "rooms" / "__init__.py").write_text("")
    assert imports_of(tmp_path).returncode == 1, "a wing that the contract does not know"


def test_workflows_run_the_same_commands_on_the_oldest_and_newest_python():
    flows = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github" / "workflows").glob("*.yml")}
    assert set(flows) == {"tests", "study", "site"}
    jobs = flows["tests"]["jobs"]["test"]["strategy"]["matrix"]["include"]
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert {(job["os"].partition("-")[0], job["python"]) for job in jobs} >= {("ubuntu", oldest), ("macos", oldest)}
    classifiers = " ".join(importlib.metadata.metadata("torch").get_all("Classifier"))
    newest = max(re.findall(r"Python :: 3\.(\d+)", classifiers), key=int)
    assert ("ubuntu-latest", f"3.{newest}") in {(job["os"], job["python"]) for job in jobs}
    commands = [
        step["run"] for name in flows for job in flows[name]["jobs"].values() for step in job["steps"] if "run" in step
    ]
    ours = [command for command in commands if not command.startswith("sudo apt-get")]  # SLURM, for its own test
    assert sorted(ours) == ["make site", "make study", "make test"]
