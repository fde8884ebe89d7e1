"""The real Chromium against the live server: a page at a desktop's width, one at a phone's, one without JavaScript.

Every context is watched: a request that leaves the live server, an error of a script or a breach of the content
security policy fails the test. A failed test leaves its screenshots in test-results/.
"""

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebError, expect

from ..support.axe import assert_accessible
from ..support.browser_clerk import is_wider_than_its_window

# Playwright's loop runs in the thread of the tests, where Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# A busy machine may take longer over a page than the five seconds that Playwright waits for what is expected.
expect.set_options(timeout=20_000)

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
NARROW = {"width": 320, "height": 640}
Inspect = Callable[[Page], None]
HAS_FAILED = pytest.StashKey[bool]()
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note that a test failed, for its screenshots."""
    report = yield
    item.stash[HAS_FAILED] = item.stash.get(HAS_FAILED, False) or report.failed
    return report


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


class ContextPool:
    """Contexts that a test gives back for the next: a new one costs Chromium a second of a core.

    A context gives up its pages, its cookies, its storage and its permissions. It keeps its cache, so the static
    files are there, as on a clerk's second visit.
    """

    def __init__(self, browser: Browser, shared_arguments: Mapping[str, Any]) -> None:
        self.browser, self.shared_arguments = browser, dict(shared_arguments)
        self.free: dict[str, list[BrowserContext]] = defaultdict(list)

    @contextmanager
    def borrow(self, **arguments: Any) -> Iterator[BrowserContext]:
        """A context with those arguments of Playwright's `new_context`, empty."""
        free = self.free[repr(sorted(arguments.items()))]
        context = free.pop() if free else self.browser.new_context(**{**self.shared_arguments, **arguments})
        yield context
        origin = {"origin": self.shared_arguments["base_url"], "storageTypes": "all"}
        for page in context.pages:
            context.new_cdp_session(page).send("Storage.clearDataForOrigin", origin)
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        free.append(context)


@pytest.fixture(scope="session")
def pool(browser: Browser, browser_context_args: dict[str, Any]) -> ContextPool:
    """The contexts of this worker."""
    return ContextPool(browser, browser_context_args)


class Watch:
    """Notes the wrongs of contexts, and the pages that they open."""

    def __init__(self, wrongs: list[str], server: str) -> None:
        self.wrongs, self.server = wrongs, server
        self.pages: list[Page] = []
        self.listeners: dict[Any, Callable[[Any], None]] = {
            "request": self.on_request,
            "console": self.on_console,
            "weberror": self.on_error,
            "page": self.on_page,
        }

    def on_request(self, request: Request) -> None:
        """A request may ask this server only."""
        if not request.url.startswith((self.server + "/", "data:", "blob:")):
            self.wrongs.append(f"left the server: {request.method} {request.url}")

    def on_console(self, message: ConsoleMessage) -> None:
        """A breach of the content security policy is told on the console."""
        if message.type == "error" and "Content Security Policy" in message.text:
            self.wrongs.append(message.text)

    def on_error(self, error: WebError) -> None:
        """No script fails."""
        self.wrongs.append(f"script error: {error.error}")

    def on_page(self, page: Page) -> None:
        """A new tab, whoever opened it."""
        self.pages.append(page)

    @contextmanager
    def over(self, context: BrowserContext) -> Iterator[None]:
        """Watch a context for a while."""
        for event, listener in self.listeners.items():
            context.on(event, listener)
        yield
        for event, listener in self.listeners.items():
            context.remove_listener(event, listener)


@pytest.fixture
def watched_context(
    pool: ContextPool, live_server, wrongs: list[str], request: pytest.FixtureRequest, output_path: str
) -> Iterator[Callable[..., BrowserContext]]:
    """Lends contexts, with the arguments of Playwright's `new_context`, and notes their wrongs."""
    watch = Watch(wrongs, live_server.url)
    with ExitStack() as lent:

        def lend(**arguments: Any) -> BrowserContext:
            context = lent.enter_context(pool.borrow(**arguments))
            lent.enter_context(watch.over(context))
            return context

        yield lend
        if request.node.stash.get(HAS_FAILED, False):
            for number, page in enumerate((page for page in watch.pages if not page.is_closed()), start=1):
                page.screenshot(path=Path(output_path) / f"test-failed-{number}.png", full_page=True)


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


def assert_fits(page: Page) -> None:
    """Fails when the page scrolls sideways in the narrowest window; leaves it at a desktop's."""
    page.set_viewport_size(NARROW)
    assert not is_wider_than_its_window(page), f"{page.url} is wider than {NARROW['width']} px"
    page.set_viewport_size(DESKTOP)


@pytest.fixture(scope="session")
def inspect() -> Inspect:
    """Fails when the page shown bars anyone, at any width; leaves it at a desktop's."""

    def at_every_width(page: Page) -> None:
        page.wait_for_load_state()
        assert_fits(page)
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            assert_accessible(page)

    return at_every_width
