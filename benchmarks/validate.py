"""CPU seconds to load 1,000 probes: written out one by one, out of a matrix, and out of a template."""

import sys
import time
from collections.abc import Callable

from checker.config.load import load

PROBES = 1000

_STEPS = """
    interval: 30s
    labels: {{env: prod, team: a}}
    steps:
      - step: search
        http:
          url: https://example.org/works/{0}
          params: {{query: botany, pageSize: 10}}
        expect:
          status: 200
          latency: {{lt: 2s}}
          json:
            $.totalResults: {{gte: {0}}}
            $.results[*].id: {{every: {{matches: '^[a-z0-9]{{8}}$'}}}}
        capture:
          work_id: {{json: "$.results[0].id"}}
      - step: open
        http: {{url: "https://example.org/{0}/works/${{work_id}}"}}
        expect: {{json: {{$.id: "${{work_id}}"}}}}
"""


def written_out() -> str:
    """A document in which each probe stands for itself."""
    return "version: 1\nprobes:\n" + "".join(f"  p{index}:{_STEPS.format(index)}" for index in range(PROBES))


def matrix() -> str:
    """A document with one probe that stands for all."""
    digits = list(range(10))
    axes = f"\n    matrix: {{a: {digits}, b: {digits}, c: {digits}}}"
    return (
        f"version: 1\nprobes:\n  p:{axes}{_STEPS.format('${matrix.a}').replace('gte: ${matrix.a}', 'gte: 1')}"
    )


def template() -> str:
    """A document with one template that all probes use."""
    body = _STEPS.format("${param.n}").replace("gte: ${param.n}", 'gte: "${param.n}"')
    uses = "".join(f"  p{index}: {{use: t, with: {{n: {index}}}}}\n" for index in range(PROBES))
    return f"version: 1\ntemplates:\n  t:\n    params: [n]{body}\nprobes:\n{uses}"


def measure(document: Callable[[], str]) -> float:
    """Return the CPU seconds of one load."""
    environment = {"CHECKS": document()}
    start = time.process_time()
    count = len(load("env:CHECKS", environment).probes)
    seconds = time.process_time() - start
    if count != PROBES:
        sys.exit(f"{document.__name__}: {count} probes instead of {PROBES}")
    return seconds


def main() -> None:
    """Print the best of three for each form."""
    print(f"imports: {time.process_time():.3f} s CPU")
    for document in (written_out, matrix, template):
        print(f"{PROBES} probes, {document.__name__}: {min(measure(document) for _ in range(3)):.3f} s CPU")


if __name__ == "__main__":
    main()
