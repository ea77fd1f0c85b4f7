# The two commands of the README: `make run` and `make test`. Everything else is a part of them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

# where this is set, each process of the tests compiles the whole program anew: half a second of each start
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test setup sync lint format clean

run: setup  ## set up, first sync of the embedded demo (or of your store), engine and app; Ctrl-C ends all of it
	@exec $(BIN)/catalog-sync demo

test: setup  ## set up, run the tests
	$(BIN)/python -m pytest -n auto --dist worksteal

setup: $(STAMP)  ## prepare .venv and install the project into it

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Catalog Sync needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -e .
	@touch $@

sync: setup  ## one sync, its equation, and out
	@$(BIN)/catalog-sync sync

lint: setup  ## ruff and mypy, as CI runs them
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup  ## let ruff put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## remove the virtual environment and what tools left behind; data/ stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache *.egg-info
