#!/bin/sh
# Builds the container image with whichever builder this machine has.
#
#   IMAGE=name PYTHON_IMAGE=base scripts/image.sh       (an empty PYTHON_IMAGE: the Dockerfile's own default)
set -eu

set -- --tag "$IMAGE" --file Dockerfile ${PYTHON_IMAGE:+--build-arg "PYTHON_IMAGE=$PYTHON_IMAGE"} .

if command -v docker >/dev/null 2>&1; then
    exec docker build "$@"
elif command -v podman >/dev/null 2>&1; then
    exec podman build --format docker "$@" # the OCI format knows no HEALTHCHECK
elif command -v buildah >/dev/null 2>&1; then
    exec buildah bud --format docker "$@"
fi
echo "docker, podman or buildah is needed to build the image." >&2
exit 1
