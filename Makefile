# `make` alone lists what there is to do. Settings: make PYTHON=python3.12 test

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
ARGS ?=
WORKERS ?= auto
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

VENV := .venv
BIN := $(VENV)/bin

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: .venv-demo/.installed ## Run the demonstration on real data, end to end
	.venv-demo/bin/symgrad demo $(ARGS)

.PHONY: test
test: $(VENV)/.installed ## Run the tests and doctests (ARGS="-k relu")
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 $(ARGS)

.PHONY: coverage
coverage: $(VENV)/.installed ## Run the tests and show what they do not reach
	$(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 --cov --cov-report=term:skip-covered $(ARGS)

.PHONY: lint
lint: $(VENV)/.installed ## Check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

.PHONY: types
types: $(VENV)/.installed ## Check the types of symgrad/
	$(BIN)/mypy

.PHONY: check
check: ## Do all that CI does: lint, types, test
	$(MAKE) lint
	$(MAKE) types
	$(MAKE) test

.PHONY: format
format: $(VENV)/.installed ## Rewrite the sources in the house format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

.PHONY: bench
bench: .venv-bench/.installed ## Measure speed and memory beside other tools (ARGS="--quick")
	.venv-bench/bin/python benchmarks/run.py $(ARGS)

.PHONY: peers
peers: .venv-peers/.installed ## Count the delicate formulas that other tools get right (minutes)
	PYTHONPATH=. .venv-peers/bin/python benchmarks/delicate.py

.PHONY: notebooks
notebooks: $(VENV)/.installed ## Run the notebooks again and store their results
	@set -- notebooks/*.ipynb; [ -e "$$1" ] || { echo "no notebooks in notebooks/" >&2; exit 1; }
	$(BIN)/python -c "$$EXECUTE" notebooks/*.ipynb

# Not jupyter-execute: it stores the time of every cell, so that each run would change each file.
define EXECUTE
import sys, nbformat
from nbclient import NotebookClient
for path in sys.argv[1:]:
    print(path, flush=True)
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": "notebooks"}}
    NotebookClient(notebook, record_timing=False, coalesce_streams=True, resources=place).execute()
    nbformat.write(notebook, path)
endef
export EXECUTE

.PHONY: build
build: $(VENV)/.installed ## Build the wheel into dist/
	$(BIN)/python -m pip wheel --no-deps --wheel-dir dist .

.PHONY: clean
clean: ## Remove environments, caches and build results
	rm -rf .venv .venv-demo .venv-bench .venv-peers build dist .coverage .coverage.* htmlcov
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find symgrad tests -name __pycache__ -type d -prune -exec rm -rf {} +

# One environment per purpose, installed again when pyproject.toml changes.
.venv/.installed: EXTRA := test
.venv-demo/.installed: EXTRA := demo
.venv-bench/.installed: EXTRA := bench
.venv-peers/.installed: EXTRA := peers
TORCH = $(@D)/bin/python -m pip install --quiet --retries 1 --index-url $(TORCH_INDEX) 'torch>=2.4,<3'

.venv/.installed .venv-demo/.installed .venv-bench/.installed .venv-peers/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "symgrad needs Python 3.11 or newer, but '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)" >&2; \
	  echo "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' cannot make virtual environments: its venv or ensurepip module is missing." >&2; \
	  echo "On Debian and Ubuntu: apt install python3-venv. Or name another: make PYTHON=..." >&2; exit 1; }
	@$(@D)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(@D)
	@[ '$(EXTRA)' != bench ] || $(TORCH) || echo "No PyTorch for the CPU: its column stays empty." >&2
	$(@D)/bin/python -m pip install --quiet --editable '.[$(EXTRA)]'
	@touch $@
