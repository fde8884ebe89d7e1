"""Bytes that a browser with an empty cache receives for the first page, and the HTML size of the heaviest page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urljoin

from tests.support.serving.http_browser import HOST, Browser, Exchange
from tests.support.serving.journey import file_dimona_in, ssin, step_of
from tests.support.serving.service import running

from .measuring import Bench, Figure

# The resources of a page (style sheets, scripts, icons, images), and of a style sheet.
IN_HTML = re.compile(r'<(?:link|script|img)\b[^>]*?\b(?:href|src)="([^"]+)"')
IN_CSS = re.compile(r"""url\(["']?([^"')]+)""")


def weight(bench: Bench) -> list[Figure]:
    """The first page with all its resources, compressed, and the heaviest page's HTML."""
    with running(bench.databases[0].fresh()) as service, Browser(service.port) as browser:
        received = fetch_all(browser, browser.open("/en/"))
        strangers = {url for each in received for url in resource_urls(each) if not is_ours(url)}
        file_dimona_in(browser, ssin(0), bench.today)
        heaviest = max(browser.exchanges, key=lambda each: each.received if each.path.startswith("/en/") else 0)
    return [
        Figure("first page with an empty cache, bodies", [sum(each.received for each in received) / 1000], "kB"),
        *(Figure(f"  {each.path}", [each.received / 1000], "kB") for each in received),
        Figure("  requests", [len(received)]),
        Figure("  requests to third parties", [len(strangers)]),
        Figure(f"HTML of the heaviest page ({step_of(heaviest.path)}), compressed", [heaviest.received / 1000], "kB"),
        Figure("  uncompressed", [len(heaviest.page.encode()) / 1000], "kB"),
    ]


def fetch_all(browser: Browser, page: Exchange) -> Sequence[Exchange]:
    """The page and all its resources on this service."""
    found, waiting = {page.path: page}, [page]
    while waiting:
        for url in resource_urls(waiting.pop()):
            if is_ours(url) and url not in found:
                found[url] = browser.get(url)
                waiting.append(found[url])
    return list(found.values())


def resource_urls(page: Exchange) -> list[str]:
    """The addresses of the resources of a page or a style sheet, without embedded ones."""
    pattern = IN_CSS if page.path.endswith(".css") else IN_HTML
    return [urljoin(page.path, url) for url in pattern.findall(page.page) if not url.startswith("data:")]


def is_ours(url: str) -> bool:
    """Whether this service serves the address."""
    return url.startswith(("/", f"https://{HOST}/")) and not url.startswith("//")
