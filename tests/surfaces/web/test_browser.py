"""The pages in a real browser: what its script does, what its policy forbids, and what a phone shows of them."""

import asyncio
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from checker.board.snapshot import Snapshot
from checker.core.reason import State
from checker.surfaces.own import Own
from checker.surfaces.web.app import Sources, web_app
from checker.surfaces.web.live import Live
from checker.surfaces.web.server import Server
from tests.surfaces.causes.boards import PROD, rotated, troubled
from tests.surfaces.samples import NOW, outcome, trouble, view
from tests.surfaces.web.test_app import ATTACKS, attacked

expect.set_options(timeout=30_000)  # a busy machine takes its time

# One browser, and so one event loop, for all of them.
pytestmark = [
    pytest.mark.needs("chromium"),
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("browser"),
]

CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ARTEFACTS = os.environ.get("CHECKER_SCREENSHOTS", "")


@dataclass
class Site:
    """The pages over a board that a test changes, and all that the browser complained about."""

    url: str
    live: Live
    close: Callable[[], object]
    board: Snapshot = field(default_factory=trouble)
    complaints: list[str] = field(default_factory=list)

    def repair(self) -> None:
        """Let the user's path work again."""
        broken = self.board.probes["works-search"]
        fine = view(broken.probe, outcome(started_at=NOW), state=State.UP)
        self.board = replace(self.board, probes={**self.board.probes, "works-search": fine})


@pytest_asyncio.fixture(loop_scope="module")
async def site() -> AsyncIterator[Site]:
    sock = socket.create_server(("127.0.0.1", 0))
    live = Live(lambda: served.board, every=0.02, alive=0.2)
    server = Server(web_app(Sources(lambda: served.board, Own(), now=lambda: NOW), live), sock)
    closing: list[asyncio.Task[None]] = []

    def close() -> None:
        live.close()
        closing.append(asyncio.create_task(server.aclose()))

    served = Site(f"http://127.0.0.1:{sock.getsockname()[1]}", live, close)
    await server.open()
    yield served
    if not closing:
        close()
    await asyncio.gather(*closing)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(CHROMIUM)
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser, site: Site) -> AsyncIterator[Page]:
    page = await browser.new_page(base_url=site.url)
    page.on("console", lambda message: site.complaints.append(message.text))
    page.on("pageerror", lambda error: site.complaints.append(str(error)))
    page.on("dialog", lambda dialog: site.complaints.append(f"dialog: {dialog.message}"))
    yield page
    await page.close()


async def test_the_page_follows_the_board_without_a_reload(tab: Page, site: Site) -> None:
    await tab.goto("/")
    await expect(tab.get_by_role("heading", level=1)).to_have_text("2 user paths are broken")
    await expect(tab.locator("#pulse")).to_contain_text("Live")
    await tab.evaluate("window.same = true")
    site.repair()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("1 user path is broken")
    await expect(tab).to_have_title("(1) checker")
    assert await tab.evaluate("window.same")
    assert [] == site.complaints


async def test_what_is_open_or_focused_stays_so(tab: Page, site: Site) -> None:
    await tab.goto("/probes/bulk-upload")
    closed = tab.locator("details").first
    await closed.locator("summary").click()
    await expect(closed).to_have_attribute("open", "")
    await tab.get_by_role("link", name="JSON").focus()
    site.repair()
    await tab.wait_for_function(
        "performance.getEntriesByType('resource').some((one) => one.name.includes('part='))"
    )
    await expect(tab.locator("details").first).to_have_attribute("open", "")
    await expect(tab.get_by_role("link", name="JSON")).to_be_focused()
    assert [] == site.complaints


async def _grow_stale(tab: Page) -> None:
    """Let the page's time pass, again where what it had heard before was still on its way."""
    for _ in range(20):
        await tab.clock.run_for(20_000)
        if await tab.locator("#stale").is_visible():
            return
    raise AssertionError("the page still says that it is live")


async def test_a_lost_stream_is_said_and_a_page_never_pretends(tab: Page, site: Site) -> None:
    await tab.clock.install()
    await tab.goto("/")
    await expect(tab.locator("#pulse")).to_contain_text("Live")
    await expect(tab.locator("#stale")).to_be_hidden()
    site.close()
    await _grow_stale(tab)
    await expect(tab.locator("#stale")).to_contain_text("This is how things were at")
    await expect(tab.locator("#pulse")).to_have_text("Not live")
    await expect(tab.get_by_role("heading", level=1)).to_have_text("2 user paths are broken")


async def test_a_refresh_that_fails_is_not_live_either(tab: Page, site: Site) -> None:
    """The stream is there, but what it promises cannot be had."""
    await tab.clock.install()
    await tab.goto("/")
    await expect(tab.locator("#pulse")).to_contain_text("Live")
    await tab.route("**/?part=", lambda route: route.fulfill(status=500, body="no"))
    async with tab.expect_response("**/?part="):
        site.repair()
        await tab.clock.run_for(5_000)
    await _grow_stale(tab)


async def test_typing_filters_and_the_url_keeps_it(tab: Page, site: Site) -> None:
    await tab.goto("/")
    await tab.keyboard.press("/")
    await tab.keyboard.type("images")
    await tab.wait_for_url("**/?q=images")
    await expect(tab.locator("li.row")).to_have_count(1)
    await tab.reload()
    await expect(tab.locator("li.row")).to_have_count(1)
    await tab.get_by_role("link", name="Show all").click()
    await expect(tab.locator("article.card")).to_have_count(1)
    assert [] == site.complaints


