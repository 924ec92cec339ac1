# Two commands do everything on a fresh machine: `make demo` runs the main job, `make test` passes the tests.
# Each builds its own environment, in .venv, from nothing.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test coverage lint bench docs explorers clean

demo: .venv/run.stamp
	$(BIN)/windtunnel run --scenarios 300

test: .venv/dev.stamp
	$(BIN)/python -m pytest -n 2 -q

# Not part of the tests: it takes several times as long. Each package must have 90 % of its branches taken.
coverage: .venv/dev.stamp
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest -n 2 -q
	$(BIN)/coverage combine -q
	$(BIN)/coverage json -q --fail-under=0 -o .coverage.json
	$(BIN)/python -m tests.branch_coverage .coverage.json

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/run.stamp
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.swarm

docs: .venv/run.stamp
	$(BIN)/windtunnel fidelity --out docs/fidelity.md

explorers: .venv/run.stamp
	$(BIN)/python -m benchmarks.explorers --out docs/explorers.md

clean:
	rm -rf .venv .coverage .coverage.* .hypothesis .pytest_cache .mypy_cache .ruff_cache build dist *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run.stamp: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

.venv/dev.stamp: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $@ .venv/run.stamp
