import subprocess
import sys

import pytest

INTERRUPTED = """\
import sys

class CtrlC:
    def find_spec(self, name, *_):
        if name == {name!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, CtrlC())
sys.argv = ["checker", "healthcheck" if {name!r}.endswith("healthcheck") else "list"]
from checker.cli.main import main
main()
"""


@pytest.mark.parametrize("name", ["checker.cli.healthcheck", "typer", "checker.cli.verbs"])
def test_ctrl_c_while_it_is_being_imported_is_no_traceback(name: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED.format(name=name)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (130, "", "") == (done.returncode, done.stdout, done.stderr)


def test_the_command_line_comes_without_what_the_commands_call() -> None:
    """Else `--help`, and whoever waits for the shell to complete a word, would wait for all of it."""
    program = "import sys, checker.cli.verbs; print(*sorted(sys.modules), sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert set() == loaded & {"pydantic", "yaml", "httpx", "rich", "checker.config", "checker.kinds"}
