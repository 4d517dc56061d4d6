#!/bin/sh
# Installs the system packages that some tests need, where that is possible without asking: on Debian, as root.
# Elsewhere it names what is missing and carries on; those tests then say loudly that they did not run.
# With CI=true a missing part is a failure.
set -eu

# Debian names the packages like the commands.
needed="buildah chromium curl debootstrap"

missing() {
    for command in $needed; do
        command -v "$command" >/dev/null 2>&1 || printf '%s ' "$command"
    done
}

[ -n "$(missing)" ] || exit 0
# shellcheck disable=SC2046  # a list of words
sh scripts/debian-packages.sh $(missing) || true
[ -n "$(missing)" ] || exit 0
echo "Missing on this machine: $(missing)- the tests that need them cannot run." >&2
[ "${CI:-}" != true ]
