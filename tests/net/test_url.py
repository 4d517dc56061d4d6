import httpx
import pytest

from checker.net.url import Url

TEXTS = [
    "http://a.example",
    "HTTPS://me:pass%20word@A.Example:8443/p%C3%A4th/ü?q=1&r=ä#part",
    "http://[::1]:80/?",
    "http://bücher.example/x",
    "http://127.0.0.1:0/",
]


@pytest.mark.parametrize("text", TEXTS)
def test_its_parts_are_those_of_any_other(text: str) -> None:
    url, other = Url(text), httpx.URL(text)

    assert other == url
    assert (hash(other), str(other)) == (hash(url), str(url))
    assert "pass" not in repr(url)
    for part in [name for name in dir(httpx.URL) if isinstance(getattr(httpx.URL, name), property)]:
        if part != "raw":  # which is deprecated
            assert getattr(other, part) == getattr(url, part), part


def test_what_is_made_of_it_has_parts_of_its_own() -> None:
    url = Url("http://a.example/x?q=1")

    assert b"/y" == url.copy_with(path="/y", query=None).raw_path
    assert b"b.example" == url.join("//b.example/z").netloc
    assert b"/x?q=1" == url.raw_path


def test_what_is_no_url_is_refused_as_by_any_other() -> None:
    with pytest.raises(httpx.InvalidURL):
        Url("http://[::1")
