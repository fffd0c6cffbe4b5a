# `make run` and `make test` need nothing but python3, git and make: see packaging/setup.sh.
# Further arguments go through ARGS, for example: make test ARGS='tests/ledger -x'

.DEFAULT_GOAL := help
.PHONY: help run test lint bench nightly lock clean
MAKEFLAGS += --no-print-directory

PYTHON_IN_VENV := .venv/bin/python

help: ## Say what each target does
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

run: ## Set up, then show the whole product at work (without a display: the same tour, headless)
	@packaging/setup.sh run
	@$(PYTHON_IN_VENV) -m kiosk demo $(ARGS)

test: ## Set up, then run every test; at most 15 minutes
	@packaging/setup.sh test
	@HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} \
		$(PYTHON_IN_VENV) -m pytest --session-timeout=1500 $(ARGS)

lint: ## Style, types on Linux and Windows, layers, translations, files
	@packaging/setup.sh test
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	$(PYTHON_IN_VENV) -m mypy
	$(PYTHON_IN_VENV) -m mypy --platform win32 kiosk
	$(PYTHON_IN_VENV) -m kiosk.ui.translations --check
	$(PYTHON_IN_VENV) -m pytest -q tests/architecture

bench: ## Print the measured figures: latency, memory, throughput
	@packaging/setup.sh test
	@$(PYTHON_IN_VENV) -m tests.bench $(ARGS)

nightly: ## The long fault, fuzz and soak runs, each rerunnable with its seed
	@packaging/setup.sh test
	@$(PYTHON_IN_VENV) -m pip install --quiet --disable-pip-version-check 'atheris>=3,<4' || \
		echo 'No Atheris for this system: the runs that need it will fail and say so.'
	@HYPOTHESIS_PROFILE=nightly $(PYTHON_IN_VENV) -m tests.nightly $(ARGS)

lock: ## Bring the lock file in step with pyproject.toml (ARGS=--upgrade: newest versions)
	@packaging/setup.sh test
	$(PYTHON_IN_VENV) -m pip install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'
	$(PYTHON_IN_VENV) -m uv pip compile pyproject.toml --all-extras --group build \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-emit-find-links --no-config --custom-compile-command 'make lock' --quiet \
		--output-file packaging/requirements.lock $(ARGS)

clean: ## Remove caches and build results; .venv stays
	rm -rf build dist out .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache
	find kiosk tests -name __pycache__ -prune -exec rm -rf {} +
