#!/bin/sh
# Installs the system packages that some tests need, where that is possible without asking: on Debian, as root.
# Elsewhere it names what is missing and carries on; those tests then say loudly that they did not run.
# With CI=true a missing part is a failure.
set -eu

# Debian names the packages like the commands.
needed="buildah debootstrap"

missing() {
    for command in $needed; do
        command -v "$command" >/dev/null 2>&1 || printf '%s ' "$command"
    done
}

packages=$(missing)
[ -n "$packages" ] || exit 0

if [ -e /etc/debian_version ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing the system packages that the tests need: $packages"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    # shellcheck disable=SC2086  # a list of words
    { apt-get update -q && apt-get install -q -y --no-install-recommends $packages; } >"$log" 2>&1 </dev/null ||
        tail -n 20 "$log" >&2
    rm -f "$log"
    packages=$(missing)
    [ -n "$packages" ] || exit 0
fi

echo "Missing on this machine: ${packages% }. The tests that need them cannot run." >&2
[ "${CI:-}" != true ]
