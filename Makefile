# Everything below needs git, make and Python >= 3.11 with venv; the rest is installed into .venv.
PYTHON ?= python3
BIN := .venv/bin
# Many tests wait for processes: half as many workers again as there are cores keep those busy.
WORKERS ?= $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) * 3 // 2)")
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist worksteal
# Every line and branch of core is reached from these. Watching the other tests too would double what they cost.
PROOF := tests/core tests/tick

.PHONY: demo test test-agents lint types unit fuzz bench format clean
.DEFAULT_GOAL := test

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: .venv/ready
	$(BIN)/intake demo

test: lint types unit

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/ready
	$(BIN)/mypy

unit: .venv/ready
	$(PYTEST) --cov=issue_intake.core --cov-branch --cov-report= $(PROOF)
	$(BIN)/coverage report --include='issue_intake/core/*' --fail-under=100
	$(PYTEST) $(addprefix --ignore=,$(PROOF))

# make fuzz TIMES=100: so many times the cases that the suite tries
TIMES ?= 20
fuzz: .venv/ready
	INTAKE_FUZZ=$(TIMES) $(PYTEST) tests/fuzz

# The genuine agents against a model on loopback, no part of `make test`: needs Node, and about 1.5 GB in .agents.
test-agents: .venv/ready .agents/ready
	INTAKE_AGENTS=$(CURDIR)/.agents $(PYTEST) tests/agents

.agents/ready: tests/agents/package.json tests/agents/requirements.txt
	tests/agents/install.sh .agents

# make bench ARGS="--only status idle --rounds 5 --json bench.json"
bench: .venv/ready
	$(BIN)/python -m tests.benchmarks $(ARGS)

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
