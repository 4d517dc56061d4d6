from checker.core.clock import Clock
from checker.lab.estate.uploads import _CAPACITY, Jobs, Parsed, parse


def test_only_the_newest_uploads_are_remembered() -> None:
    jobs = Jobs(Clock(monotonic=lambda: 0.0))
    for _ in range(_CAPACITY + 1):
        jobs.submit("a.csv", "client", b"")
    assert jobs.get(1) is None
    assert jobs.get(2) is not None


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    content = "\ufeffrecord,trust,start_date\r\nP-1,RJ1,2024-10-01\r\n".encode()
    assert Parsed(imported=1) == parse(content)
