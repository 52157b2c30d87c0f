# The two commands: make demo, make test. `make help` lists the rest.
PYTHON ?= python3
VENV ?= .venv
PORT ?= 8000
RESET ?=
JOBS ?= 2
ARGS ?=
PY = $(VENV)/bin/python
# One run, one summary: what needs the live stack comes last and stays in one worker (tests/conftest.py).
PYTEST = $(PY) -m pytest -n $(JOBS) --dist loadgroup --no-loadscope-reorder $(ARGS)

.PHONY: help demo test test-quick chaos soak fuzz pages lint bench messages pictures lock venv-demo venv-test browser clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv-demo:
	@$(PYTHON) scripts/bootstrap.py $(VENV) demo

venv-test:
	@$(PYTHON) scripts/bootstrap.py $(VENV) test

browser: venv-test
	@$(PY) scripts/browser.py

demo: venv-demo ## a district at work on http://127.0.0.1:8000 (PORT=, RESET=1)
	@$(PY) scripts/compile_messages.py
	@exec $(PY) -m demo --port $(PORT) $(if $(filter-out 0,$(RESET)),--reset)

test: venv-test browser ## everything, with real servers, workers and Chromium
	$(PYTEST)

test-quick: venv-test ## without browser, live stack and crashes
	$(PYTEST) -m "not browser and not live and not chaos"

# The short forms of both are part of `make test`.
chaos: export CHAOS_KILLS ?= 1000
chaos: export CHAOS_BROKER_OFF ?= 600
chaos: export CHAOS_CALM ?= 120
chaos: venv-test ## kill -9 everything under load, 1,000 times (CHAOS_KILLS=, CHAOS_BROKER_OFF=, CHAOS_SEED=)
	$(PY) -m pytest tests/live_stack/test_chaos.py -s $(ARGS)

soak: export SOAK_EXAMPLES ?= 10000
soak: export SOAK_STEPS ?= 50
soak: venv-test ## every verb by everybody in any order, 10,000 times 50 steps (SOAK_EXAMPLES=, SOAK_STEPS=)
	$(PY) -m pytest tests/issues/any_order tests/volunteers/test_*any_order.py -s $(ARGS)

fuzz: export FUZZ_EXAMPLES ?= 20
fuzz: venv-test ## requests made up from the description, many for each operation and person (FUZZ_EXAMPLES=, FUZZ_SEED=)
	$(PY) -m pytest tests/api/test_fuzz.py -n $(JOBS) $(ARGS)

pages: export PAGES_KEEP = $(KEEP)
pages: export PAGES_ONLY = $(ONLY)
pages: venv-test browser ## every page of every face with axe, in both languages (KEEP=folder: a picture of each; ONLY=wish)
	$(PY) -m pytest tests/browser/test_every_page.py $(ARGS)

lint: export GEZHI_ENV = development
lint: venv-test ## ruff, format, mypy on rules and actions
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m scripts.typed_modules | xargs $(PY) -m mypy

bench: venv-test ## measure beside pgbench (docs/performance.md); ISSUES=, ARGS="--sweep --small"
	$(PY) -m bench $(if $(ISSUES),--issues $(ISSUES)) $(ARGS)

messages: venv-demo ## collect the words of code and templates into locale/; CHECK=1 only looks
	@$(PY) scripts/messages.py $(if $(filter-out 0,$(CHECK)),--check)

pictures: venv-test browser ## take docs/pictures/ from the running demo, in both languages
	$(PY) scripts/pictures.py $(ARGS)

lock: ## resolve the newest versions that requirements allow into requirements/constraints.txt
	$(PYTHON) scripts/lock.py

clean: ## remove the virtual environment and the demo's data
	rm -rf $(VENV) .demo
