"""A test of this folder with its examples guided by coverage, where atheris is installed.

python -m tests.fuzz.guided MODULE:TEST [libFuzzer's options, such as -max_total_time=300]
"""

import importlib
import sys

import atheris


def main() -> None:
    name, _, test = sys.argv.pop(1).partition(":")
    importlib.import_module(
        "tests.conftest"
    )  # hypothesis's settings, which tests take when they are imported
    with atheris.instrument_imports(include=["checker"]):
        module = importlib.import_module(f"tests.fuzz.{name}")
    found = getattr(module, test)
    # Hypothesis turns libFuzzer's bytes into examples; what it cannot use is passed over.
    atheris.Setup(sys.argv, found.hypothesis.fuzz_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
