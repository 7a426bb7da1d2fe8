#!/usr/bin/env bash
# Every test, in three processes: contracts, rules and examples keep a core busy, whole programs mostly wait for blocks, and forge compiles for long.
# The first is shown as it runs, the others when they have ended. Exit status 0 where all three passed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
logs=.forge/logs
mkdir -p "$logs"

timed() { local begun=$SECONDS status; "$@"; status=$?; echo "$((SECONDS - begun)) s, exit status $status" > "$logs/$1.took"; return $status; }
rules() { ape test --ignore=tests/e2e --ignore=tests/chaos; }
programs() { ape test tests/e2e tests/chaos > "$logs/programs.log" 2>&1; }
fuzz() { scripts/bin/forge test > "$logs/fuzz.log" 2>&1; }

timed fuzz & fuzz_pid=$!
timed programs & programs_pid=$!
trap 'kill $(jobs -p) 2> /dev/null' INT TERM

timed rules; status=$?
wait $programs_pid; status=$((status | $?))
wait $fuzz_pid; status=$((status | $?))

echo "== whole programs"; cat "$logs/programs.log"
echo "== forge"; cat "$logs/fuzz.log"
echo "== rules: $(cat "$logs/rules.took"); programs: $(cat "$logs/programs.took"); forge: $(cat "$logs/fuzz.took")"
exit $((status != 0))
