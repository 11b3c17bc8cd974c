# The front desk. `make` alone says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
JOBS ?= 2
BUILD := build
# --no-compile: Python compiles what it imports; compiling everything takes longer than the download.
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install --no-compile --constraint constraints.txt
INPUTS := pyproject.toml constraints.txt src/ownproof/version.py

.PHONY: help demo test test-slow lint format types cover docs bench bench-serving wheel clean

help: ## say what can be done here
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.core ## the whole way on a real table: install, train, prove, report (under 3 minutes)
	@rm -rf $(BUILD)/demo
	@mkdir -p $(BUILD)
	$(BIN)/ownproof run examples/adult_income.csv.gz --target income --budget 60s --prove --out $(BUILD)/demo

test: $(VENV)/.test ## run the tests (under 10 minutes on two cores)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

test-slow: $(VENV)/.test ## run the tests marked slow
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m slow tests

lint: $(VENV)/.dev ## style, types, the plan of the house, generated pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/make_tables.py --check

format: $(VENV)/.dev ## let ruff lay out the code and mend what it can
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

types: $(VENV)/.dev ## the type checker alone
	$(BIN)/mypy

cover: $(VENV)/.test ## tests with line and branch coverage
	$(BIN)/coverage erase
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --cov --cov-report=term --cov-report=html:$(BUILD)/coverage

docs: $(VENV)/.core ## write the generated pages anew
	$(BIN)/python scripts/make_tables.py

bench: $(VENV)/.core ## time what has a promise: import, help, one row
	$(BIN)/python bench/start.py
	$(BIN)/python bench/one_row.py

bench-serving: $(VENV)/.core ## one row over HTTP beside a bare server and the usual stack
	$(BIN)/python bench/serving.py

wheel: $(VENV)/.core ## build the wheel into dist/
	@rm -rf dist
	$(BIN)/python -m pip --disable-pip-version-check -qq wheel --no-deps --wheel-dir dist .
	@ls dist

clean: ## remove what was built (the environment stays)
	rm -rf $(BUILD) dist .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("ownproof needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: $(INPUTS) | $(VENV)/bin/python
	$(PIP) --editable '.[boost]'
	@touch $@

$(VENV)/.test: $(INPUTS) | $(VENV)/bin/python
	$(PIP) --editable '.[test]'
	@touch $@ $(VENV)/.core

$(VENV)/.dev: $(INPUTS) | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.test $(VENV)/.core
