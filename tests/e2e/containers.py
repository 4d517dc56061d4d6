"""Building and running the container image without a daemon: buildah in a chroot, over a Debian of our own.

buildah keeps images and containers in a storage of each run's own, so nothing of them outlives the tests. What
costs time or network is kept in `.cache/image`: the base system, and the wheels that the lock files pin.
"""

import hashlib
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.machine import cannot_run

REPOSITORY = Path(__file__).parents[2]
CACHE = REPOSITORY / ".cache" / "image"
SOURCES = ("Dockerfile", ".dockerignore", "pyproject.toml", "README.md", "LICENSE", "checker")
LOCKS = ("requirements.lock", "requirements-build.lock")

SUITE = "bookworm"
SUITE_PYTHON = "3.11"
UNUSED = ("var/cache", "var/lib/apt", "usr/share/doc", "usr/share/locale", "usr/share/man")


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Return the standard output of a command that must succeed; its errors are in the exception."""
    done = subprocess.run(
        command, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env, check=False
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise RuntimeError(f"{shlex.join(map(str, command))} ended with {done.returncode}:\n{said}")
    return done.stdout


def base_system() -> Path:
    """Return an archive of a small Debian with Python, made at the first call on a machine."""
    archive = CACHE / f"{SUITE}-{platform.machine()}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            _bootstrap(Path(scratch, "system"), Path(scratch, "system.tar")).replace(archive)
    return archive


def _bootstrap(system: Path, archive: Path) -> Path:
    try:
        run("debootstrap", "--variant=minbase", "--include=python3,python3-venv", SUITE, system, *_mirror())
    except RuntimeError as error:
        cannot_run(f"debootstrap made no base system: {error}")
    unused = (f"--exclude=./{path}" for path in UNUSED)
    run("tar", "--create", "--file", archive, "--directory", system, *unused, ".")
    return archive


def _mirror() -> tuple[str, ...]:
    """Return the mirror that this machine gets the suite from, or nothing for debootstrap's own choice."""
    if shutil.which("apt-get") is None:
        return ()
    options = ("--format", "$(REPO_URI)", f"Codename: {SUITE}", "Component: main", "Created-By: Packages")
    return tuple(run("apt-get", "indextargets", *options).split()[:1])


def wheelhouse() -> Path:
    """Return a directory with the wheels of the image, fetched anew when a lock file changes."""
    digest = hashlib.sha256(b"".join((REPOSITORY / lock).read_bytes() for lock in LOCKS)).hexdigest()[:16]
    wheels = CACHE / f"wheels-{platform.machine()}-{digest}"
    if not wheels.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            fetched = _fetch_wheels(Path(scratch, "wheels"))
            if not wheels.exists():  # another run may have been faster
                fetched.rename(wheels)
    return wheels


def _fetch_wheels(into: Path) -> Path:
    try:
        run(sys.executable, REPOSITORY / "scripts" / "wheelhouse.py", SUITE_PYTHON, into)
    except RuntimeError as error:
        cannot_run(f"the wheels of the image could not be fetched: {error}")
    return into


@contextmanager
def build_context() -> Iterator[Path]:
    """Yield a directory with what the image is built of, and a wheelhouse, as `make wheelhouse image` has it."""
    with tempfile.TemporaryDirectory() as scratch:
        context = Path(scratch)
        for name in (*SOURCES, *LOCKS):
            source = REPOSITORY / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, context / name)
        shutil.copytree(wheelhouse(), context / "wheelhouse")
        yield context


@dataclass(frozen=True, slots=True)
class Buildah:
    """buildah over a storage of its own."""

    storage: Path

    @property
    def command(self) -> tuple[str, ...]:
        root, run_root = self.storage / "root", self.storage / "run"
        return ("buildah", "--storage-driver", "vfs", "--root", str(root), "--runroot", str(run_root))

    def __call__(self, *arguments: str | Path) -> str:
        return run(*self.command, *arguments, env=self.environment).strip()

    @property
    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "BUILDAH_ISOLATION": "chroot"}

    def import_base(self, archive: Path, name: str) -> None:
        container = self("from", "scratch")
        self("add", "--quiet", container, archive, "/")
        self("commit", "--quiet", "--rm", container, name)

    def build(self, context: Path, base: str, name: str) -> None:
        options = ("--format", "docker", "--build-arg", f"PYTHON_IMAGE={base}", "--tag", name)
        self("bud", *options, "--file", context / "Dockerfile", context)

    def config(self, image: str) -> dict[str, Any]:
        """Return the configuration of an image, as `docker inspect` names its parts."""
        described: dict[str, Any] = json.loads(self("inspect", "--type", "image", image))["Docker"]["config"]
        return described


# buildah cannot run a container read-only. So root makes it so from inside, and goes on as the image's user.
AS_ROOT = ("--user", "0", "--cap-add", "CAP_SYS_ADMIN")
READ_ONLY = (
    "mount -o remount,bind,ro / && exec setpriv --reuid {} --regid {} --clear-groups --bounding-set -all"
)


@dataclass(frozen=True, slots=True)
class Container:
    """A container made of an image. `settings` are options of `buildah run`, such as variables and volumes."""

    buildah: Buildah
    name: str

    def command(self, *command: str, settings: Sequence[str] = ()) -> tuple[str, ...]:
        return (*self.buildah.command, "run", *settings, self.name, "--", *command)

    def run(self, *command: str, settings: Sequence[str] = ()) -> str:
        """Return what a command says; RuntimeError where it fails."""
        return run(*self.command(*command, settings=settings), env=self.buildah.environment).strip()

    def read_only(self, *command: str, user: str, settings: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the command line of a command that runs as `user` (uid:gid) and can write nowhere."""
        script = f"{READ_ONLY.format(*user.split(':'))} {shlex.join(command)}"
        return self.command("sh", "-c", script, settings=(*AS_ROOT, *settings))

    @contextmanager
    def running(self, command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
        """Run a command line in the background; whatever is left of it at the end is killed."""
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env=self.buildah.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                yield process
            finally:
                for pid in (*descendants(process.pid), process.pid):
                    _kill(pid)
                process.wait()


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> tuple[int, ...]:
    """Return the processes below one, the deepest first."""
    children = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it may have ended meanwhile
            children += thread.read_text().split()
    return tuple(found for child in map(int, children) for found in (*descendants(child), child))
