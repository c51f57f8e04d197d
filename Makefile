# cutoutbench: every command a person types. `make help` lists them.
# Settings go on the line as they are: make eval model=isnet dataset=folder dataset.root=~/photos

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV = $(shell command -v uv || echo $(BIN)/uv)

# What stands on make's command line is a setting for the command, all but MINE. Quoted one by
# one, so that spaces, $$ and choice(1,2) reach it as they were typed; ARGS too, word by word,
# unless it has quotes of its own.
quote = '$(subst ','\'',$(1))'
MINE := ARGS BIN PYTHON UV VENV extra
given = $(sort $(foreach v,$(.VARIABLES),$(if $(filter command%,$(origin $(v))),$(v))))
more = $(if $(findstring ',$(subst ",',$(ARGS))),$(ARGS),$(foreach w,$(ARGS),$(call quote,$w)))
settings = $(foreach v,$(filter-out $(MINE),$(given)),$(call quote,$(v)=$(value $(v)))) $(more)
cutoutbench = $(BIN)/python -m evaluate $@ $(settings)

# The optional packages that the chosen models' yamls ask for: model=A,B and against=C, or what a
# suite lists by name; of make trace whom evaluate/__main__.py calls where no one is named. A sweep
# in ARGS says itself what it lacks.
comma := ,
values = $(shell sed -n 's/^ *$1: *\([^ ]*\).*/\1/p' /dev/null $(foreach f,$2,$(call quote,$f)) 2>/dev/null)
suite_yaml = conf/suite/$(or $(suite),$(if $(filter table,$(MAKECMDGOALS)),issue)).yaml
tracer = $(if $(filter trace,$(MAKECMDGOALS)),$(if $(GOOGLE_API_KEY),gemini,inspyrenet))
models = $(subst $(comma), ,$(or $(model),$(call values,model,$(suite_yaml)),$(tracer))) $(against)
wanted := $(sort $(call values,extra,$(models:%=conf/model/%.yaml)))
stamps = $(VENV)/core.done $(patsubst %,$(VENV)/%.done,$(wanted) $(extra))

# make ends with 2 whatever a recipe ends with, except under --question, where 1 stays 1: so that
# `make gate` and `make canary` can tell a difference (1) from what cannot be compared (2). See
# docs/decisions.
ifneq ($(filter gate canary,$(MAKECMDGOALS)),)
MAKEFLAGS += --question
endif

.DEFAULT_GOAL := help
.PHONY: help install eval table run score compare audit canary baseline gate bench trace weights test check format lock sample-set readme clean

help: ## list what there is
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-20s%s\n", $$1, $$2}'
	@echo
	@echo "Settings (conf/config.yaml) go on the line: make eval model=isnet limit=5"
	@echo "Several models: make eval model=otsu,grabcut; other sweeps: ARGS='-m model=otsu threads=1,2'"

install: $(stamps) ## install the core, or an extra with extra=NAME

eval: $(stamps) ## predict, score and compare: [model=NAME] [dataset=folder dataset.root=DIR]
	@$(cutoutbench)

table: $(stamps) ## the GitHub issue's table: its six models, past those that cannot run
	@$(cutoutbench)

run: $(stamps) ## predict only
	@$(cutoutbench)

score: $(VENV)/core.done ## score stored masks again; runs no model
	@$(cutoutbench)

compare: $(VENV)/core.done ## table, head-to-head and plots of every run on a dataset, or of two: runs=A,B
	@$(cutoutbench)

audit: $(VENV)/core.done ## is the truth true? what is suspect, and the table without it
	@$(cutoutbench)

canary: ## same masks on cpu and accelerator, or [against=NAME]? exit 0 yes, 1 no, 2 cannot tell
	+@MAKEFLAGS= $(MAKE) -s --no-print-directory install extra=$(call quote,$(sort $(wanted) $(extra))) >&2 || exit 2; $(cutoutbench)

baseline: $(VENV)/core.done ## store a run's scores as what the gate holds it to: model=NAME
	@$(cutoutbench)

gate: ## hold a run to its baseline: exit 0 pass, 1 regressed, 2 not comparable
	+@test -e $(VENV)/core.done || MAKEFLAGS= $(MAKE) --no-print-directory install >&2 || exit 2; $(cutoutbench)

bench: $(stamps) ## what a wrapper costs around its library, on 20 megapixels: [model=NAME]
	@$(BIN)/python -m tests.tools.bench $(settings)

trace: $(stamps) ## make masks and outlines for photos: [model=NAME] dataset=folder dataset.root=DIR (docs/trace.md)
	@$(cutoutbench)

weights: $(VENV)/core.done ## every model's weight files, present or not; fetch one's with model=NAME
	@$(cutoutbench)

test: $(VENV)/all.done ## install everything and run the tests
	@$(BIN)/python -m pytest -n logical $(ARGS)

check: $(VENV)/all.done ## format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/all.done ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(BIN)/python ## pin every dependency again, into requirements/
	@for extra in all core render $$(sed -n '/^\[project.optional-dependencies\]/,/^$$/s/^\([a-z]*\) = .*/\1/p' pyproject.toml); do \
		case $$extra in \
			all) options='--all-extras --group dev --group render --upgrade' ;; \
			core) options='--constraint requirements/all.txt' ;; \
			render) options='--group render --constraint requirements/all.txt' ;; \
			*) options="--extra $$extra --constraint requirements/all.txt" ;; \
		esac; \
		echo requirements/$$extra.txt; \
		$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
			--python-version 3.11 $$options pyproject.toml -o requirements/$$extra.txt || exit 1; \
	done

sample-set: $(VENV)/render.done ## render the built-in photographs again (slow): [ARGS='ID …']
	@$(BIN)/python -m datasets.render $(ARGS)

readme: ## our report on the built-in photos again, and the README's table and pictures from it
	@$(MAKE) eval model=isnet model.source=npm
	@$(MAKE) eval
	@$(BIN)/python -m tests.tools.readme

clean: ## remove the environment (reports stay)
	rm -rf $(VENV)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "needs Python 3.11 to 3.13; run: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check uv || \
		{ rm -rf $(VENV); exit 1; }

$(VENV)/%.done: requirements/%.txt | $(BIN)/python
	@echo "installing $*" >&2
	@$(UV) pip install -q --python $(BIN)/python --compile-bytecode --require-hashes -r $< && \
		touch $@ || $(if $(filter $*,$(wanted)),echo "$* could not be installed" >&2,exit 1)
