import os
from uuid import RFC_4122, UUID

import pytest

from checker.core.ids import run_id, span_id, trace_id


def test_the_id_of_a_run_is_a_random_uuid() -> None:
    ids = [UUID(run_id()) for _ in range(1000)]

    assert {(4, RFC_4122)} == {(one.version, one.variant) for one in ids}
    assert 1000 == len(set(ids))
    assert all(str(one) == str(UUID(str(one))) for one in ids)


def test_every_bit_that_is_free_is_random() -> None:
    seen, always = 0, ~0
    for _ in range(1000):
        seen |= (number := UUID(run_id()).int)
        always &= number

    assert 122 == (seen & ~always).bit_count()


@pytest.mark.parametrize(("make", "digits"), [(trace_id, 32), (span_id, 16)])
def test_the_ids_of_a_trace_are_hexadecimal_digits(make: object, digits: int) -> None:
    assert callable(make)
    ids = [make() for _ in range(1000)]

    assert {digits} == {len(one) for one in ids}
    assert set("0123456789abcdef") == set("".join(ids))
    assert 1000 == len(set(ids))


def test_a_forked_process_makes_others() -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, run_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 100).decode()
    os.close(reading)
    os.close(writing)

    assert UUID(theirs) != UUID(run_id())
