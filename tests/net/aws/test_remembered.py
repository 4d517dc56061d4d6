from checker.net.aws.remembered import DAY, MOST_ENTRIES, MOST_SERVICES, Remembered

NOW = 1_700_000_000.0
ARN = "arn:aws:ecs:eu-west-1:123456789012:service/prod/app"


def test_what_was_seen_stays_for_a_day_the_latest_first() -> None:
    remembered = Remembered()
    assert [{"n": 1}] == remembered.stopped(ARN, {"a": (NOW, {"n": 1})}, NOW)
    assert [{"n": 2}, {"n": 1}] == remembered.stopped(ARN, {"b": (NOW + 60, {"n": 2})}, NOW + 3600)
    assert [{"n": 2}] == remembered.stopped(ARN, {}, NOW + DAY)
    assert [] == remembered.stopped(ARN, {}, NOW + DAY + 60)


def test_what_is_known_need_not_be_asked_for() -> None:
    remembered = Remembered()
    assert frozenset() == remembered.knows(ARN)
    remembered.stopped(ARN, {"a": (NOW, {})}, NOW)
    assert {"a"} == remembered.knows(ARN)


def test_events_that_are_given_count_however_old() -> None:
    remembered = Remembered()
    old, new = (NOW - 9 * DAY, {"n": 1}), (NOW, {"n": 2})
    assert [{"n": 2}, {"n": 1}] == remembered.events(ARN, {"a": old, "b": new}, NOW)
    assert [{"n": 2}] == remembered.events(ARN, {}, NOW)


def test_the_most_failures_of_a_deployment_are_known_as_long_as_that_is() -> None:
    remembered = Remembered()
    assert {"a": 3} == remembered.failed(ARN, {"a": 3})
    assert {"a": 3, "b": 1} == remembered.failed(ARN, {"a": 0, "b": 1})
    assert {"b": 1} == remembered.failed(ARN, {"b": 0})
    assert {"a": 0} == remembered.failed(ARN, {"a": 0})


def test_it_is_bounded() -> None:
    remembered = Remembered()
    entries = {str(n): (NOW + n, {"n": n}) for n in range(MOST_ENTRIES + 5)}
    assert [{"n": n} for n in range(MOST_ENTRIES + 4, 4, -1)] == remembered.stopped(ARN, entries, NOW)
    assert MOST_ENTRIES == len(remembered.events(ARN, entries, NOW))
    for n in range(MOST_SERVICES):
        remembered.stopped(f"{ARN}{n}", {"a": (NOW, {})}, NOW)
    assert frozenset() == remembered.knows(ARN)
    assert {"a"} == remembered.knows(f"{ARN}0")
