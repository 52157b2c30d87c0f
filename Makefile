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

.PHONY: help demo test test-quick lint bench messages picture lock venv-demo venv-test browser clean

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

lint: venv-test ## ruff, format, mypy on rules and actions
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m scripts.typed_modules | xargs $(PY) -m mypy

bench: venv-test ## measure the platform beside pgbench (docs/performance.md); ISSUES=
	$(PY) -m bench $(if $(ISSUES),--issues $(ISSUES)) $(ARGS)

messages: venv-demo ## collect the words of code and templates into locale/; CHECK=1 only looks
	@$(PY) scripts/messages.py $(if $(filter-out 0,$(CHECK)),--check)

picture: venv-test browser ## take docs/picture.png from the running demo
	$(PY) scripts/picture.py

lock: ## resolve the newest versions that requirements allow into requirements/constraints.txt
	$(PYTHON) scripts/lock.py

clean: ## remove the virtual environment and the demo's data
	rm -rf $(VENV) .demo
