#!/bin/sh
# Makes the virtual environment hold what the lock files pin, and the project itself, editable.
#
#   PYTHON=python3 VENV=.venv scripts/environment.sh runtime | dev
#
# A stamp keeps the checksum of what was installed, so that nothing is done when nothing has changed.
# `dev` holds all that `runtime` holds.
set -eu

wanted=$1
stamp="$VENV/.installed"
advice="Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11"
checksum=$(cat pyproject.toml requirements*.lock | cksum | tr ' ' '-')

fail() {
    echo "$*" >&2
    exit 1
}

is_current() {
    [ -x "$VENV/bin/checker" ] && "$VENV/bin/python" -c '' 2>/dev/null || return 1
    for kind in "$wanted" dev; do
        [ "$(cat "$stamp" 2>/dev/null)" = "$kind $checksum" ] && return 0
    done
    return 1
}

check_python() {
    version=$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) ||
        fail "$PYTHON was not found or does not run. $advice"
    case $version in
        2.* | 3.[0-9] | 3.10) fail "$PYTHON is Python $version. $advice" ;;
    esac
    makes_environments || sh scripts/debian-packages.sh python3-venv || true
    makes_environments ||
        fail "$PYTHON cannot make virtual environments; on Debian install the package python3-venv."
}

makes_environments() {
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null
}

is_usable() {
    "$VENV/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

install() {
    "$VENV/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps "$@"
}

is_current && exit 0
is_usable || check_python
echo "Setting up $VENV (a minute at first; nothing when it is up to date)"
is_usable || "$PYTHON" -m venv --clear "$VENV"
case $wanted in
    runtime) install --require-hashes -r requirements.lock -r requirements-build.lock ;;
    dev) install --require-hashes -r requirements-dev.lock ;;
    *) fail "usage: scripts/environment.sh runtime | dev" ;;
esac
install --no-build-isolation --no-index --editable .
echo "$wanted $checksum" >"$stamp"
