# Every command of the project. On a machine with python3 (3.11 or newer, with venv) and make, nothing else is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= var/demo
SINCE ?= HEAD
SIZE ?= M
ROUNDS ?= 3
MINUTES ?= 10
BAR ?= whole

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow bench fuzz sbom mutation pictures docs check fix dev generate versions lock clean

help:  ## Show the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Installs what the lock names, hashes checked, bytecode compiled; again only when the lock changes.
$(VENV)/installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed; set PYTHON=..."'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

setup: $(VENV)/installed  ## Install everything into .venv

demo: setup  ## The main job on fictitious data, in var/demo
	$(BIN)/repat demo --home $(HOME_DIR)

test: setup  ## Run all tests but the slow ones, on two workers
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-slow: setup  ## Run the slow tests: drawn populations, drills, a small benchmark (not in CI)
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m slow

fuzz: setup  ## Give changed files to every reader for MINUTES=10 of CPU; a crash is kept in build/fuzz (not in CI)
	$(BIN)/python -m tools.fuzz --minutes $(MINUTES)

mutation: setup  ## Change one rule at a time, see that a test notices; writes docs/mutation.md (half an hour, not in CI)
	$(BIN)/python -m tools.mutation

# pandas in an environment of its own: it is no dependency of the program.
.venv-bench/installed: requirements-bench.lock
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch $@

.venv-sbom/installed: requirements-sbom.lock
	test -x .venv-sbom/bin/python || $(PYTHON) -m venv .venv-sbom
	.venv-sbom/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-sbom.lock
	touch $@

sbom: setup .venv-sbom/installed  ## Bill of materials (CycloneDX, build/sbom.cdx.json) and docs/generated/licences.md
	mkdir -p build
	.venv-sbom/bin/cyclonedx-py environment $(BIN)/python --of JSON --output-reproducible --output-file build/sbom.cdx.json
	$(BIN)/python -m tools.licences

bench: setup .venv-bench/installed  ## Floor, pandas and the whole run by turns (SIZE=S|M|N, ROUNDS, BAR); writes benchmarks/RESULTS.md
	BENCH_PANDAS_PYTHON=.venv-bench/bin/python $(BIN)/python -m benchmarks --size $(SIZE) --rounds $(ROUNDS) --bar $(BAR)

pictures: setup  ## Make the pictures of docs/web_ui.md anew (Chromium; a few minutes, not in CI)
	$(BIN)/python -m tools.web_ui_pictures

docs: setup  ## The dbt docs (models, columns, lineage) as one file, in var/docs; needs no network
	$(BIN)/python -m tools.dbt_docs var/docs

check: setup  ## Lint, types, SQL style; changes nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy repat_pipeline
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests/singular

fix: setup  ## Mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 dbt_project/models dbt_project/tests/singular

generate: setup  ## Rewrite the files that are made from contracts, parameters and scenarios
	$(BIN)/python -m repat_pipeline.contracts.dbt_sources
	$(BIN)/python -m repat_pipeline.contracts.pages
	$(BIN)/python -m repat_pipeline.contracts.purposes
	$(BIN)/python -m repat_pipeline.rules.registry
	$(BIN)/python -m repat_pipeline.rules.sheet
	$(BIN)/python -m repat_pipeline.kpi.registry
	$(BIN)/python -m repat_pipeline.kpi.page
	$(BIN)/python -m tests.spec.render

versions: setup  ## Contracts whose version moved too little since a git revision (SINCE=<tag>)
	$(BIN)/python -m repat_pipeline.contracts.compatibility $(SINCE)

dev: setup  ## The web UI with the whole graph, on the home of the demo: http://127.0.0.1:3000
	$(BIN)/python -m repat_pipeline.defs.dev --home $(HOME_DIR)

lock: setup  ## Resolve the lock files anew (no registry host in them)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --extra deploy --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock
	$(BIN)/uv pip compile --group pyproject.toml:bench --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-bench.lock
	$(BIN)/uv pip compile --group pyproject.toml:sbom --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements-sbom.lock
	$(BIN)/uv pip compile pyproject.toml --extra deploy --extra dev --universal --generate-hashes --no-strip-extras --no-emit-index-url --no-annotate --no-header --quiet --constraint requirements.lock --output-file requirements-dev.lock

clean:  ## Remove what tests and builds leave behind (not var/)
	rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache dbt_project/target dbt_project/logs build *.egg-info
