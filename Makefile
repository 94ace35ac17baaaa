# Two commands for everyone: `make demo` and `make test`. PYTHON may name another interpreter (3.11 or newer).
PYTHON ?= python3
VENV ?= .venv
# Mutants tried in each module by `make nightly`, a random sample; 0 tries all of them.
MUTANTS ?= 60
BIN := $(VENV)/bin

.PHONY: demo test nightly coverage docs clean browser

$(VENV)/.installed: setup.cfg pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/radiomics-mammo demo --out demo-results

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

docs: $(VENV)/.installed-test
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) build dist site *.egg-info