async def test_a_label_and_a_tally_filter(tab: Page, site: Site) -> None:
    await tab.goto("/")
    await tab.get_by_role("link", name="team=upload").first.click()
    await expect(tab.get_by_text("Showing 2 of 12")).to_be_visible()
    await tab.get_by_role("link", name="1 blocked").click()
    await expect(tab.get_by_text("Showing 1 of 12")).to_be_visible()
    await expect(tab.get_by_text("upload-report")).to_be_visible()


async def test_the_command_is_copied(browser: Browser, site: Site) -> None:
    context = await browser.new_context(base_url=site.url, permissions=["clipboard-read", "clipboard-write"])
    page = await context.new_page()
    await page.goto("/probes/works-search")
    button = page.get_by_role("button", name="Copy").first
    for _ in range(10):  # it says so for a moment only, which a busy machine may miss
        await button.click()
        with suppress(AssertionError):
            await expect(page.get_by_role("button", name="Copied")).to_be_visible(timeout=3_000)
            break
    else:
        raise AssertionError("it never says that it has copied")
    assert (await page.evaluate("navigator.clipboard.readText()")).startswith("curl -sS -i ")
    await context.close()


async def test_a_failure_is_taken_away_as_an_archive(tab: Page, site: Site) -> None:
    await tab.goto("/probes/works-search")
    async with tab.expect_download() as begun:
        await tab.get_by_role("link", name="HAR").first.click()
    download = await begun.value
    assert "works-search-2030-03-17T17-46-28.000Z.har" == download.suggested_filename
    log = json.loads(Path(await download.path()).read_text())["log"]
    assert [401] == [entry["response"]["status"] for entry in log["entries"]]
    assert [] == site.complaints


async def test_a_likely_cause_leads_to_its_probe(tab: Page, site: Site) -> None:
    site.board = rotated()
    await tab.goto("/probes/works-search?theme=dark")
    first = tab.locator(".causes li").first
    await expect(first).to_contain_text("engine-key (service=catalogue) fails since 12:00:01 (1s before)")
    await first.get_by_role("link", name="engine-key").click()
    await expect(tab.get_by_role("heading", level=1)).to_have_text("engine-key")
    assert tab.url.endswith("/probes/engine-key?theme=dark")
    assert [] == site.complaints


async def test_every_probe_that_a_sentence_names_is_a_link(tab: Page, site: Site) -> None:
    more = troubled("images-cdn", 3, labels=PROD)
    site.board = rotated()
    site.board = replace(site.board, probes={**site.board.probes, "images-cdn": more})
    await tab.goto("/probes/works-search")
    last = tab.locator(".causes li.peers")
    await expect(last).to_contain_text(
        "Also failing with server_error, since 12:00:02: images-search, images-cdn"
    )
    await expect(last.get_by_role("link")).to_have_text(["images-search", "images-cdn"])
    assert [] == site.complaints


async def test_it_can_be_used_without_a_mouse(tab: Page, site: Site) -> None:
    await tab.goto("/")
    await tab.keyboard.press("Tab")
    await expect(tab.get_by_role("link", name="Skip to the probes")).to_be_focused()
    await tab.keyboard.press("Enter")
    await tab.keyboard.press("Tab")
    await expect(tab.get_by_role("link", name="1 masked")).to_be_focused()
    await tab.get_by_role("link", name="works-search", exact=True).focus()
    await tab.keyboard.press("Enter")
    await expect(tab.get_by_role("heading", level=1)).to_have_text("works-search")
    closed = tab.locator("details.exchange:not([open])")
    for _ in range(5):  # an update of the page may come between the focus and the key
        await tab.locator("details.exchange summary").first.press("Enter")
        with suppress(AssertionError):
            await expect(closed).to_have_count(1, timeout=3000)
            break
    await expect(closed).to_have_count(1)


@pytest.mark.parametrize("path", ["/", "/probes/attacked", "/probes/blocked"])
async def test_nothing_that_a_target_answers_is_run(tab: Page, site: Site, path: str) -> None:
    site.board = attacked(" ".join(ATTACKS))
    await tab.goto(path)
    await expect(tab.locator("#pulse")).to_contain_text("Live")
    await expect(tab.get_by_text("onerror=alert(1)").first).to_be_attached()
    assert [] == site.complaints


@pytest.mark.parametrize(("name", "width", "height"), [("desk", 1440, 900), ("phone", 390, 844)])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/probes/works-search", "/probes/bulk-upload", "/probes/images-list"])
async def test_it_fits(
    tab: Page, site: Site, path: str, theme: str, name: str, width: int, height: int
) -> None:
    await tab.set_viewport_size({"width": width, "height": height})
    await tab.goto(f"{path}?theme={theme}")
    await expect(tab.locator("#pulse")).to_contain_text("Live")
    assert width >= await tab.evaluate("document.documentElement.scrollWidth")
    assert [] == site.complaints
    if ARTEFACTS:
        file = f"{path.strip('/').replace('/', '-') or 'board'}-{theme}-{name}.png"
        await tab.screenshot(path=Path(ARTEFACTS) / file, full_page=True)
