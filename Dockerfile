# The checker as a container: `serve` by default, with the AWS extra, as a user without rights and on a root file
# system that may be read-only. Mount a checks.yaml at /etc/checker/checks.yaml, or set CHECKER_CONFIG.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
# A directory `wheelhouse` (make wheelhouse) serves builds that reach no package index.
COPY requirements.lock requirements-build.lock wheelhous[e] wheelhouse/
# pip stays in an environment of its own: the image needs neither it nor the build's tools.
RUN set -eu; \
    if ls wheelhouse/*.whl >/dev/null 2>&1; then export PIP_NO_INDEX=1 PIP_FIND_LINKS=wheelhouse; fi; \
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore; \
    python3 -m venv tools; \
    tools/bin/pip install --no-deps --require-hashes -r wheelhouse/requirements-build.lock; \
    python3 -m venv --without-pip /opt/checker; \
    tools/bin/pip --python /opt/checker/bin/python install --no-deps --require-hashes --only-binary :all: \
        -r wheelhouse/requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY checker checker
RUN tools/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir dist . \
    && tools/bin/pip --python /opt/checker/bin/python install --no-deps --no-index dist/*.whl

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="checker" \
      org.opencontainers.image.description="Synthetic health checks that do what a user does" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /opt/checker /opt/checker
ENV PATH=/opt/checker/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/nonexistent \
    CHECKER_LISTEN=0.0.0.0:10460
WORKDIR /etc/checker
USER 65532:65532
EXPOSE 10460
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["checker", "healthcheck"]
ENTRYPOINT ["checker"]
CMD ["serve"]
