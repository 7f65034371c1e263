# make study     run the notebooks            make study PROFILE=smoke DATA=folder OUT=folder WORKERS=2 ONLY="03 07" CLUSTER=slurm
# make test      every test, then the notebooks at profile smoke
# make class     everything a class needs: its notebooks computed, students' versions, plan, slides, quiz and things to play
#                with in runs/class/ (open runs/class/index.html)
# make lab-class JupyterLab on the students' notebooks of make class
# make site      the documentation site from the committed notebooks, in build/site; nothing is executed, no network needed
# make lab       JupyterLab on the notebooks  (PROFILE and DATA as above)
# make gpu       the papers' own widths and epochs, as far as the minutes reach: make gpu DATA=folder MINUTES=12
#                TINY=1 rehearses it on any machine, in about a minute
# make publish   a whole quick run with real flow maps becomes the committed notebooks, figures and reference tables
#                FROM=runs/gpu: the tables of make gpu become reference/full/
# make clean     delete runs/ and tool caches; make distclean also deletes .venv

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

PROFILE ?= quick
OPTIONS := --profile $(PROFILE) $(if $(DATA),--data "$(DATA)") $(if $(OUT),--out "$(OUT)") $(if $(WORKERS),--workers $(WORKERS)) $(if $(CLUSTER),--cluster "$(CLUSTER)") $(if $(ONLY),--only $(ONLY))

.PHONY: help install study gpu test site class lab lab-class publish lock clean distclean

help:
	@sed -n 's/^# //p' Makefile

install: $(INSTALLED)

# One installation serves all targets: what the tests add to the study is small beside torch, and so the versions that
# were tested are the versions that run. The stamp is written last: an installation that broke off is taken up again.
$(INSTALLED): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "make: $(PYTHON) is $$($(PYTHON) --version 2>&1 || true): Python 3.11 or newer is needed, for example: make PYTHON=python3.12" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -c requirements.lock -e '.[test]'
	@touch $@

study: $(INSTALLED)
	$(BIN)/python run_all.py $(OPTIONS)

gpu: $(INSTALLED)
	$(BIN)/python -m mxe_lib.study.gpu_run $(if $(DATA),--data "$(DATA)") $(if $(MINUTES),--minutes $(MINUTES)) \
		$(if $(OUT),--out "$(OUT)") $(if $(TINY),--tiny)

publish: $(INSTALLED)
	$(BIN)/python $(if $(FROM),-m mxe_lib.study.gpu_run --publish "$(FROM)",run_all.py $(OPTIONS) --publish)
	$(BIN)/python -m mxe_lib.lessons --plan

# One pytest run, so that its closing line counts everything: tests, the docstrings' examples, and each notebook cell at
# profile smoke (outputs marked NBVAL_CHECK_OUTPUT are compared with the committed ones).
test: $(INSTALLED)
	@out=$$(mktemp -d) && trap 'rm -rf "$$out"' EXIT && \
	MXE_PROFILE=smoke MXE_OUT="$$out" MXE_PROGRESS=0 IPYTHONDIR="$$out/ipython" JUPYTER_PREFER_ENV_PATH=1 \
	PYDEVD_DISABLE_FILE_VALIDATION=1 \
	$(BIN)/python -m pytest --nbval-lax --nbval-current-env --nbval-cell-timeout=300 --nbval-kernel-startup-timeout=120 \
		tests mxe_lib notebooks $(PYTEST_ARGS)

site: $(INSTALLED)
	$(BIN)/python site/build.py

lab: $(INSTALLED)
	MXE_PROFILE=$(PROFILE) $(if $(DATA),MXE_DATA="$(abspath $(DATA))") JUPYTER_PREFER_ENV_PATH=1 \
		$(BIN)/python -m jupyter lab notebooks

lab-class: $(INSTALLED)
	@test -d runs/class/notebooks || { echo "make: runs/class/notebooks is not there: make class first" >&2; exit 1; }
	JUPYTER_PREFER_ENV_PATH=1 $(BIN)/python -m jupyter lab runs/class/notebooks

class: $(INSTALLED)
	$(BIN)/python run_all.py --only 00 01 02 03 07 $(if $(WORKERS),--workers $(WORKERS))
	$(BIN)/python -m mxe_lib.lessons runs/class

# Needs uv (https://docs.astral.sh/uv/). The pins so far are kept where pyproject.toml still allows them.
lock:
	uv pip compile --universal --python-version 3.11 --extra test --no-annotate --no-header --no-emit-index-url \
		--no-emit-find-links --no-emit-package mxe-lib pyproject.toml -o requirements.lock
	{ printf '%s\n' "# All platforms, exact pins, written from pyproject.toml by 'make lock' (uv pip compile --universal)." \
		"# Constraints, not requirements: pip install -c requirements.lock -e '.[test]'"; \
		grep -E '^[A-Za-z0-9]' requirements.lock; } > requirements.lock.new
	mv requirements.lock.new requirements.lock

clean:
	rm -rf runs build .pytest_cache .ruff_cache .hypothesis lightning_logs
	find . -path ./$(VENV) -prune -o -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV) *.egg-info
