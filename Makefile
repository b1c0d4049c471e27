# Every target sets up what it needs. `make run` and `make test` are all that a newcomer must know.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: run test check bench readme screenshots setup

run: setup
	$(BIN)/python app.py $(ARGS)

test: setup .venv/browser
	$(BIN)/pytest $(ARGS)

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	$(BIN)/python -m benchmarks.start $(ARGS)

readme: setup
	$(BIN)/python -m docs.generate

screenshots: setup .venv/browser
	$(BIN)/python -m docs.screenshots

# Models on board: a second run sees by their stamps that they stand, and returns at once.
setup: .venv/installed
	$(BIN)/python -m starters

.venv/installed: requirements.txt requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# The browser tests want a Chromium. Root on Debian gets it from apt; others are told what to do.
.venv/browser: .venv/installed
	sh .ci/browser
	touch $@
