# Courtwatch: the list of chores. `make help` prints it.
VENV   := .venv
PYTHON ?= python3
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.synced
UV     := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help setup demo test fuzz check lint types imports run serve notebook bench peers docs pictures source record lock clean

help: ## print this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv and install what requirements.lock pins

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "cannot make $(VENV): Python 3.11 or newer with the venv module is needed (Debian: apt install python3-venv)"; exit 1; }
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## replay the bundled record through the real pipeline, without network or credentials
	@$(BIN)/courtwatch demo

test: $(STAMP) ## run the tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

fuzz: $(STAMP) ## look longer for input that breaks a reader: FUZZ=20000 examples of each kind
	@FUZZ=$(or $(FUZZ),20000) $(BIN)/python -m pytest -n 2 --dist load --timeout 7200 tests/spiders -k "break"

check: lint types imports test ## lint, types, import rules, tests: what CI runs

lint: $(STAMP) ## ruff: format and rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

imports: $(STAMP) ## import-linter: data flows one way
	@$(BIN)/lint-imports

run: $(STAMP) ## one cycle over the live sources, now
	@$(BIN)/courtwatch run

serve: $(STAMP) ## all schedules on this machine, until stopped
	@$(BIN)/courtwatch serve

notebook: $(STAMP) ## draw the year from the published copy, in the browser
	@$(BIN)/marimo edit notebooks/year.py

bench: $(STAMP) ## the benchmark suite
	@$(BIN)/courtwatch bench

pictures: $(STAMP) ## draw docs/pictures from the demo's messages (Pango must be there: apt install libpango-1.0-0)
	@rm -rf .pictures && $(BIN)/courtwatch demo --home .pictures/demo
	@$(BIN)/uv venv --quiet .pictures/venv
	@$(BIN)/uv pip install --quiet --python .pictures/venv/bin/python weasyprint==70.0 pypdfium2 pillow lxml
	@.pictures/venv/bin/python tests/alerts/pictures.py .pictures/demo/preview.html docs/pictures
	@rm -rf .pictures

source: $(STAMP) ## scaffold a source: SLUG=eu_council KIND=rss URL=https://...
	@$(BIN)/courtwatch sources new "$(SLUG)" "$(KIND)" "$(URL)"

record: $(STAMP) ## keep what a source shows now for the tests: SLUG=eu_council
	@$(BIN)/courtwatch sources record "$(SLUG)"

peers: $(STAMP) ## score feedparser's own test suite, read by us; fetches its source package into .peers
	@$(BIN)/python -m tests.spiders.peers

docs: $(STAMP) ## write the generated pages anew: sources, analysts' guide, quality
	@$(BIN)/python -m flows.pages

lock: ## pin the newest allowed versions again
	@$(BIN)/uv lock --quiet --upgrade
	@$(BIN)/uv export --quiet --format requirements.txt --no-header --all-extras --no-emit-project -o requirements.lock

clean: ## remove what the tools made (keeps ./data)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .peers
