#!/usr/bin/env bash
# Every test, in three processes: those on a chain keep a core busy, the whole programs mostly wait, and forge compiles for long.
# The first is shown as it runs, the others when they have ended. Exit status 0 where all three passed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
logs=.forge/logs
mkdir -p "$logs"

timed() { local begun=$SECONDS status; "$@"; status=$?; echo "$((SECONDS - begun)) s, exit status $status" > "$logs/$1.took"; return $status; }
chain() { ape test tests/contracts tests/parity; }
programs() { ape test --ignore=tests/contracts --ignore=tests/parity > "$logs/programs.log" 2>&1; }
fuzz() { scripts/bin/forge test > "$logs/fuzz.log" 2>&1; }

timed fuzz & fuzz_pid=$!
timed programs & programs_pid=$!
trap 'kill $(jobs -p) 2> /dev/null' INT TERM

timed chain; status=$?
wait $programs_pid; status=$((status | $?))
wait $fuzz_pid; status=$((status | $?))

echo "== whole programs, units, examples in docstrings"; cat "$logs/programs.log"
echo "== forge"; cat "$logs/fuzz.log"
echo "== contracts and parity: $(cat "$logs/chain.took"); programs: $(cat "$logs/programs.took"); forge: $(cat "$logs/fuzz.took")"
exit $((status != 0))
