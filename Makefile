# make demo   three rounds of the market on a local chain, told step by step
# make test   every test: Python, contracts, documentation examples, fuzzing
# make devnet a local chain with the market on it, kept running
# make soak   the long random runs, by a new seed each time (SEED=0x... repeats one)
# make bench  gas and speed
# make build  compile the contracts (the others do it by themselves)
# make setup  install the tools into this folder (the others do it by themselves)
# make clean  remove everything that was built or installed here
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin

export PATH := $(CURDIR)/scripts/bin:$(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$(PATH)
export SOLCX_BINARY_PATH := $(CURDIR)/$(VENV)/solc
export APE_DATA_FOLDER := $(CURDIR)/.ape
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Only the project's own settings: a profile left in the shell would change what forge does.
unexport FOUNDRY_PROFILE

PYTHON_READY := $(VENV)/.python-ready
NODE_READY := node_modules/.node-ready
SOLC_READY := $(VENV)/.solc-ready
BUILD_READY := .build/.ready

.PHONY: demo test devnet soak bench setup build clean
.DEFAULT_GOAL := test

demo: build
	$(BIN)/ape run demo --network ethereum:local:foundry

test: build
	$(BIN)/ape test
	scripts/bin/forge test

devnet: build
	$(BIN)/python scripts/devnet.py

soak: build
	SOAK=$${SOAK:-20} $(BIN)/ape test tests/parity tests/unit/test_certificate_soundness.py tests/unit/test_solver.py tests/unit/test_build.py
	@seed=$${SEED:-$$(printf '0x%04x%04x' $$RANDOM $$RANDOM)} && echo "fuzz seed $$seed" && \
	  FOUNDRY_PROFILE=soak scripts/bin/forge test --fuzz-seed "$$seed"

bench: build
	$(BIN)/ape run bench --network ethereum:local:foundry

setup: $(SOLC_READY)

$(PYTHON_READY): pyproject.toml constraints.txt
	$(BIN)/python -c '' 2>/dev/null || { python=$$(PYTHON="$(PYTHON)" scripts/host.sh python) && "$$python" -m venv --clear $(VENV); }
	$(BIN)/python -m pip install -qq --editable '.[test]' --constraint constraints.txt
	touch $@

$(NODE_READY): package.json package-lock.json
	scripts/host.sh node
	npm ci --no-audit --no-fund
	touch $@

$(SOLC_READY): $(PYTHON_READY) $(NODE_READY) scripts/setup_solc.py scripts/solc/solc-v0.8.37
	$(BIN)/python scripts/setup_solc.py
	touch $@

build: $(BUILD_READY)

# From nothing each time: ape's cache doesn't see that a contract changes with a library that it imports.
$(BUILD_READY): $(SOLC_READY) ape-config.yaml $(shell find contracts -name '*.sol')
	rm -rf .build
	$(BIN)/ape compile
	touch $@

clean:
	rm -rf $(VENV) node_modules .ape .build .forge .hypothesis .pytest_cache build *.egg-info
	find contracts seqmarket scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
