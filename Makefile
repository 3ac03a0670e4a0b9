# Needs Python 3.11 or newer; pip installs Node. `make` lists the commands: each target with a comment after `##`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PAGE_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/tests/*' 2>/dev/null)
INSTALL_INPUTS := pyproject.toml hatch_build.py $(PAGE_SOURCES)
IN_WEB := cd web && PATH="$(abspath $(BIN)):$$PATH"

.PHONY: help demo test long check contract docs setup torch wheel screenshots

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Only what serving needs: ready sooner than everything that developing needs.
demo: $(VENV)/.installed ## open the sample project; ARGS="--port 9000 --no-browser" are its options
	$(BIN)/fewclicks demo $(ARGS)

# A worker per core; each of them must not start a thread per core on top.
test: $(VENV)/.installed-train web/node_modules/.package-lock.json ## run every test; ARGS="tests/store -k undo" selects Python tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)
	$(IN_WEB) npm test

long: $(VENV)/.installed-dev ## run the tests that take half an hour: 500 kills, two pages; writes tests/long/reports
	OMP_NUM_THREADS=1 $(BIN)/python tests/long/kills.py
	OMP_NUM_THREADS=1 $(BIN)/python tests/long/two_pages.py

check: $(VENV)/.installed-dev web/node_modules/.package-lock.json ## check style and types: ruff, mypy, svelte-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(IN_WEB) npm run --silent generate -- --check || { echo "web/src/api/schema.d.ts is not what the server's routes say: run 'make contract' and commit it"; exit 1; }
	$(IN_WEB) npm run check

contract: $(VENV)/.installed-dev web/node_modules/.package-lock.json ## generate the page's types from the server's routes
	$(IN_WEB) npm run generate

docs: $(VENV)/.installed-dev ## write the tables of options and the example files in the docs
	$(BIN)/python docs/tables.py
	$(BIN)/python docs/example_files.py

setup: $(VENV)/.installed-dev ## install what development needs into .venv, without torch

torch: | $(BIN)/python ## install torch, which training needs
	$(BIN)/python -m pip install -e '.[train]'

wheel: | $(BIN)/python ## build dist/fewclicks-VERSION-py3-none-any.whl, with the page and the weights
	$(BIN)/python -m pip wheel --no-deps --wheel-dir dist .
	@ls dist/*.whl

screenshots: $(VENV)/.installed-dev ## make the pictures in docs/images again; needs Chromium
	$(BIN)/python tests/end_to_end/screenshots.py $(ARGS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fewclicks needs Python 3.11 or newer; make PYTHON=... names another one")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(INSTALL_INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install -e .
	@touch $@

$(VENV)/.installed-dev: $(INSTALL_INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install -e '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-train: $(INSTALL_INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install -e '.[dev,train]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-dev

web/node_modules/.package-lock.json: web/package-lock.json | $(VENV)/.installed-dev
	$(IN_WEB) npm ci
	@touch $@
