# `make` alone lists what there is. Needed beforehand: make, and Python 3.11 or later.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help env demo test lint format bench bench-region bench-import lock messages clean

BIN := .venv/bin
EMBEDDED := $(BIN)/python -m ent.embedded
CODE := ent accounts establishments pedagogy citizen_services
# Passed on: make test ARGS="-k tenancy -x"
ARGS ?=

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: .venv/synced ## Python environment in .venv, from the locked requirements

demo: env ## The portal with invented schools, on http://127.0.0.1:8000 (ENT_PORT, ENT_HOME)
	@$(EMBEDDED) demo

test: env ## All tests, on a PostgreSQL and a Redis of their own (ARGS="-k tenancy")
	@CHROMIUM="$$($(BIN)/python tests/chromium.py)" && export CHROMIUM && \
		$(EMBEDDED) run --throw-away -- pytest -n 2 $(ARGS)

lint: env ## Style, types, templates, layers of imports, missing migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	$(BIN)/djlint --lint --quiet --profile django templates
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(EMBEDDED) run --throw-away -- python manage.py makemigrations --check --dry-run

format: env ## Put Python and templates in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} +

bench: env ## Measure the pages against bare ones (data in .ent/bench)
	@ENT_HOME=.ent/bench $(EMBEDDED) run -- python manage.py bench $(ARGS)

bench-region: env ## Measure the desk's search over 350,000 people (the first time makes and imports them)
	@ENT_HOME=.ent/bench-region ENT_BENCH_SCHOOLS=292 ENT_BENCH_STUDENTS=152000 \
		$(EMBEDDED) run -- python manage.py bench --features directory support $(ARGS)

bench-import: env ## Measure the directory's import on a fresh database (ENT_BENCH_SCHOOLS, ENT_BENCH_STUDENTS)
	@export ENT_HOME=.ent/bench-import && $(EMBEDDED) erase && \
		$(EMBEDDED) run -- python manage.py bench_import $(ARGS) && $(EMBEDDED) erase

lock: env ## Resolve the dependencies into requirements/ (ARGS=--upgrade for newer ones)
	$(UV) pip compile $(LOCKED) --output-file requirements/base.txt pyproject.toml
	$(UV) pip compile $(LOCKED) --group dev --output-file requirements/dev.txt pyproject.toml

messages: env ## Collect the strings to translate (needs gettext)
	$(BIN)/django-admin makemessages --all --no-location --ignore=.venv --ignore=.ent

clean: ## Forget the data of demo and bench, the caches; .venv stays
	@if [ -x $(BIN)/python ]; then ENT_HOME=.ent/bench $(EMBEDDED) erase && $(EMBEDDED) erase; fi
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

# --- The environment ------------------------------------------------------------------------------------------
# uv from PATH (a version manager's shim may be there and not work), or else one of our own, in this folder.
UV = $(shell if uv --version >/dev/null 2>&1; then echo uv; else echo .venv-uv/bin/uv; fi)
# --universal: for each Python from 3.11.0 on, and not only for the one that resolves.
LOCKED := --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet $(ARGS)
export UV_PYTHON_DOWNLOADS := never
# Of uv's own certificates and the system's, only the latter may know the proxy of a school or an office.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),)
export UV_SYSTEM_CERTS := true
endif

.venv/synced: requirements/dev.txt
	@uv --version >/dev/null 2>&1 || $(MAKE) --no-print-directory .venv-uv/bin/uv
	@[ -x $(BIN)/python ] || $(UV) venv --quiet --clear --python 3.11 .venv 2>/dev/null || $(UV) venv --clear --python '>=3.11' .venv
	@echo 'Installation des dépendances dans .venv…'
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@touch $@

# A venv, or a bare folder where Debian has left venv out; neither touches the system's or the person's Python.
.venv-uv/bin/uv:
	@(python3 -m venv --clear .venv-uv && .venv-uv/bin/python -m pip install --quiet uv) >/dev/null 2>&1 || \
		python3 -m pip install --quiet --upgrade --target .venv-uv uv || \
		{ echo 'Il faut uv (docs.astral.sh/uv), ou bien python3-venv ou pip.' >&2; exit 1; }
	@echo '*' > .venv-uv/.gitignore
