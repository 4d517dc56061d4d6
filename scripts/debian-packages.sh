#!/bin/sh
# Installs Debian packages where nobody need be asked: on Debian, as root. Anywhere else it does nothing and fails.
#
#   scripts/debian-packages.sh PACKAGE…
set -eu

[ -e /etc/debian_version ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 1

echo "Installing system packages: $*"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ apt-get update -q && apt-get install -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null || {
    tail -n 20 "$log" >&2
    exit 1
}
