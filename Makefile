# make demo   three rounds of sealed bids and three of tickets on a local chain, told step by step
# make test   every test: Python, contracts, documentation examples, fuzzing
# make devnet a local chain with the market on it, kept running (ARGS="--format tickets" for the other format)
# make soak   the long random runs, by a new seed each time (SEED=0x... repeats one)
# make bench  our solver beside CP-SAT, SCIP and HiGHS on 70 auctions, about half an hour (ARGS="--size 16-100" runs a part)
# make bench-rounds  how long rounds as rollups have them take to prove, up to 16,000 bids, what they hold of memory and in how many transactions they go (UPDATE=1 writes docs/benchmarks.md)
# make bench-gas  what certificates and the market cost on chain, by receipts; fails where a row got dearer (UPDATE=1 writes the table anew)
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
PEERS_READY := $(VENV)/peers/.ready
NODE_READY := node_modules/.node-ready
SOLC_READY := $(VENV)/.solc-ready
ENGINE_READY := $(VENV)/.engine-ready
BUILD_READY := .build/.ready

.PHONY: demo test devnet soak bench bench-rounds bench-gas setup build clean
.DEFAULT_GOAL := test

demo: build
	$(BIN)/ape run demo --network ethereum:local:foundry

test: build
	scripts/test_all.sh

devnet: build
	$(BIN)/python scripts/devnet.py $(ARGS)

soak: build
	SOAK=$${SOAK:-20} $(BIN)/ape test tests/parity tests/contracts/test_block_hash.py tests/contracts/tickets/test_any_ticket_round.py tests/unit/test_certificate_soundness.py tests/unit/test_encode.py tests/unit/test_split.py tests/unit/test_solver.py tests/unit/test_build.py tests/unit/test_reasons.py tests/unit/test_history.py tests/unit/test_journal.py tests/unit/test_strategies.py tests/chaos/test_agent.py tests/chaos/test_outbox_history.py
	SOAK=$${SOAK:-20} $(BIN)/ape test tests/unit/test_certificate_attacks.py -k under_attack -rP
	SOAK=$${SOAK:-20} $(BIN)/ape test tests/chaos/test_keeper_chaos.py tests/chaos/test_keeper.py tests/chaos/test_keeper_speed.py tests/chaos/test_keeper_reaction.py tests/chaos/test_agent_chaos.py tests/chaos/test_ticket_agent_chaos.py -s
	@seed=$${SEED:-$$(printf '0x%04x%04x' $$RANDOM $$RANDOM)} && echo "fuzz seed $$seed" && \
	  FOUNDRY_PROFILE=soak scripts/bin/forge test --fuzz-seed "$$seed"

bench: build $(PEERS_READY)
	$(BIN)/python -m bench $(ARGS)

bench-rounds: setup
	$(BIN)/python -m bench.rollups $(if $(UPDATE),--update)

bench-gas: build
	$(BIN)/python scripts/bench_gas.py $(if $(UPDATE),--update)

setup: $(SOLC_READY) $(ENGINE_READY)

$(PYTHON_READY): pyproject.toml constraints.txt
	$(BIN)/python -c '' 2>/dev/null || { python=$$(PYTHON="$(PYTHON)" scripts/host.sh python) && "$$python" -m venv --clear $(VENV); }
	$(BIN)/python -m pip install -qq --editable '.[test]' --constraint constraints.txt
	touch $@

# Apart from the rest: OR-Tools wants numpy 2, eth-ape refuses it.
$(PEERS_READY): bench/peers.txt | $(PYTHON_READY)
	$(BIN)/python -m venv --clear $(VENV)/peers
	$(VENV)/peers/bin/python -m pip install -qq --requirement bench/peers.txt
	touch $@

$(NODE_READY): package.json package-lock.json
	scripts/host.sh node
	npm ci --no-audit --no-fund
	touch $@

$(SOLC_READY): $(PYTHON_READY) $(NODE_READY) scripts/setup_solc.py scripts/solc/solc-v0.8.37
	$(BIN)/python scripts/setup_solc.py
	touch $@

$(ENGINE_READY): $(PYTHON_READY) scripts/setup_engine.py $(wildcard seqmarket/engine/*.c seqmarket/engine/*.h)
	$(BIN)/python scripts/setup_engine.py
	touch $@

build: $(BUILD_READY) $(ENGINE_READY)

# From nothing each time: ape's cache doesn't see that a contract changes with a library that it imports.
$(BUILD_READY): $(SOLC_READY) ape-config.yaml $(shell find contracts -name '*.sol')
	rm -rf .build
	$(BIN)/ape compile
	touch $@

clean:
	rm -f seqmarket/engine/_engine*
	rm -rf $(VENV) node_modules .ape .build .forge .hypothesis .pytest_cache build *.egg-info
	find bench contracts seqmarket scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
