# `make demo` for a first look, `make test` for everything. PYTHON may name another interpreter (3.11 to 3.13).
PYTHON ?= python3
VENV ?= .venv
# Mutants tried in each module by `make nightly`, a random sample; 0 tries all of them.
MUTANTS ?= 60
BIN := $(VENV)/bin

.PHONY: demo test nightly coverage docs clean browser machine wheelhouse dist readme

# One clear line each for what this machine lacks, before anything is built.
machine:
	@$(PYTHON) recipe/check_machine.py

$(VENV)/.installed: setup.cfg pyproject.toml | machine
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/radiomics-mammo demo --out demo-results
	@echo "For the next commands: . $(BIN)/activate"

# Headless Chromium for the tests of the report, from the system's packages where apt is at hand; those tests skip without.
browser:
	@command -v chromium >/dev/null || { command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ] \
	  && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || echo "no chromium: browser tests will skip"

test: $(VENV)/.installed-test browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

# Branch coverage of the normal tests; the floor is in pyproject.toml.
coverage: $(VENV)/.installed-test
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --cov --cov-report=term:skip-covered

nightly: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m nightly -s
	$(BIN)/python -m pip install --quiet 'cosmic-ray>=8.3'
	$(BIN)/python benchmarks/mutate.py --most $(MUTANTS)

# Every wheel, built once; elsewhere without compiler or network:
#   python3 -m venv .venv && .venv/bin/python -m pip install --no-index --find-links wheelhouse radiomics-mammo
wheelhouse: machine
	$(PYTHON) -m venv $(VENV)-build
	$(VENV)-build/bin/python -m pip install --quiet --upgrade pip
	$(VENV)-build/bin/python -m pip wheel --quiet --wheel-dir wheelhouse .
	rm -rf $(VENV)-build

# What would be uploaded: sdist and wheel, checked.
dist: $(VENV)/.installed-test
	$(BIN)/python -m pip install --quiet 'build>=1.2' 'twine>=6.1'
	rm -rf dist
	$(BIN)/python -m build --quiet
	$(BIN)/python -m twine check --strict dist/*

# The commands of the README, one after the other, in an empty environment and another folder.
readme: machine
	$(PYTHON) recipe/try_readme.py

docs: $(VENV)/.installed-test
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) build dist site wheelhouse *.egg-info
