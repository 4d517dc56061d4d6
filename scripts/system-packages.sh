#!/bin/sh
# Installs the system packages that some tests need, where that is possible without asking: on Debian, as root.
# Elsewhere it names what is missing and carries on; those tests then say loudly that they did not run.
# With CI=true a missing part is a failure.
set -eu

# Debian names the packages like the commands, but for libxml2-utils, which has xmllint, and libatomic1, which the
# driver of the browser is linked against. promtool comes with prometheus, amtool with prometheus-alertmanager.
needed="buildah chromium curl debootstrap haproxy libatomic1 libxml2-utils nginx openssl prometheus prometheus-alertmanager
    prometheus-blackbox-exporter prometheus-node-exporter prometheus-pushgateway strace wrk"

is_here() {
    case $1 in
        libxml2-utils) command -v xmllint ;;
        libatomic1) ! command -v ldconfig || ldconfig -p | grep -F libatomic.so.1 ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

missing() {
    for part in $needed; do
        is_here "$part" || printf '%s ' "$part"
    done
}

[ -n "$(missing)" ] || exit 0
# shellcheck disable=SC2046  # a list of words
sh scripts/debian-packages.sh $(missing) || true
[ -n "$(missing)" ] || exit 0
echo "Missing on this machine: $(missing)- the tests that need them cannot run." >&2
[ "${CI:-}" != true ]
