# Two commands matter: `make run` serves the site, `make test` checks everything. `make help` lists the rest.
.POSIX:
.DEFAULT_GOAL := help
.PHONY: help run test lint types unit promises screens bench bench-import bench-suggest measure-duplicates audit vendor lock clean
BIN = .venv/bin
PROMISES = tests/promises tests/test_access.py tests/test_hidden_names.py tests/test_reads.py tests/test_middleware.py tests/tracker/test_server.py tests/tracker/test_supply_chain.py \
	tests/services/test_audit.py tests/management/test_backup.py tests/tracker/test_log.py tests/accounts tests/admin tests/api/test_contract.py tests/browser

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

run: ## set up what is missing and serve the site on this machine (PORT=8001 for another port)
	@.ci/setup
	@exec $(BIN)/python -m tracker.local

test: ## everything that CI checks: style, types, floors, templates, migrations, secrets, then the tests
	@.ci/setup
	@exec $(BIN)/python -m tracker.checks --all

lint: ## the checks of `make test` without the tests
	@.ci/setup
	@exec $(BIN)/python -m tracker.checks

promises: ## the full figures of the promises in docs/reliability.md (long)
	@.ci/setup
	@$(BIN)/python -m tracker.vendor --tests
	@PROMISES=full exec $(BIN)/pytest -p no:randomly -n 0 -s $(PROMISES)

screens: ## pictures of every page, light and dark, wide and narrow, under var/screens
	@.ci/setup
	@$(BIN)/python -m tracker.vendor --tests
	@exec $(BIN)/python -m pytest tests/screens.py -n 0

bench: ## measure the API beside a bare handler and a plain one (SIZES="10000 100000"); prints a report
	@.ci/setup
	@exec $(BIN)/python -m bench $(SIZES)

bench-suggest: ## measure suggestions by nested cross-validation over the shipped literature; prints tables
	@.ci/setup
	@exec $(BIN)/python -m bench.suggest

bench-import: ## measure an import beside the bare parser and the bare index (ENTRIES=10000); prints entries a second and peak memory
	@.ci/setup
	@exec $(BIN)/python -m bench.importing $(ENTRIES)

measure-duplicates: ## print precision and recall of duplicates over the papers on record, told in other ways
	@.ci/setup
	@exec $(BIN)/python -m tracker.local measure_duplicates

audit: ## ask the advisory database for known holes in what is locked
	@.ci/setup
	@$(BIN)/pip-audit --require-hashes --disable-pip --strict --progress-spinner off -r requirements-dev.lock || { echo "Not clean: a package named above has a known hole, or the advisory source does not answer from here and nothing could be checked." >&2; exit 1; }

vendor: ## letters, icons, scripts and the browser for tests, under var
	@.ci/setup
	@exec $(BIN)/python -m tracker.vendor --tests

lock: ## make the lock files anew from pyproject.toml and package.json
	@[ -x var/tools/bin/uv ] || rm -f .venv/made-of
	@.ci/setup
	var/tools/bin/uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements.lock
	var/tools/bin/uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-header --quiet -o requirements-dev.lock
	$(BIN)/npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund

clean: ## remove what was installed or built; the data under var/postgres stay
	rm -rf .venv var/npm var/vendor var/static var/static.stamp var/tools var/chromium var/test-postgres
