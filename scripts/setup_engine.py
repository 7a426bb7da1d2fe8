"""Compile the engine's C sources with the pinned compiler of the `ziglang` wheel, so that no machine needs one of its own.

The library is for any processor of the machine's family (x86-64-v2 or the baseline of another), and lies beside its sources.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from seqmarket.engine.library import FOLDER, LIBRARY, VERSION, EngineUnavailable, loaded  # noqa: E402

WARNINGS = ("-Wall", "-Wextra", "-Werror")
COMPILE_SECONDS = 600


def command(target: Path) -> list[str]:
    """The compiler's command for the library at `target`."""
    machine = ["-mcpu=x86_64_v2"] if platform.machine().lower() in ("x86_64", "amd64") else []
    sources = [str(path) for path in sorted(FOLDER.glob("*.c"))]
    return [sys.executable, "-m", "ziglang", "cc", "-std=gnu11", "-O3", "-shared", "-fPIC", "-fno-sanitize=all", *machine, *WARNINGS, "-o", str(target), *sources, "-lm"]


def main() -> int:
    """Compile, put the library in its place at once, say so, and return the process's exit code."""
    target = LIBRARY.with_name(f"{LIBRARY.stem}-{os.getpid()}{LIBRARY.suffix}")
    try:
        done = subprocess.run(command(target), capture_output=True, text=True, timeout=COMPILE_SECONDS)
        if done.returncode:
            print(f"the engine doesn't compile:\n{done.stderr}", file=sys.stderr)
            return 1
        os.replace(target, LIBRARY)
    finally:
        target.unlink(missing_ok=True)
    try:
        loaded(LIBRARY)
    except EngineUnavailable as broken:
        print(broken, file=sys.stderr)
        return 1
    print(f"engine {VERSION} ({LIBRARY.relative_to(ROOT)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
