import io

from checker.core.outcome import Outcome
from checker.core.reason import Reason, Result, State
from checker.surfaces.report.finished import Finished
from checker.surfaces.report.github import Spot, annotations, unobeyed
from tests.surfaces.samples import failed, outcome, probe, unhealthy


def nowhere(_: Outcome) -> None:
    return None


def told(*outcomes: Outcome) -> list[str]:
    runs = [Finished(probe(last.probe), last, State.DOWN) for last in outcomes]
    return annotations(runs, nowhere).splitlines()


def test_a_failure_at_its_line() -> None:
    run = Finished(probe(), failed(shallow=unhealthy()), State.DOWN)
    assert (
        "::error file=checks.yaml,line=54,title=works-search%3A fail in step search (auth_rejected)"
        "::status: expected 2xx, saw 401%0AThe credentials were refused: rotated, revoked, outdated, or without "
        "the permission.\n"
    ) == annotations([run], lambda _: Spot("checks.yaml", 54))


def test_without_a_line() -> None:
    (one,) = told(failed())
    assert one.startswith("::error title=works-search%3A fail")


def test_what_the_platform_hides() -> None:
    (one,) = told(failed())
    assert one.endswith("%0AMasked: the platform's own check says healthy.")


def test_a_degraded_run_is_a_warning_and_a_pass_is_nothing() -> None:
    slow = outcome(result=Result.DEGRADED, step="http", reason=Reason.SLOW, message="too slow")
    (one,) = told(outcome("good"), slow)
    assert one.startswith("::warning title=works-search%3A degraded in step http (slow)::too slow%0A")


def test_what_the_checker_could_not_tell_is_an_error() -> None:
    lost = outcome(result=Result.ERROR, reason=Reason.INTERNAL, message="a fault")
    (one,) = told(lost)
    assert one.startswith("::error title=works-search%3A could not be told (internal)::a fault%0A")


def test_the_gravest_come_first() -> None:
    found = told(
        outcome("a", Result.DEGRADED),
        outcome("b", Result.ERROR),
        failed("c", shallow=None),
        failed("d"),
    )
    assert ["d", "c", "b", "a"] == [one.partition("title=")[2][0] for one in found]


def test_nothing_ends_a_command_early_or_begins_another() -> None:
    message = "100%\n::set-output name=a::b\r\x1b[2J ##[add-path]x,y:z"
    (one,) = told(failed(step="a:b,c\n::", message=message))
    properties, data = one.removeprefix("::error ").split("::", maxsplit=1)
    assert "title=works-search%3A fail in step a%3Ab%2Cc\\n%3A%3A (auth_rejected)" == properties
    assert data.startswith(r"100%25\n::set-output name=a::b\r\x1b[2J ##[add-path]x,y:z%0A")


def test_what_is_written_meanwhile_is_not_obeyed() -> None:
    stream = io.StringIO()
    for _ in range(2):
        with unobeyed(stream):
            stream.write("::set-output name=a::b\n")
    first, said, last, second = stream.getvalue().splitlines()[:4]
    assert "::set-output name=a::b" == said
    token = first.removeprefix("::stop-commands::")
    assert f"::{token}::" == last
    assert 32 == len(token)
    assert first != second
