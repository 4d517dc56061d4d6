from checker.lab.cloud.api import Api
from checker.lab.cloud.registry import Registry


def left(api: Api) -> list[str]:
    found = api.client("ecr").describe_images(repositoryName="worker")["imageDetails"]
    return [tag for image in found for tag in image["imageTags"]]


def test_the_oldest_are_expired_also_of_those_pushed_in_one_second(api: Api) -> None:
    registry = Registry(api)
    registry.create("worker", keep=3)
    for number in range(5):
        registry.push("worker", f"v{number}")
    assert registry.expire("worker", keep=3) == ("v0", "v1")
    assert left(api) == ["v2", "v3", "v4"]


def test_nothing_is_expired_where_few_are_kept(api: Api) -> None:
    registry = Registry(api)
    registry.create("worker")
    registry.push("worker", "v0")
    assert registry.expire("worker", keep=3) == ()
    assert left(api) == ["v0"]
