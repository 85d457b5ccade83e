# Two targets matter: `make demo` shows findings on an example system, `make test` checks everything.
# Both need only Python 3.10 or later and make.

# The newest Python that really runs (a version manager's shim may be on PATH without its Python behind it).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.10 python3.14 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN = $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: screenshots vscode vsix test-hostile test-abuse help demo test lint properties fixtures models bench bench-quick docs test-editors test-live fuzz test-kills clean

help: ## Show the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.10 or later is needed and none was found; set PYTHON=/path/to/python." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/.installed

demo: $(VENV)/.installed ## Check the example system; findings are expected there.
	@$(BIN)/eventlens check fixtures/storefront || test $$? -eq 1

lint: $(VENV)/.installed-dev ## Formatting, lint, types, layers.
	$(BIN)/ruff format --check server tests
	$(BIN)/ruff check server tests
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## Everything: lint, types, layers, tests.
	$(BIN)/pytest --numprocesses auto --maxprocesses 4

test-editors: $(VENV)/.installed-dev ## Drive the server from real editors; fails when one is missing.
	EVENTLENS_REQUIRE_EDITORS=1 $(BIN)/pytest tests/editors

screenshots: $(VENV)/.installed-dev ## Take the READMEs' pictures anew from a real VS Code; look at them before they are kept.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'pillow>=11'
	EVENTLENS_REQUIRE_EDITORS=1 $(BIN)/pytest tests/editors/vscode
	$(BIN)/python tests/editors/vscode/screenshots.py

vscode-client/node_modules: vscode-client/package-lock.json
	@command -v npm >/dev/null || { echo "npm is needed (Node.js 20 or later) and was not found." >&2; exit 1; }
	cd vscode-client && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

vscode: $(VENV)/.installed vscode-client/node_modules vsix ## The VS Code extension: lint, types, unit tests, and the package of `make vsix`.
	cd vscode-client && npm run lint && npm run typecheck && EVENTLENS_PYTHON=$(abspath $(BIN))/python npm test

vsix: $(BIN)/python vscode-client/node_modules ## Package the extension with this checkout's server in it: vscode-client/eventlens.vsix.
	rm -rf vscode-client/bundled
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir vscode-client/bundled .
	cd vscode-client && npm run vsix

test-live: $(VENV)/.installed-dev ## Run the generated code against real databases and brokers while its processes are killed.
	EVENTLENS_REQUIRE_LIVE=1 $(BIN)/pytest tests/live

properties: $(VENV)/.installed-dev ## Long random campaigns of the property tests; EXAMPLES=1000 of each.
	EVENTLENS_PROPERTY_EXAMPLES=$(or $(EXAMPLES),200) $(BIN)/pytest tests/properties tests/metamorphic

test-kills: $(VENV)/.installed-dev ## Kill processes at several hundred moments, and damage the cache at several thousand places.
	EVENTLENS_KILLS=400 EVENTLENS_FLIPS=5000 $(BIN)/pytest tests/workspace/test_cache_kills.py tests/workspace/test_cache_damage.py

test-abuse: $(VENV)/.installed-dev ## Abuse the server's protocol at length: more sessions, more documents.
	EVENTLENS_ABUSE_ROUNDS=$(or $(ROUNDS),30) $(BIN)/pytest tests/lsp/test_abuse_*.py

test-hostile: $(VENV)/.installed-dev ## Hostile workspaces at full size: folders of 100,000 entries.
	EVENTLENS_HOSTILE_ENTRIES=100000 $(BIN)/pytest tests/hostile

fuzz: $(VENV)/.installed-dev ## Read 100,000 damaged files; EVENTLENS_FUZZ_CORPUS may name folders of code to damage too.
	EVENTLENS_FUZZ_CASES=$${EVENTLENS_FUZZ_CASES:-100000} $(BIN)/pytest tests/fuzzing

fixtures: $(BIN)/python ## Check the example systems with their own compilers; npm, Maven and Go are needed.
	$(BIN)/python fixtures/typecheck.py
	$(BIN)/python fixtures/compile.py

models: $(VENV)/.installed ## Regenerate docs/libraries.md, docs/effects.md and the README's list from the library models.
	$(BIN)/python -m eventlens.knowledge.catalogue

docs: $(VENV)/.installed ## Regenerate docs/map.schema.json, docs/rules.md, docs/features.md and docs/fixes.md.
	$(BIN)/python -m eventlens.reports.map_schema > docs/map.schema.json
	$(BIN)/python -m eventlens.reports.rule_index > docs/rules.md
	$(BIN)/python -m eventlens.lsp.feature_page > docs/features.md
	cd tests && $(abspath $(BIN))/python -m fixes.coverage

bench: $(VENV)/.installed-dev ## Measure everything in docs/performance.md on a generated workspace of 20,000 files; half an hour.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python tests/benchmarks/all_benchmarks.py

bench-quick: $(VENV)/.installed-dev ## The same on 2,000 files and with fewer rounds; three minutes.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python tests/benchmarks/all_benchmarks.py --quick

clean: ## Remove what the other targets made.
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
