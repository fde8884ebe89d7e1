"""An HTTP client that behaves like a browser: it keeps cookies and a connection, and posts a page's form."""

from __future__ import annotations

import gzip
import html
import http.client
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

HOST = "dimona.example"
# gunicorn closes a connection that is idle for two seconds.
SILENT = 1.0
FORM = re.compile(r'<form id="step-form".*?</form>', re.DOTALL)
TAG = re.compile(r"<(input|select|option)\b([^>]*)>|</select>")
CHOICES = ("radio", "checkbox")
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


@dataclass(frozen=True)
class Exchange:
    """A request and its response: the seconds from the first byte sent to the last byte received.

    `received` is the size of the body as transferred, perhaps compressed; `page` is the uncompressed body.
    """

    method: str
    path: str
    fields: Mapping[str, str]
    status: int
    location: str
    page: str
    received: int
    seconds: float


class Browser:
    """A client of the service on that port, with the headers that nginx sets: HTTPS, and the client's address.

    `exchanges` holds every exchange; `after` is called at the end of each.
    """

    def __init__(self, port: int, address: str = "192.0.2.1", after: Callable[[], None] | None = None) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.address, self.after = address, after
        self.cookies: dict[str, str] = {}
        self.exchanges: list[Exchange] = []
        self._last = time.monotonic()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Exchange:
        """The response to a GET."""
        return self._ask("GET", path, {}, headers or {})

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Exchange:
        """The response to a posted form."""
        form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"https://{HOST}"}
        return self._ask("POST", path, fields, {**form, **(headers or {})})

    def open(self, path: str) -> Exchange:
        """The page at that address, after redirects."""
        return self.follow_redirects(self.get(path))

    def submit(self, page: Exchange, typed: Mapping[str, str]) -> Exchange:
        """Post the page's form with the typed values and follow to the next page."""
        return self.follow_redirects(self.post(page.path, {**fields_of(page.page), **typed}))

    def follow_redirects(self, answer: Exchange) -> Exchange:
        """The page to which the response redirects."""
        while answer.location:
            answer = self.get(answer.location)
        return answer

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def _ask(self, method: str, path: str, fields: Mapping[str, str], more: Mapping[str, str]) -> Exchange:
        if time.monotonic() - self._last > SILENT:
            self.connection.close()
        body = urlencode(fields).encode()
        began = time.perf_counter()
        self.connection.request(method, path, body or None, {**self._headers(), **more})
        answer = self.connection.getresponse()
        received = answer.read()
        seconds = time.perf_counter() - began
        self._last = time.monotonic()
        self._keep_cookies(answer.headers.get_all("Set-Cookie") or [])
        content = gzip.decompress(received) if answer.headers["Content-Encoding"] == "gzip" else received
        location = answer.headers["Location"] or ""
        page = content.decode(errors="replace")
        said = Exchange(method, path, dict(fields), answer.status, location, page, len(received), seconds)
        self.exchanges.append(said)
        if self.after:
            self.after()
        return said

    def _headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.address,
            "Accept-Encoding": "gzip",
            "Accept-Language": "en",
            **({"Cookie": cookies} if cookies else {}),
        }

    def _keep_cookies(self, lines: list[str]) -> None:
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value


def fields_of(page: str) -> dict[str, str]:
    """The fields that a browser sends from the step's form: inputs and lists with their values, no button."""
    form = FORM.search(page)
    found: dict[str, str] = {}
    select = ""
    for tag in TAG.finditer(form[0] if form else ""):
        kind, values = tag[1], _attributes(tag[2] or "")
        if kind is None:
            select = ""
        elif kind == "select":
            select = values["name"]
        elif kind == "option" and select and ("selected" in values or select not in found):
            found[select] = values.get("value", "")
        elif kind == "input" and _is_sent(values):
            found[values["name"]] = values.get("value", "on" if values.get("type") in CHOICES else "")
    return found


def _attributes(text: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in ATTRIBUTE.findall(text)}


def _is_sent(values: Mapping[str, str]) -> bool:
    return "name" in values and (values.get("type") not in CHOICES or "checked" in values)
