# make grade SUBMISSION=path and make test do everything, from a machine with python3, make and git.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.ready
REPORT ?= report.html
ARGS ?=
# As they stand: make would run what $(shell ...) in the name of a file says.
override SUBMISSION := $(value SUBMISSION)
override REPORT := $(value REPORT)
override SUBMISSIONS := $(value SUBMISSIONS)
OUT ?= run
override OUT := $(value OUT)
OTHER ?=
override OTHER := $(value OTHER)
SECONDS ?= 600
SEEDS ?= 300
PYTEST = $(RUN) -m pytest --numprocesses auto --dist loadscope --no-loadscope-reorder
export SUBMISSION REPORT SUBMISSIONS OUT OTHER
# Without compiled files every process would compile again what it imports: seconds for the tests.
unexport PYTHONDONTWRITEBYTECODE
# What must work where there is no Linux, too: all but the walls themselves.
LINUX_ONLY = %/launch.py %/zygote.py %/seccomp_notify.py %/seccomp.py %/workers.py %/folder.py
MODULES = $(wildcard grader/*.py grader/*/*.py grader/intake/*/*.py)
PORTABLE = $(filter-out $(LINUX_ONLY), $(MODULES)) grader/sandbox/inside/limits.py

.PHONY: help setup grade batch verify quick test attacks browser wheel sweeps fuzz mutants lint \
	format bench compare kinks soak pictures clean
.DEFAULT_GOAL := help

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make the environment in .venv (every other command does it when needed)

# Only what grading needs. With uv where there is one, else with python3 -m venv and pip.
# The sandbox mounts grader/ read-only, so it is compiled here, once.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "$(PYTHON) is not Python 3.11 or later: install that, or name one," \
	    "as in make setup PYTHON=/usr/bin/python3.12." >&2; exit 1; }
	@rm -rf $(VENV); echo "Making the environment in $(VENV), once: this takes about half a minute."
	@if command -v uv >/dev/null 2>&1; then uv venv --quiet --python $(PYTHON) $(VENV); \
	else \
	  $(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { rm -rf $(VENV); \
	    echo "$(PYTHON) cannot make environments: install its venv module" \
	      "(Debian, Ubuntu: apt install python3-venv)." >&2; exit 1; }; \
	  $(RUN) -m pip install --quiet --disable-pip-version-check --upgrade pip; \
	fi
	@$(call install,--editable .)
	@$(RUN) -m compileall -q grader
	@touch $@

# What else a command needs: .venv/.ready-test has the tools of the group `test`, and so on.
$(READY)-%: $(READY)
	@echo "Installing what make needs for this (group $*), once."
	@$(call install,--group $*)
	@touch $@

# install(what): into the environment, in the versions of constraints.txt.
define install
if command -v uv >/dev/null 2>&1; then \
  uv pip install --quiet --compile-bytecode --python $(RUN) --constraint constraints.txt $(1); \
else \
  $(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt $(1); \
fi
endef

grade: $(if $(SUBMISSION),$(READY)) ## Grade one file: make grade SUBMISSION=path [REPORT=report.html] [ARGS="--set layout=DxC"]
	@$(if $(SUBMISSION),,$(error Say which file to grade, for example: make grade SUBMISSION=student_template/softmax))
	@before=$$(mktemp); $(RUN) -m grader grade $(ARGS) --html "$$REPORT" -- "$$SUBMISSION"; code=$$?; \
	if [ "$$REPORT" -nt "$$before" ]; then echo "Report: $$REPORT"; code=0; fi; \
	rm -f "$$before"; exit $$code

batch: $(if $(SUBMISSIONS),$(READY)) ## Grade a class: make batch SUBMISSIONS=folder [OUT=run] [ARGS="--roster roster.csv"]
	@$(if $(SUBMISSIONS),,$(error Say where the submissions are, for example: make batch SUBMISSIONS=submissions.zip OUT=run))
	@$(RUN) -m grader batch $(ARGS) --out "$$OUT" -- "$$SUBMISSIONS"

verify: $(READY) ## Let the assignment verify itself: make verify [ARGS="--set layout=DxC --html verify.html"]
	@$(RUN) -m grader verify-assignment $(ARGS)

quick: $(READY)-test ## Run the fast tests (under half a minute)
	@$(PYTEST) -m "not slow"

test: $(READY)-test ## Run all tests (under three minutes)
	@$(PYTEST)

attacks: $(READY)-test ## Grade hostile submissions in the sandbox (under two minutes)
	@$(RUN) -m pytest tests/attacks

browser: $(READY)-test $(READY)-browser ## Look at the pages in Debian's Chromium (apt install chromium)
	@test -x /usr/bin/chromium || { echo "There is no /usr/bin/chromium: apt install chromium." >&2; exit 1; }
	@$(RUN) -m pytest tests/browser

wheel: $(READY)-test ## Build the wheel, install it into an empty environment, and use it from an empty folder
	@$(RUN) -m pytest tests/wheel

sweeps: $(READY)-test ## Try every two mistakes together, every convention and every edit (five minutes of CPU)
	@$(PYTEST) tests/sweeps

fuzz: $(READY)-test ## Have a submission lie to the grader in ever new ways: make fuzz [SECONDS=600]
	@$(RUN) -m tests.support.fuzz --seconds $(SECONDS)

mutants: $(READY)-test ## Change right files in every way, and count the mistakes that have a name: make mutants [ARGS="--every 5"]
	@$(RUN) -m tests.support.mutants $(ARGS)

lint: $(READY)-test $(READY)-pictures $(READY)-lint ## Check style and types
	@$(VENV)/bin/ruff check
	@$(VENV)/bin/ruff format --check
	@$(VENV)/bin/mypy
	@for system in win32 darwin; do \
	  $(VENV)/bin/mypy --platform $$system --no-warn-unreachable --follow-imports silent \
	    --cache-dir .mypy_cache/$$system $(PORTABLE) || exit 1; done
	@cd grader/sandbox/inside && \
	  ../../../$(VENV)/bin/mypy --config-file ../../../pyproject.toml --exclude '^$$' *.py

format: $(READY)-lint ## Format the code
	@$(VENV)/bin/ruff check --fix
	@$(VENV)/bin/ruff format

bench: $(READY) $(READY)-browser ## Measure: one submission cold, one more when warm, how sure the speed question is, a batch, a class page
	@$(RUN) -m benchmarks.bench
	@$(RUN) -m benchmarks.batch
	@$(RUN) -m benchmarks.class_page
	@$(RUN) -m benchmarks.layouts

compare: $(READY) ## Compare what grading costs with another checkout: make compare OTHER=../before [ARGS="cold --runs 5"]
	@$(if $(OTHER),,$(error Say which checkout to compare with, for example: make compare OTHER=../before))
	@$(RUN) -m compileall -q grader
	@$(RUN) -m benchmarks.compare "$$OTHER" $(ARGS)

kinks: $(READY)-test ## Grade correct work on keys with careless cases of a hinge loss: make kinks [SEEDS=300]
	@$(RUN) -m benchmarks.kinks --seeds $(SEEDS)

soak: $(READY)-test ## Kill a batch again and again, and grade ten thousand: make soak [ARGS="kills --moments 5"]
	@$(RUN) -m benchmarks.soak $(ARGS)

pictures: $(READY)-test $(READY)-pictures ## Draw the pictures of the README again, from the program itself
	@$(RUN) -m docs.pictures.draw

clean: ## Remove what these commands made here
	@rm -rf $(VENV) report.html .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
