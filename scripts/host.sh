#!/bin/sh
# Finds what the host must bring. `host.sh python` prints a Python that fits, `host.sh node` checks Node and npm.
set -eu

find_python() {
  seen=
  for name in ${PYTHON:-python3.12 python3.11 python3 python}; do
    version=$("$name" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    # Its own path, not that of a virtual environment it was found through.
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then
      "$name" -c 'import sys; print(getattr(sys, "_base_executable", sys.executable))'
      return
    fi
    seen="$seen $name is $version;"
  done
  echo "seqmarket needs Python 3.11 or 3.12 with its venv module; found:${seen:- no Python at all}" >&2
  echo "(name one with: make PYTHON=/path/to/python3.12)" >&2
  exit 1
}

check_node() {
  version=$(node --version 2>/dev/null) || version=none
  major=${version#v}
  major=${major%%.*}
  case "$major" in '' | *[!0-9]*) major=0 ;; esac
  if [ "$major" -lt 20 ]; then
    echo "seqmarket needs Node 20 or newer; found: $version" >&2
    exit 1
  fi
  if ! command -v npm >/dev/null; then
    echo "seqmarket needs npm, which comes with Node; found Node $version but no npm" >&2
    exit 1
  fi
}

case "${1:-}" in
  python) find_python ;;
  node) check_node ;;
  *) echo "usage: host.sh python | node" >&2; exit 2 ;;
esac
