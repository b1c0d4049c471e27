# Every target sets up what it needs. `make run` and `make test` are all that a newcomer must know.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Files of tests that run at a time
JOBS ?= 2

.PHONY: run test check bench readme clients screenshots setup ray test-cluster

run: setup
	$(BIN)/python app.py $(ARGS)

test: setup .venv/browser .venv/clients
	$(BIN)/pytest -n $(JOBS) --dist loadfile $(ARGS)

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup .venv/browser
	$(BIN)/python -m benchmarks $(ARGS)

readme: setup
	$(BIN)/python -m docs.generate

clients: setup .venv/clients
	$(BIN)/pytest tests/clients
	$(BIN)/python -m docs.clients

screenshots: setup .venv/browser
	$(BIN)/python -m docs.screenshots

# A Ray on this machine, with a token, for trying endpoints out. Ctrl+C ends it.
ray: setup .venv-cluster/installed
	sh .ci/ray $(ARGS)

# Endpoints on a real Ray. `make test-cluster ARGS=--heavy` also ends nodes and the head.
test-cluster: setup .venv-cluster/installed
	.venv-cluster/bin/python -m pytest tests/cluster -v --durations=10 $(ARGS)

# Models on board: a second run sees by their stamps that they stand, and returns at once.
setup: .venv/installed
	$(BIN)/python -m starters

.venv/installed: requirements.txt requirements-otel.txt requirements-services.txt requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# Ray beside what is in .venv, so that no other test runs with what Ray brings along.
.venv-cluster/installed: .venv/installed requirements-cluster.txt
	$(BIN)/python -m venv .venv-cluster
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > .venv-cluster/below.pth
	mv .venv-cluster/below.pth "$$(.venv-cluster/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	.venv-cluster/bin/pip install --quiet --disable-pip-version-check -r requirements-cluster.txt
	touch $@

# The JavaScript clients that the tests drive, and axe-core; without npm their tests are skipped.
.venv/clients: .venv/installed tests/clients/package.json
	mkdir -p $@
	cp tests/clients/package.json $@
	if command -v npm >/dev/null; then npm install --prefix $@ --silent --no-audit --no-fund; fi
	touch $@

# The browser tests want a Chromium. Root on Debian gets it from apt; others are told what to do.
.venv/browser: .venv/installed
	sh .ci/browser
	touch $@
