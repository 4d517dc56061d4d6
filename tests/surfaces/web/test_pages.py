import re
import subprocess
import sys

import pytest

from checker.surfaces.web.pages import assets, assets_version


def test_assets_are_what_pages_load() -> None:
    assert {"live.js", "mark.svg", "style.css"} == set(assets())
    assert {"text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"} == {
        media_type for _, media_type in assets().values()
    }


def test_their_version_follows_their_content() -> None:
    assert re.fullmatch("[0-9a-f]{12}", assets_version())


@pytest.mark.parametrize(
    "pattern", [rb"https?://(?!www\.w3\.org/2000/svg)", rb"@import", rb"url\(", rb"innerHTML", rb"eval\("]
)
def test_nothing_is_loaded_from_elsewhere_nor_interpreted(pattern: bytes) -> None:
    assert {} == {
        name: found for name, (content, _) in assets().items() if (found := re.findall(pattern, content))
    }


def test_the_template_engine_is_not_loaded_before_the_first_page() -> None:
    script = "import sys, checker.surfaces.web.app; sys.exit('jinja2' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", script], check=False, timeout=30).returncode
