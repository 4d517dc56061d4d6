"""The entry point of the `checker` command."""

import gc
import sys

_YOUNG = 50_000
"""New objects until the collector looks through them: of what is imported and loaded, nearly all stays."""


def main() -> None:
    """Run the command line. Ctrl-C, also while it is still being imported, is exit code 130, in silence."""
    gc.set_threshold(_YOUNG)
    try:
        _main()
    except KeyboardInterrupt:
        sys.exit(130)


def _main() -> None:
    """`healthcheck` and `serve` are served before anything big is imported that they do without."""
    if sys.argv[1:2] == ["healthcheck"]:
        from checker.cli.healthcheck import main as healthcheck  # start-up time

        sys.exit(healthcheck(sys.argv[2:]))
    from checker.cli.output import checked_output  # start-up time

    with checked_output():
        if sys.argv[1:2] == ["serve"]:
            from checker.cli.serving import main as serve  # memory

            if (code := serve(sys.argv[2:])) is not None:
                sys.exit(code)
        from checker.cli.verbs import app  # start-up time

        app(prog_name="checker")


if __name__ == "__main__":
    main()
