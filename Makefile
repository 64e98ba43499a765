# Everything goes into .venv; the command is .venv/bin/onshi.
# `make demo` shows the main job, `make test` proves it; both do their own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
PARTS := protocol edge central models firmware_config sandbox onshi bench
PYTEST_WORKERS ?= 2

.PHONY: help demo test soak bench lint docs lock clean system face card

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

$(VENV)/bin/python:
	@echo "set-up: virtual environment" >&2
	@$(PYTHON) -m venv $(VENV)

# Locks are complete, so nothing is resolved (--no-deps): a resolver would ask for releases newer than the lock.
$(VENV)/run.stamp: $(VENV)/bin/python requirements/run.lock requirements/letters.lock pyproject.toml
	@echo "set-up: packages for the demo (pinned by hash)" >&2
	@$(PIP) install --no-deps --require-hashes -r requirements/run.lock -r requirements/letters.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements/dev.lock
	@echo "set-up: packages for the tests (pinned by hash)" >&2
	@$(PIP) install --no-deps --require-hashes -r requirements/dev.lock
	@touch $@

# pyscard is built from source, so it comes once libpcsclite's headers are there (`make system`).
$(VENV)/card.stamp: $(VENV)/run.stamp requirements/card.lock
	@echo "set-up: pyscard, built against libpcsclite" >&2
	@PATH=$(CURDIR)/$(BIN):$$PATH $(PIP) install --no-deps --require-hashes --no-build-isolation -r requirements/card.lock
	@touch $@

$(VENV)/face.stamp: $(VENV)/run.stamp requirements/face.lock requirements/portraits.lock requirements/portraits-source.lock requirements/fronts.lock
	@echo "set-up: face and card-front models and their runtime" >&2
	@$(PIP) install --no-deps --require-hashes -r requirements/face.lock
	@$(PIP) install --no-deps --require-hashes -r requirements/portraits.lock -r requirements/fronts.lock
	@$(PIP) download --no-deps --require-hashes --no-binary :all: --no-build-isolation -d $(VENV)/share/onshi/portraits -r requirements/portraits-source.lock
	@touch $@

$(VENV)/insightface.stamp: $(VENV)/face.stamp requirements/insightface.lock
	@echo "set-up: the second face engine" >&2
	@$(PIP) install --no-deps --require-hashes -r requirements/insightface.lock
	@touch $@

system: ## Install the system packages that the tests use (root or sudo)
	@bash requirements/system.sh

face: $(VENV)/face.stamp ## Install the face models and their runtime, and build the pack
	@$(BIN)/onshi models build

card: $(VENV)/card.stamp ## Install pyscard, for a real reader

demo: $(VENV)/run.stamp ## One visit from card to answer, shown step by step
	@$(BIN)/onshi demo $(ARGS)

test: system $(VENV)/dev.stamp $(VENV)/card.stamp $(VENV)/insightface.stamp ## Gate and tests, short counts
	@$(MAKE) --no-print-directory lint
	@$(BIN)/python -m tests.gate

soak: system $(VENV)/dev.stamp $(VENV)/card.stamp $(VENV)/insightface.stamp ## The counts that the issues name
	@$(BIN)/pytest -m soak -p no:cacheprovider --timeout 3600 tests

bench: $(VENV)/dev.stamp $(VENV)/face.stamp ## Ratios against a floor measured in the same run
	@$(BIN)/python -m bench $(ARGS)

lint: $(VENV)/dev.stamp $(VENV)/face.stamp ## ruff, mypy, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

docs: $(VENV)/dev.stamp ## Build the book into docs/_build/html
	@$(BIN)/sphinx-build -W -q -b html docs docs/_build/html

lock: ## Write the hash locks anew (needs uv on the PATH or in .venv)
	@for part in run dev card central face insightface; do \
	  case $$part in \
	    run) extras="--extra edge --extra central --extra sandbox --extra build";; \
	    dev) extras="--extra edge --extra central --extra sandbox --extra build --extra dev";; \
	    card) extras="--extra card";; \
	    face) extras="--extra face";; \
	    insightface) extras="--extra face --extra insightface";; \
	    central) extras="--extra central --extra build";; \
	  esac; \
	  PATH=$(BIN):$$PATH uv pip compile -q pyproject.toml $$extras --universal --python-version 3.11 \
	    --generate-hashes --no-header --no-annotate -c requirements/constraints.txt -o requirements/$$part.lock; \
	done

clean: ## Remove what the targets made
	@rm -rf $(VENV) .onshi docs/_build .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
