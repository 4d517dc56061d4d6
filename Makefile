# The project's commands. `make help` lists them; `make demo` and `make test` set up all that they need.

PYTHON ?= python3
VENV ?= .venv
PYTEST_FLAGS ?= -n 2 --dist loadfile
IMAGE ?= localhost/checker
PYTHON_IMAGE ?=
IMAGE_PYTHON ?= 3.13

BIN := $(VENV)/bin
UV := .cache/uv/bin/uv
SET_UP := PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/environment.sh
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: fuzz soak help demo test lint format audit lab bench dashboards image wheelhouse lock upgrade clean environment system-packages

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## start the demo estate and the checker over checks.yaml, and print where to look
	@$(SET_UP) runtime
	@exec $(BIN)/checker demo

test: environment system-packages lint ## static checks and all tests, with branch coverage
	@$(BIN)/python -m pytest $(PYTEST_FLAGS) --cov --cov-report=term --cov-fail-under=95

lint: environment ## ruff, mypy --strict and the layers of the architecture
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --cache-dir .cache/import_linter

format: environment ## let ruff format and repair what it can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lab: environment ## re-enact the five incidents of docs/incidents.md
	@$(BIN)/checker lab run --all

bench: environment ## compare with blackbox_exporter and httpx, and write docs/performance.md
	@sh scripts/benchmark-packages.sh
	@$(BIN)/python -m benchmarks

soak: environment ## half an hour and a million runs against a target that fails; SOAK="--runs 100000" for less
	@$(BIN)/python -m tests.soak $(SOAK)

fuzz: environment ## look for inputs that break something, FUZZ_EXAMPLES=5000 of each sort; FUZZ="-k answers" for some
	@$(BIN)/python -m pytest tests/fuzz --hypothesis-profile=fuzz --timeout=7200 -n 2 --dist load $(FUZZ)

image: ## build the container image with docker, podman or buildah: IMAGE=name, PYTHON_IMAGE=base
	@IMAGE="$(IMAGE)" PYTHON_IMAGE="$(PYTHON_IMAGE)" sh scripts/image.sh

audit: environment ## a bill of materials of what is installed (CycloneDX), and what is known against it; in reports/
	@$(BIN)/python scripts/audit.py

dashboards: environment ## write the Grafana dashboards anew, where they are committed and where they ship
	@$(BIN)/python -m scripts.dashboards

wheelhouse: environment ## fetch what the image installs, for a build that reaches no package index
	@$(BIN)/python scripts/wheelhouse.py $(IMAGE_PYTHON) wheelhouse

lock: $(UV) ## pin what pyproject.toml asks for, with hashes; what is pinned already stays
	@$(COMPILE) pyproject.toml --all-extras --group dev --group build --output-file requirements-dev.lock
	@$(COMPILE) pyproject.toml --extra aws --constraint requirements-dev.lock --output-file requirements.lock
	@$(COMPILE) --group build --constraint requirements-dev.lock --output-file requirements-build.lock

upgrade: ## pin the newest versions that pyproject.toml allows
	@$(MAKE) --no-print-directory lock COMPILE="$(COMPILE) --upgrade"

$(UV):
	@$(PYTHON) -m venv .cache/uv
	@.cache/uv/bin/pip install --quiet --quiet uv

environment:
	@$(SET_UP) dev

system-packages:
	@sh scripts/system-packages.sh

clean: ## remove the environment, caches and all that was built
	@rm -rf $(VENV) .cache wheelhouse dist build htmlcov .coverage .coverage.* *.egg-info
	@find checker tests -name __pycache__ -type d -prune -exec rm -rf {} +
