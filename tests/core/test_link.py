import pytest

from checker.core.link import leads_to_page


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://example.org/a?b#c", True),
        ("HTTP://127.0.0.1", True),
        ("javascript:alert(1)", False),
        ("data:text/html,<script>", False),
        ("//example.org", False),
        ("https:", False),
        ("see the wiki", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_only_web_pages_may_be_links(url: str, leads: bool) -> None:
    assert leads is leads_to_page(url)
