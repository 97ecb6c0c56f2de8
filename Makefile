# Two commands on a fresh Debian or Ubuntu with Python 3.11 or newer:  make demo  and  make test

PYTHON ?= python3
BIN := .venv/bin
OUT ?= demo-out
STAMP := .venv/.installed

.PHONY: demo test test-slow test-all lint format bench pictures validation clean

demo: $(STAMP)
	rm -rf $(OUT)
	$(BIN)/vertebrosim demo --out $(OUT)

test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not slow"

test-slow: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

test-all: test test-slow

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/vertebrosim bench all

pictures: $(STAMP)
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/desktop_pictures.py

validation: $(STAMP)
	$(BIN)/vertebrosim validate -o docs/validation.md $(if $(wildcard docs/population.json),--population docs/population.json)

$(STAMP): pyproject.toml constraints.txt install/system-packages.sh
	sh install/system-packages.sh
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $(STAMP)

clean:
	rm -rf .venv build *.egg-info demo-out .pytest_cache .mypy_cache .ruff_cache .hypothesis
