"""Put the pinned Solidity compiler where ape, forge and py-solc-x look for it: `.venv/solc/solc-v<version>`.

That is the executable in `scripts/solc`. It runs the native compiler where py-solc-x can install it, in `.venv/solc/native`, and otherwise
npm's build of the same commit. Both take the same input and give the same bytecode; the native one is faster.
`SEQMARKET_SOLC=npm` asks for npm's build.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = json.loads((ROOT / "package.json").read_text())["devDependencies"]["solc"]
FOLDER = ROOT / ".venv" / "solc"
EXECUTABLE = FOLDER / f"solc-v{VERSION}"
NATIVE = FOLDER / "native" / f"solc-v{VERSION}"
SHIM = ROOT / "scripts" / "solc" / f"solc-v{VERSION}"
INSTALL_SECONDS = 20


def full_version(executable: Path) -> str | None:
    """The version and commit that a compiler answers, such as `0.8.37+commit.f401782d`; None if it answers none."""
    try:
        answer = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"^Version: (\d+\.\d+\.\d+\+commit\.[0-9a-f]+)", answer.stdout, re.MULTILINE)
    return match.group(1) if answer.returncode == 0 and match else None


def install_native() -> None:
    """Ask py-solc-x for the native compiler, in a process of its own so that a silent network can't hold us up."""
    try:
        subprocess.run(
            [sys.executable, "-c", f"import solcx; solcx.install_solc({VERSION!r})"],
            env={**os.environ, "SOLCX_BINARY_PATH": str(NATIVE.parent)},
            capture_output=True,
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        pass


def commit_of_npm() -> str:
    """The commit that npm's build is made of, asked of the package itself."""
    question = "process.stdout.write(require('solc').version())"
    answer = subprocess.run(["node", "-e", question], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    return ".".join(answer.split(".")[:4])


def main() -> int:
    """Install the compiler, say which one it is, and return the process's exit code."""
    pinned = commit_of_npm()
    if not pinned.startswith(f"{VERSION}+"):
        print(f"npm's compiler answers {pinned}, not {VERSION}: run 'npm ci'", file=sys.stderr)
        return 1

    NATIVE.parent.mkdir(parents=True, exist_ok=True)
    wants_npm = os.environ.get("SEQMARKET_SOLC") == "npm"
    if not wants_npm and full_version(NATIVE) != pinned:
        NATIVE.unlink(missing_ok=True)
        install_native()
    if wants_npm or full_version(NATIVE) != pinned:
        NATIVE.unlink(missing_ok=True)
    EXECUTABLE.unlink(missing_ok=True)
    EXECUTABLE.symlink_to(os.path.relpath(SHIM, FOLDER))

    if full_version(EXECUTABLE) != pinned:
        print(f"the compiler put in place does not answer {pinned}", file=sys.stderr)
        return 1
    print(f"solc {pinned} ({'native' if NATIVE.exists() else 'npm build'})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
