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
    command -v "$PYTHON" >/dev/null 2>&1 ||
        fail "$PYTHON was not found. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.11"
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "$PYTHON is $("$PYTHON" --version 2>&1); Python 3.11 or newer is needed. Name one: make PYTHON=/path/to/python3.11"
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "$PYTHON cannot make virtual environments; on Debian install the package python3-venv."
}

make_environment() {
    "$VENV/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return
    check_python
    "$PYTHON" -m venv --clear "$VENV"
}

install() {
    "$VENV/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-input --no-deps "$@"
}

is_current && exit 0
echo "Setting up $VENV (a minute at first; nothing when it is up to date)"
make_environment
case $wanted in
    runtime) install --require-hashes -r requirements.lock -r requirements-build.lock ;;
    dev) install --require-hashes -r requirements-dev.lock ;;
    *) fail "usage: scripts/environment.sh runtime | dev" ;;
esac
install --no-build-isolation --no-index --editable .
echo "$wanted $checksum" >"$stamp"
