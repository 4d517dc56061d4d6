"""Fetches the wheels that the image installs, for a build that reaches no package index.

    python scripts/wheelhouse.py PYTHON_VERSION DIRECTORY

They are for the Python of the image, which need not be the one that runs this, on this machine's processor and
any Debian since 12. The Dockerfile installs from a directory `wheelhouse` beside it, if there is one.
"""

import platform
import subprocess
import sys
from pathlib import Path

LOCKS = ("requirements.lock", "requirements-build.lock")
GLIBC_MINOR = 36  # of Debian 12; wheels made for it or for an older one fit


def tags(python: str) -> list[str]:
    """Return pip's options for the wheels that fit: pip does not work the older ones out by itself."""
    glibc = [f"manylinux_2_{minor}" for minor in range(5, GLIBC_MINOR + 1)]
    systems = [
        f"{tag}_{platform.machine()}" for tag in (*glibc, "manylinux1", "manylinux2010", "manylinux2014")
    ]
    abis = ("cp" + python.replace(".", ""), "abi3", "none")
    options = [("--platform", system) for system in systems] + [("--abi", abi) for abi in abis]
    return [
        "--implementation",
        "cp",
        "--python-version",
        python,
        *(word for option in options for word in option),
    ]


def fetch(python: str, directory: Path) -> int:
    """Fill the directory and return pip's exit code."""
    root = Path(__file__).parents[1]
    locks = [f"--requirement={root / lock}" for lock in LOCKS]
    pip = [sys.executable, "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check", "download"]
    chosen = ["--no-deps", "--require-hashes", "--only-binary", ":all:", *tags(python)]
    return subprocess.run([*pip, *chosen, *locks, "--dest", directory], check=False).returncode


if __name__ == "__main__":
    sys.exit(fetch(sys.argv[1], Path(sys.argv[2])))
