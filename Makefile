# Two commands for users: make serve, make test. One more for developers: make check.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: serve test check bench clean

serve: .venv/serve
	$(BIN)/feedsvc serve

# What is compiled is kept, whatever the environment says: hundreds of processes are started, and
# each would compile all of feedsvc again.
test: .venv/test
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n auto --dist worksteal

check: .venv/check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: .venv/test
	$(BIN)/python -m bench

clean:
	rm -rf .venv build *.egg-info

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "feedsvc needs Python 3.11 or newer: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv .venv

# One stamp for each set of packages: made anew when pyproject.toml asks for others.
.venv/serve: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

# What checks need has all that tests need in it.
.venv/test .venv/check: .venv/%: pyproject.toml | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@ $(if $(filter check,$*),.venv/test)
