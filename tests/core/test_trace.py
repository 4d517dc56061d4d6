import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.reason import Phase
from checker.core.trace import Trace


class Stopwatch:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def now() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def trace(now: Stopwatch) -> Trace:
    return Trace(now)


def test_a_new_trace_has_nothing(trace: Trace) -> None:
    assert (None, {}, {}, {}) == (trace.current, trace.timings, trace.snapshot(), trace.facts)


def test_starting_a_phase_ends_the_one_before(trace: Trace, now: Stopwatch) -> None:
    trace.start(Phase.DNS)
    now.now += 1
    trace.start(Phase.CONNECT)
    running = trace.current
    now.now += 2
    trace.stop()
    assert (Phase.CONNECT, None) == (running, trace.current)
    assert {Phase.DNS: 1.0, Phase.CONNECT: 2.0} == trace.timings


def test_time_between_phases_is_nobody_s(trace: Trace, now: Stopwatch) -> None:
    trace.start(Phase.DNS)
    now.now += 1
    trace.stop()
    now.now += 50
    trace.stop()
    trace.start(Phase.WAIT)
    now.now += 1
    trace.stop()
    assert {Phase.DNS: 1.0, Phase.WAIT: 1.0} == trace.timings


def test_a_phase_that_happens_again_adds_up(trace: Trace, now: Stopwatch) -> None:
    for _ in range(3):
        with trace.phase(Phase.WAIT):
            now.now += 2
    assert {Phase.WAIT: 6.0} == trace.timings


def test_a_snapshot_has_the_running_phase(trace: Trace, now: Stopwatch) -> None:
    with trace.phase(Phase.DNS):
        now.now += 1
    trace.start(Phase.WAIT)
    now.now += 2
    assert {Phase.DNS: 1.0, Phase.WAIT: 2.0} == trace.snapshot()
    assert {Phase.DNS: 1.0} == trace.timings
    now.now += 1
    trace.stop()
    assert {Phase.DNS: 1.0, Phase.WAIT: 3.0} == trace.snapshot()


def test_a_phase_that_fails_is_left_running_so_that_it_can_be_named(trace: Trace, now: Stopwatch) -> None:
    def connect() -> None:
        with trace.phase(Phase.CONNECT):
            now.now += 1
            raise OSError("reset")

    with pytest.raises(OSError, match="reset"):
        connect()
    assert Phase.CONNECT is trace.current
    assert {Phase.CONNECT: 1.0} == trace.snapshot()


def test_a_phase_within_a_phase_ends_the_outer_one(trace: Trace, now: Stopwatch) -> None:
    with trace.phase(Phase.CONNECT):
        now.now += 1
        with trace.phase(Phase.TLS):
            now.now += 2
        now.now += 4
    assert {Phase.CONNECT: 1.0, Phase.TLS: 2.0} == trace.timings


def test_a_restart_forgets_everything(trace: Trace, now: Stopwatch) -> None:
    trace.start(Phase.DNS)
    trace.facts["address"] = "127.0.0.1"
    now.now += 1
    trace.restart()
    assert (None, {}, {}) == (trace.current, trace.snapshot(), trace.facts)
    trace.start(Phase.DNS)
    now.now += 2
    assert {Phase.DNS: 2.0} == trace.snapshot()


@given(st.lists(st.tuples(st.sampled_from([*Phase, None]), st.integers(0, 100)), max_size=20))
def test_no_time_is_lost_or_counted_twice(steps: list[tuple[Phase | None, int]]) -> None:
    now = Stopwatch()
    trace = Trace(now)
    expected = 0
    for phase, seconds in steps:
        if phase is None:
            trace.stop()
        else:
            trace.start(phase)
            expected += seconds
        now.now += seconds
    assert expected == sum(trace.snapshot().values())


def test_the_clock_is_real_unless_given() -> None:
    trace = Trace()
    with trace.phase(Phase.DNS):
        pass
    assert 0 <= trace.timings[Phase.DNS]


def test_what_is_waited_for_aside_is_known_as_long_as_it_is(trace: Trace) -> None:
    other = Trace()
    with trace.aside("a token", other):
        during = dict(trace.asides)
    assert ({"a token": other}, {}) == (during, trace.asides)


def test_how_far_an_answer_has_come_is_told_as_long_as_it_is_on_its_way(trace: Trace) -> None:
    with trace.progressing(lambda: "after 3 bytes"):
        assert trace.progress is not None
        assert "after 3 bytes" == trace.progress()
    assert trace.progress is None


def test_another_attempt_waits_for_nothing_yet(trace: Trace) -> None:
    trace.asides["a"] = Trace()
    trace.restart()
    assert {} == trace.asides
