# Everything a person does here. `make` alone prints this help.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# Servers and commands that tests start, by the hundred, shall not compile the same files each for itself.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed-from-pyproject
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
WORKERS ?= 2

.PHONY: help install demo serve test test-quick system-packages check format pictures bench clean
.PHONY: check-format check-lint check-types check-imports check-house

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

install: $(READY) ## Make .venv with the server, the phone stub and the tools (quick the second time)

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with venv found." \
		"On Debian: apt install python3-venv; elsewhere: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
# Without what it depends on: only the script of axe-core in it is used, and Playwright would be 50 MB for nothing.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps axe-playwright-python
	@touch $@

demo: install ## Whole logins on an empty database: accept, pay by number, not me, a photographed code; prints each step
	$(BIN)/token-server demo

serve: install ## The same server, the example portal and a phone in a window, for a person with a browser
	$(BIN)/token-server demo --serve

system-packages: install
	@tests/support/install-system-packages.sh $(BIN)/python

test: install system-packages ## All tests, on SQLite and PostgreSQL (WORKERS=2 processes)
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

QUICK := $(addprefix tests/,config crypto database domain flows stores vectors)
test-quick: install ## The tests of the floors beneath the channels, on SQLite: about a minute
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not postgres and not needs_browser and not slow" \
		$(QUICK) $(ARGS)

CHECKS := check-format check-lint check-types check-imports check-house
check: $(CHECKS) ## Format, lint, types, imports and house rules; changes nothing (make -k check: all findings)

$(CHECKS): install
check-format:
	$(BIN)/ruff format --check
check-lint:
	$(BIN)/ruff check
check-types:
	$(BIN)/mypy
check-imports:
	$(BIN)/lint-imports
check-house: # what is slow there is left to `make test`
	$(BIN)/python -m pytest -q -m "not slow" tests/contract

format: install ## Put the code into the house's format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

pictures: install system-packages ## Take the pictures of docs/images anew: a day at a bank, in Chromium, large and small
	$(BIN)/python -m tests.walk.pictures

bench: install system-packages ## Rates and p50/p99 per step on both engines, server on one core, client on the other
	$(BIN)/python -m bench $(ARGS)

clean: ## Remove what can be made again, .venv included
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
