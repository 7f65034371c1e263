"""Ways in without an installation: Binder, Colab, a devcontainer. Their commands are the project's own."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def colab():
    return nbformat.read(ROOT / "teaching" / "colab.ipynb", as_version=4)


def sources(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_a_devcontainer_is_made_by_make():
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    command = shlex.split(settings["postCreateCommand"])
    assert command[0] == "make"
    subprocess.run([*command, "--dry-run"], cwd=ROOT, check=True, capture_output=True)
    python = settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert python == "${containerWorkspaceFolder}/.venv/bin/python"
    assert settings["image"].startswith("python:3.")


def test_binder_and_colab_install_what_make_installs(colab):
    pip = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][-1]["pip"]
    assert pip[0] == "-c requirements.lock"
    (install,) = [line for source in sources(colab) for line in source.splitlines() if line.startswith("install =")]
    assert '"-c", "requirements.lock", "-e", ".[study,play]"' in install
    assert not list((ROOT).glob("binder")) and not list((ROOT).glob(".binder")), "they would hide environment.yml"


def test_colab_without_an_address_says_so(colab):
    done = subprocess.run([sys.executable, "-c", sources(colab)[0]], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "REPOSITORY is empty: write the address of the study's repository into this cell"
    ]


def test_colab_runs_from_clone_to_report(colab, tmp_path, monkeypatch):
    """All of it but the installation, whose packages are those of this environment."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    for variable in ("MXE_OUT", "MXE_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    colab.cells = [cell for cell in colab.cells if not cell.source.startswith("import os\nimport sys\n\ninstall")]
    first = next(cell for cell in colab.cells if cell.cell_type == "code")
    first.source = first.source.replace('REPOSITORY = ""', f"REPOSITORY = {ROOT.as_uri()!r}")
    run = next(cell for cell in colab.cells if cell.source.startswith("PROFILE, ONLY"))
    run.source = run.source.replace('["00", "02"]', '["00"]')
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(colab, timeout=600, kernel_name="python3", resources=resources).execute()
    report = colab.cells[-1].outputs[-1]["data"]["text/html"]
    assert "What is a micro-expression" in report
    assert (tmp_path / "study" / "runs" / "smoke" / "report.html").is_file()
