# Source this (`. scripts/env.sh`, in the project's folder) to run ape, pytest or forge by hand as make runs them.
if [ ! -f ape-config.yaml ] || [ ! -d .venv ]; then
  echo "source this in the project's folder, after 'make setup'" >&2
else
  . .venv/bin/activate
  export PATH="$PWD/scripts/bin:$PATH"
  export SOLCX_BINARY_PATH="$PWD/.venv/solc"
  export APE_DATA_FOLDER="$PWD/.ape"
fi
