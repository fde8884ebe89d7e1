"""The real Chromium against the live server: a page at a desktop's width, one at a phone's, one without JavaScript.

Every context is watched: a request that leaves the live server, an error of a script or a breach of the content
security policy fails the test. A failed test leaves its screenshots in test-results/.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, expect

from ..support.browser_clerk import is_wider_than_its_window

# Playwright's loop runs in the thread of the tests, where Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# A busy machine may take longer over a page than the five seconds that Playwright waits for what is expected.
expect.set_options(timeout=20_000)

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
NARROW = {"width": 320, "height": 640}
Inspect = Callable[[Page], None]
STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark with `browser` the tests of this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("browser")


def chromium() -> str:
    """The browser that CHROMIUM names, else the installed one."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not found:
        pytest.fail("Chromium is missing: install it (Debian: apt-get install chromium) or name it in CHROMIUM.")
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """How Chromium starts: without a sandbox (root has none), without a word to its maker."""
    return {**browser_type_launch_args, "executable_path": chromium(), "args": CHROMIUM_ARGUMENTS}


@pytest.fixture(scope="session")
def base_url(live_server) -> str:
    """`page.goto("/fr/")` leads to the live server."""
    return live_server.url


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """What every context shares: a clerk's French browser in Brussels."""
    return {
        **browser_context_args,
        "locale": "fr-BE",
        "timezone_id": "Europe/Brussels",
        "service_workers": "block",
    }


@pytest.fixture
def wrongs() -> Iterator[list[str]]:
    """What the contexts of the test did that they never should; not empty at the end, it fails the test."""
    found: list[str] = []
    yield found
    assert not found, "\n".join(found)


@pytest.fixture
def watched_context(
    new_context: Callable[..., BrowserContext], live_server, wrongs: list[str]
) -> Callable[..., BrowserContext]:
    """Makes contexts, with the arguments of Playwright's `new_context`, and notes their wrongs."""

    def on_request(request: Request) -> None:
        if not request.url.startswith((live_server.url + "/", "data:", "blob:")):
            wrongs.append(f"left the server: {request.method} {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            wrongs.append(message.text)

    def make(**arguments: Any) -> BrowserContext:
        context = new_context(**arguments)
        context.on("request", on_request)
        context.on("console", on_console)
        context.on("weberror", lambda error: wrongs.append(f"script error: {error.error}"))
        return context

    return make


@pytest.fixture
def context(watched_context: Callable[..., BrowserContext]) -> BrowserContext:
    """A desktop's window."""
    return watched_context(viewport=DESKTOP)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of 1440 × 900."""
    return context.new_page()


@pytest.fixture
def phone(watched_context: Callable[..., BrowserContext]) -> Page:
    """A page of 360 × 740, with a touch screen."""
    return watched_context(viewport=PHONE, has_touch=True, is_mobile=True).new_page()


@pytest.fixture
def page_without_javascript(watched_context: Callable[..., BrowserContext]) -> Page:
    """A page of 1440 × 900 where no script runs."""
    return watched_context(viewport=DESKTOP, java_script_enabled=False).new_page()


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """`assert_accessible(page)` fails with what axe-core finds against WCAG 2.2 AA and its best practices."""
    axe = Axe()

    def check(page: Page) -> None:
        results = axe.run(page, options={**STANDARDS, "resultTypes": ["violations"]})
        assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"

    return check


def assert_fits(page: Page) -> None:
    """Fails when the page scrolls sideways in the narrowest window; leaves it at a desktop's."""
    page.set_viewport_size(NARROW)
    assert not is_wider_than_its_window(page), f"{page.url} is wider than {NARROW['width']} px"
    page.set_viewport_size(DESKTOP)


@pytest.fixture(scope="session")
def inspect(assert_accessible: Callable[[Page], None]) -> Inspect:
    """Fails when the page shown bars anyone, at any width; leaves it at a desktop's."""

    def at_every_width(page: Page) -> None:
        page.wait_for_load_state()
        assert_fits(page)
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            assert_accessible(page)

    return at_every_width
