from checker.surfaces.report.finished import Finished, finished, rfc3339
from tests.surfaces.samples import NOW, masked_view, view


def test_only_what_has_run_is_reported() -> None:
    ran = masked_view()
    assert ran.last
    assert (Finished(ran.probe, ran.last, ran.state),) == finished([view(), ran])


def test_times_are_utc_to_the_millisecond() -> None:
    assert "2030-03-17T17:46:40.250Z" == rfc3339(NOW + 0.25)
    assert "1970-01-01T00:00:00.000Z" == rfc3339(0)
