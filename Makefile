# The two commands of a newcomer: `make run` and `make test`. Everything else serves them.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*/\1/p' $(firstword $(MAKEFILE_LIST)))
.DEFAULT_GOAL := help

# Images of containers often set this: each process would compile the product anew at its start, and each run all tests.
export PYTHONDONTWRITEBYTECODE :=

PYTHON := $(shell sh scripts/find_python.sh 2>/dev/null)

help:            ## this list
	@grep -E '^[a-z-]+: .*##|^[a-z-]+:  *##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

setup:           ## build the two environments
	@sh scripts/find_python.sh >/dev/null
	@$(PYTHON) scripts/bootstrap.py

setup-tests:     ## the same, and what only the tests need
	@sh scripts/find_python.sh >/dev/null
	@$(PYTHON) scripts/bootstrap.py --tests

encoder: setup   ## build the embedded sentence encoder if the present one does not fit
	@.venv/bin/python scripts/build_embedding_model.py --no-vectors

run: setup       ## run the whole product on this machine
	@.venv/bin/motcua run

train: setup     ## train the Rasa model if the present one does not fit
	@.venv/bin/motcua train

check: setup     ## style, types, import rules, catalogue, Rasa's own validation
	@sh scripts/check.sh

test: setup-tests ## every check and every test
	@.venv/bin/python scripts/side_by_side.py "sh scripts/check.sh" ".venv/bin/motcua train" \
		".venv/bin/python scripts/build_embedding_model.py --no-vectors"
	@.venv/bin/python -m pytest -n 3

test-postgres: setup-tests ## every test of what stands on a ledger, with the ledger on PostgreSQL
	@TEST_LEDGER=postgresql .venv/bin/python -m pytest -n 2

lock:            ## write the lock files anew from requirements/*.in (needs uv)
	@sh scripts/lock.sh

bench: setup train ## the engine beside stock Rasa: turns a second, waits, memory (builds stock Rasa once, 2.5 GB; about half an hour)
	@.venv/bin/python -m benchmarks.engine

bench-search: setup ## search quality and speed against plain BM25
	@.venv/bin/python -m benchmarks.search

bench-understanding: setup ## search beside plain BM25, and the NLU beside stock Rasa (builds its environment once, 2.5 GB)
	@.venv/bin/python -m benchmarks.understanding

bench-rolling-restart: setup encoder ## restart the product process by process while citizens write; counts what became of every message
	@.venv/bin/python -m benchmarks.rolling_restart

chaos: setup-tests encoder ## kill the product's processes under traffic and count what became of every message
	@.venv/bin/python -m benchmarks.chaos

bench-inbox: setup ## what the inbox pages of 200 officers cost, each for itself and shared
	@.venv/bin/python -m benchmarks.inbox

bench-webhooks: setup ## how soon a webhook is acknowledged, beside an echo of the same stack
	@.venv/bin/python -m benchmarks.webhooks

bench-metrics: setup ## what the counters of one turn cost in processor time
	@.venv/bin/python -m benchmarks.metrics

bench-load: setup-tests encoder ## the whole product under load, and docs/operators/capacity.md from it (half an hour)
	@.venv/bin/python -m benchmarks.webhooks
	@.venv/bin/python -m benchmarks.load steady --rate 30 --seconds 60 --workers 2
	@.venv/bin/python -m benchmarks.load storm --rate 200 --seconds 60 --workers 2
	@.venv/bin/python -m benchmarks.load cost
	@.venv/bin/python -m benchmarks.load capacity

bench-usage: setup ## what the nightly count of usage costs, beside counting row by row
	@.venv/bin/python -m benchmarks.usage

fuzz: setup-tests ## feed every parser that faces the outside for FUZZ_SECONDS (600) and count what came of it
	@.venv/bin/python -m tests.fuzz

rehearse-upgrade: setup ## take the previous release's ledger over, and give it back, with citizens in the middle of a talk
	@.venv/bin/python -m scripts.rehearse_upgrade $(if $(FROM),--from $(FROM)) $(if $(DATABASE),--database $(DATABASE))

bench-tracing: setup ## what a span of a trace costs, kept, not kept and switched off
	@.venv/bin/python -m benchmarks.tracing

audit: setup-tests ## ask for known vulnerabilities of the lock files; says what it could not look up
	@.venv/bin/python scripts/audit.py

sbom: setup-tests ## the bill of materials of both environments (CycloneDX), in dist/
	@.venv/bin/python scripts/release.py --only sbom

docs: setup-tests ## the documentation site, in dist/site
	@.venv/bin/python scripts/release.py --only site

release: setup-tests ## check version, changelog and tree, then build wheel, bill of materials and site into dist/
	@.venv/bin/python scripts/release.py

eval: setup      ## measure understanding, search and dialogues on data/eval
	@sh scripts/eval.sh

split-check: setup ## no nearly equal texts in two splits of data/eval
	@.venv/bin/motcua eval split-check

check-deployment: setup ## check the files of deploy/ with the tools that are there
	@sh scripts/check_deployment.sh

package: setup-tests ## wheel and source archive in dist/
	@.venv/bin/python -m build --no-isolation --outdir dist .

clean:           ## remove environments, models and local data
	rm -rf .venv .venv-engine models var .rasa .pytest_cache .mypy_cache .ruff_cache
