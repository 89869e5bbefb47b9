# One set-up for everything: any target that needs Python makes .venv first, once.
# Paths are relative throughout, because make splits an absolute path at its spaces.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-all test-torch lab hub lint pictures bench student-bundle student-environment install clean

# The Python to build .venv from; empty: the first one on PATH that is new enough.
PYTHON ?=
# More arguments for the targets that run something, e.g. make test ARGS="-k shapes".
ARGS ?=
# Where student-environment puts the environment.
DIR ?= /opt/course

# A virtual environment holds absolute paths and dies when its folder moves, so both stamps carry the folder's name.
PLACE := $(shell pwd -P | cksum | cut -d ' ' -f 1)
MADE := .venv/made-$(PLACE)
INSTALLED := .venv/installed-$(PLACE)
# Read from pyproject.toml, which has the pin.
TORCH = $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)

# From npm; `.ci/run` puts it here, too. 5.1 is the last version that Debian 12's node runs.
PROXY := .node/node_modules/configurable-http-proxy

PIP := .venv/bin/python -m pip --disable-pip-version-check
# Programs that start other programs by name (jupyter, nbgrader) find those of .venv. Set per command: the search for
# a Python to build .venv from must not find .venv itself. PYTHONDONTWRITEBYTECODE is emptied, even if the machine sets
# it: each worker of the tests would otherwise compile all modules anew, for 5 s.
RUN := PATH="$$PWD/.venv/bin:$$PATH" PYTHONDONTWRITEBYTECODE= .venv/bin/python

# Four workers on two cores, because some tests wait for a process or a limit. Each file goes to one worker, in the
# order that tests/conftest.py gives; at the end pytest lists the twenty slowest tests and set-ups.
SPREAD := -n 4 --dist loadfile --no-loadscope-reorder --durations=20 --durations-min=1

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 32

demo: $(INSTALLED) ## grade a sample class from release to marks
	@$(RUN) -m torchmarks demo $(ARGS)

test: $(INSTALLED) ## run the tests (14 to 16 minutes on two cores)
	@$(RUN) -m pytest $(SPREAD) $(ARGS)

test-all: $(INSTALLED) ## run the tests, the slow ones too
	@$(RUN) -m pytest $(SPREAD) -m "" $(ARGS)

# Not in CI: package indexes have these as builds for CUDA, about 3 GB each to download.
test-torch: $(INSTALLED) ## run the notebooks on the oldest and newest torch
	@$(RUN) tests/tools/torch_range.py $(ARGS)

# Jupyter refuses to run as root without --allow-root.
lab: $(INSTALLED) ## open the course in JupyterLab
	@allow=; [ "$$(id -u)" -ne 0 ] || allow=--allow-root; $(RUN) -m jupyterlab $$allow $(ARGS)

# A hub as docs/jupyterhub.md sets it up, on this machine's loopback, in temporary folders.
hub: $(INSTALLED) $(PROXY) ## try a JupyterHub: a grader and two students (root)
	@$(RUN) tests/hub/serving.py $(ARGS)

lint: $(INSTALLED) ## check style (ruff) and types (mypy)
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy torchmarks benchmarks $(wildcard tests/typing)

pictures: $(INSTALLED) ## retake the pictures of boxes and feedback in docs/images (needs Chromium)
	@UPDATE_IMAGES=1 $(RUN) -m pytest -m "" tests/browser/test_boxes.py tests/browser/test_feedback.py $(ARGS)

bench: $(INSTALLED) ## run the benchmarks (about two hours on two cores)
	@set -e; for script in benchmarks/*.py; do \
		[ -e "$$script" ] || { echo "No benchmark in benchmarks/ yet."; break; }; \
		echo "== $$script"; $(RUN) "$$script"; \
	done

student-bundle: $(INSTALLED) ## pack what students need into dist/
	@$(RUN) -m torchmarks student-bundle $(ARGS)

student-environment: $(INSTALLED) ## make the environment that all students share, in DIR=/opt/course
	@$(RUN) -m torchmarks student-environment "$(DIR)" $(ARGS)

install: $(INSTALLED) ## make .venv with everything in it (the other targets do this by themselves)

clean: ## remove .venv and caches; marks and students' work stay
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PROXY):
	npm install --prefix .node --no-fund --no-audit --loglevel=error configurable-http-proxy@~5.1

$(MADE):
	@found=; \
	for python in $(if $(PYTHON),"$(PYTHON)",python3.11 python3 python3.12 python3.13 python3.14); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "No Python 3.11 or newer found$(if $(PYTHON), at $(PYTHON))." >&2; \
		echo "Install one (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=/path/to/python3.11" >&2; \
		exit 2; \
	fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$found cannot make virtual environments." >&2; \
		echo "Install the missing part (Debian: apt-get install python3-venv) and try again." >&2; \
		exit 2; \
	fi; \
	echo "Making .venv with $$found"; \
	"$$found" -m venv --clear .venv
	@touch $@

# torch first and alone: the packages after it then find it installed, and none of them picks another build.
# The .json is copied below etc/jupyter, also by an editable installation; __init__.py holds the version.
$(INSTALLED): pyproject.toml $(wildcard torchmarks/course/nbgrader_config.json torchmarks/__init__.py) | $(MADE)
	@echo "Installing $(TORCH), then the rest. This happens once and takes some minutes."
	@$(PIP) install "$(TORCH)"
	@$(PIP) install --quiet --editable ".[grading,cluster,hub,test,dev]"
	@touch $@
