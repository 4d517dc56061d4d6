#!/bin/sh
# Installs what only `make bench` needs: whom the checker is compared with, and what counts for it. On Debian, as root;
# elsewhere it names what is missing, and fails.
set -eu

missing=
while read -r command package; do
    command -v "$command" >/dev/null 2>&1 || missing="$missing $package"
done <<END
nginx nginx-light
prometheus-blackbox-exporter prometheus-blackbox-exporter
strace strace
taskset util-linux
valgrind valgrind
wrk wrk
END

[ -n "$missing" ] || exit 0
# shellcheck disable=SC2086  # a list of words
sh scripts/debian-packages.sh $missing || {
    echo "The benchmarks need:$missing" >&2
    exit 1
}
