# azos: `make run` starts it and `make test` tests it; both set up what they need.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check faults fuzz bench reference clean programs

run: $(VENV)/.run
	@$(BIN)/azos

test: $(VENV)/.dev programs
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/generate_reference.py --check

faults: $(VENV)/.dev programs
	$(BIN)/python -m pytest tests/faults -m "slow or not slow" --timeout 1800

# Random and damaged scripts by azos, dash and bash: how many, and which, can be told (FUZZ_EXAMPLES, FUZZ_SEED); and
# random changes between cached commands, each of whose answers is compared with an uncached run.
fuzz: export FUZZ_EXAMPLES ?= 5000
fuzz: export FUZZ_DAMAGED ?= 10000
fuzz: export CACHE_SEQUENCES ?= 2000
fuzz: $(VENV)/.dev programs
	$(BIN)/python -m pytest tests/fuzz --timeout 1800

bench: $(VENV)/.dev $(VENV)/.bench $(VENV)/.traces
	$(BIN)/python scripts/bench/run.py
	$(BIN)/python scripts/bench/cache.py
	$(BIN)/python scripts/bench/tracing.py
	$(BIN)/python scripts/bench/data.py
	$(BIN)/python scripts/bench/items.py
	$(BIN)/python scripts/bench/web.py

reference: $(VENV)/.dev
	$(BIN)/python scripts/generate_reference.py

# The programs that tests run azos against and beside, where the system's package manager can be used for it.
programs:
	@sh scripts/install_programs.sh

$(VENV)/bin/python:
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@env -u PYTHONDONTWRITEBYTECODE $(PIP) install -c constraints.txt -e . >&2
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@env -u PYTHONDONTWRITEBYTECODE $(PIP) install -c constraints.txt -e '.[dev]' -e plugins/checksum >&2
	@env -u PYTHONDONTWRITEBYTECODE $(PIP) install -c constraints.txt --no-deps vega-datasets >&2  # its data only
	@touch $@ $(VENV)/.run

# What is measured beside azos's cache and data lanes. Without it the bench leaves out what is missing, and says so.
$(VENV)/.bench: pyproject.toml constraints.txt | $(VENV)/bin/python
	@env -u PYTHONDONTWRITEBYTECODE $(PIP) install -c constraints.txt -e '.[bench]' >&2 && touch $@ \
	  || echo 'make: the peers cannot be installed; going on without' >&2

$(VENV)/.traces: scripts/bench/simulation/public_traces.py | $(VENV)/bin/python
	@$(BIN)/python scripts/bench/simulation/public_traces.py && touch $@ \
	  || echo 'make: the public traces cannot be had; going on without' >&2

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
