# make demo | setup | test | check | docs | screenshots. Needs Python 3.11 or newer; Node comes with the packages.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PAGE_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/tests/*' 2>/dev/null)
INSTALL_INPUTS := pyproject.toml hatch_build.py $(PAGE_SOURCES)
IN_WEB := cd web && PATH="$(abspath $(BIN)):$$PATH"

.PHONY: demo setup test check docs screenshots

# Only what serving needs: ready sooner than everything that developing needs.
demo: $(VENV)/.installed
	$(BIN)/fewclicks demo $(ARGS)

setup: $(VENV)/.installed-dev

# A worker per core; each of them must not start a thread per core on top.
test: $(VENV)/.installed-train web/node_modules/.package-lock.json
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)
	$(IN_WEB) npm test

check: $(VENV)/.installed-dev web/node_modules/.package-lock.json
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(IN_WEB) npm run check

# The tables of options in docs/commands.md, from the command line.
docs: $(VENV)/.installed-dev
	$(BIN)/python docs/tables.py

screenshots: $(VENV)/.installed-dev
	$(BIN)/python tests/end_to_end/screenshots.py

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
