# make install xbench and all it needs into .venv, editable
# make demo    a leaderboard of real training runs, from a bare clone, in minutes
# make test    the test suite, without network data, GPU or browser
# make lint    format, lint, types, layers
# make docs    write docs/reference/ again from the code
# make board   draw the committed boards under results/ again from their records

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
EXTRAS_demo :=
EXTRAS_test := [test]
EXTRAS_lint := [lint,test]
EXTRAS_browser := [browser,test]

ifneq ($(strip $(PIP_FIND_LINKS)),)
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif
# uv reads neither pip's settings nor its certificates: hand them on where nothing else is said.
ifneq ($(strip $(PIP_INDEX_URL)),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifneq ($(strip $(PIP_CERT)),)
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
# Byte code is wanted here: without it every start of a program that imports torch takes many seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test lint board docs clean
.DELETE_ON_ERROR:

install: $(VENV)/.demo
	@echo "Now: . $(BIN)/activate"

demo: $(VENV)/.demo
	$(BIN)/xbench run -m majority -m tfidf -m gazetteer -m copy -m scratch-tiny \
		-t demo-sentiment -t demo-tagging -t demo-translation \
		--method none --method full --seeds 3 --jobs 2 --results results/demo
	@echo "The board: results/demo/leaderboard.html"

# One thread a process, as many processes as cores: small models lose more to threads than they win.
test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --dist loadfile -m "not slow and not realdata and not gpu and not browser"

lint: $(VENV)/.lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy xbench plugins tasks
	$(BIN)/lint-imports

board: $(VENV)/.demo
	@for folder in results/*/; do \
		if compgen -G "$$folder*/*/record.json" >/dev/null; then $(BIN)/xbench leaderboard --results "$$folder" --out "$$folder" || exit 1; fi; \
	done

docs: $(VENV)/.test
	$(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV)

# A virtual environment with uv: uv from PATH, else by pip in a venv, else by the system's pip into a venv without one.
$(BIN)/python:
	@if command -v uv >/dev/null; then uv venv --quiet --python '>=3.11' $(VENV); \
	elif ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "xbench needs Python 3.11 or newer: install it, or name it with make PYTHON=/path/to/python3.11"; exit 1; \
	elif $(PYTHON) -m venv $(VENV) 2>/dev/null && $(BIN)/python -m pip install --quiet uv; then :; \
	elif rm -rf $(VENV); $(PYTHON) -m venv --without-pip $(VENV) 2>/dev/null \
		&& $(PYTHON) -m pip --python $(BIN)/python install --quiet uv; then :; \
	else rm -rf $(VENV); \
		echo "xbench needs uv, or Python's venv and pip: install one of them, e.g. apt-get install python3-venv python3-pip"; exit 1; \
	fi

$(VENV)/.%: $(BIN)/python pyproject.toml constraints.txt
	@uv=$$(command -v uv || echo $(BIN)/uv); \
	$$uv pip install --quiet --python $(BIN)/python --compile-bytecode --constraint constraints.txt -e '.$(EXTRAS_$*)' pip
	@$(BIN)/python -m compileall -q xbench plugins tasks
	@touch $@
