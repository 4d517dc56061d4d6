"""What the checker is made of, and what is known against it: `make audit`.

    python scripts/audit.py [DIRECTORY]

Writes a software bill of materials (CycloneDX 1.6) of what `requirements.lock` pins, which is what the image installs,
to `sbom.cdx.json` in the directory (`reports`), and asks a vulnerability service about every package in it; its answer
is `audit.json`. PIP_AUDIT_VULNERABILITY_SERVICE and PIP_AUDIT_OSV_URL choose the service, as for pip-audit itself.

Exit codes: 0 nothing is known, or nobody could be asked, which is said; 1 something is known; 2 no bill of materials
could be made; 3 nobody could be asked, with CI=true.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"


@dataclass(frozen=True)
class Finding:
    """A vulnerability that is known: of what, under which name, and the versions without it."""

    package: str
    name: str
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        remedy = f"; without it: {', '.join(self.fixed)}" if self.fixed else "; no version is without it"
        return f"{self.package}: {self.name}{remedy}"


def make_sbom(target: Path) -> dict[str, Any] | None:
    """Write the bill of materials, which is the same for the same lock file, and return it; None: it failed."""
    options = ("--output-reproducible", "--spec-version", "1.6", "--pyproject", ROOT / "pyproject.toml")
    command = (sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", *options)
    done = subprocess.run((*command, "--output-file", target, LOCK), check=False)
    found: dict[str, Any] | None = json.loads(target.read_text()) if done.returncode == 0 else None
    return found


def ask(packages: list[str], answer: Path) -> str | None:
    """Ask the service about packages (`name==version`); return why it could not be asked."""
    answer.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch, "packages.txt")
        wanted.write_text("".join(f"{package}\n" for package in packages))
        options = ("--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json", "--desc=off")
        command = (
            sys.executable,
            "-m",
            "pip_audit",
            f"--requirement={wanted}",
            f"--output={answer}",
            *options,
        )
        # A cache of its own, so that nothing is written outside of the project.
        cache = f"--cache-dir={ROOT / '.cache' / 'pip-audit'}"
        done = subprocess.run((*command, cache), capture_output=True, text=True, check=False)
    if answer.exists():
        return None
    said = done.stderr.strip().splitlines()
    return said[-1] if said else f"pip-audit ended with {done.returncode}"


def judge(packages: list[str], answer: dict[str, Any]) -> tuple[list[Finding], list[str]]:
    """Return what is known, and the packages of which nothing was told."""
    told = {f"{one['name']}=={one.get('version')}": one for one in answer["dependencies"] if "vulns" in one}
    findings = [
        Finding(package, vulnerability["id"], tuple(vulnerability["fix_versions"]))
        for package, one in told.items()
        for vulnerability in one["vulns"]
    ]
    return findings, [package for package in packages if package not in told]


def main(directory: Path) -> int:
    """Write both files, say what they come to, and return the exit code."""
    directory.mkdir(parents=True, exist_ok=True)
    sbom = make_sbom(directory / "sbom.cdx.json")
    if sbom is None:
        print("No bill of materials could be made.", file=sys.stderr)
        return 2
    packages = [f"{one['name']}=={one['version']}" for one in sbom["components"]]
    print(f"{directory / 'sbom.cdx.json'}: {len(packages)} packages")
    answer = directory / "audit.json"
    if why := ask(packages, answer):
        return unknown(f"none of the {len(packages)} packages could be asked about: {why}")
    findings, untold = judge(packages, json.loads(answer.read_text()))
    for finding in findings:
        print(finding)
    if findings:
        return 1
    if untold:
        return unknown(f"nothing was told about {len(untold)} of {len(packages)}: {', '.join(untold)}")
    print(f"Nothing is known against any of the {len(packages)} packages today.")
    return 0


def unknown(why: str) -> int:
    """Say that it is not known; with CI=true that is not good enough."""
    print(f"NOT AUDITED: {why}")
    print(
        "Whether there are known vulnerabilities is unknown. Run this again where the service can be reached."
    )
    return 3 if os.environ.get("CI") == "true" else 0


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2] or ["reports"])))
