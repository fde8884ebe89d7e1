"""Dimona behind nginx, from outside: what it lets through, what it refuses and how, and what it does not write down.

Each test comes from an address of its own, for the limits are by client. `python -m pytest -m deploy`, with nginx
installed, runs them (deploy/README.md).
"""

from __future__ import annotations

import gzip
import http.client
import json
import re
import resource
import socket
import ssl
import threading
import time
from collections import Counter
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils.timezone import localdate

from tests.support.serving.http_browser import fields_of
from tests.support.serving.journey import EMPLOYER, receipt, ssin, walk

from ..support.serving.installation import HOST
from ..support.serving.nginx import unverified_context
from .deployed_site import Answer, Clerk, Site, request_on

pytestmark = pytest.mark.deploy
SOON = localdate() + timedelta(10)
OWN_PAGES = {"413": "Too large", "429": "Too many requests", "503": "Temporarily unavailable"}


def test_pages_come_compressed(site: Site):
    with Clerk(site) as clerk:
        page = clerk.open("/")
    assert page.status == 200
    assert page.received < len(page.page) / 3


def test_static_files_come_compressed_and_are_kept(site: Site):
    page = site.get("/en/").body.decode()
    paths = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', page)
    assert len(paths) >= 2
    for path in paths:
        answer = site.get(path, accept_encoding="gzip")
        assert answer.status == 200, path
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["Strict-Transport-Security"]
        assert gzip.decompress(answer.body) == site.get(path).body


def test_a_file_that_is_not_named_by_its_contents_is_asked_for_again(site: Site):
    assert site.get("/static/favicon.svg").headers["Cache-Control"] == "public, max-age=3600"
    assert site.get("/static/../db.sqlite3").status in {400, 404}
    assert site.get("/static/nothing.css").status == 404


def test_plain_http_is_led_to_https(site: Site):
    with closing(http.client.HTTPConnection("127.0.0.1", site.nginx.http, timeout=10)) as connection:
        answer = request_on(connection, "GET", "/en/rules/")
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/en/rules/")


def test_another_host_is_not_answered(site: Site):
    with socket.create_connection(("127.0.0.1", site.https)) as plain, pytest.raises(ssl.SSLError):
        unverified_context().wrap_socket(plain, server_hostname="elsewhere.example")


def test_what_is_missing_inside_is_told_inside_alone(site: Site):
    assert site.get("/readyz", "127.0.0.1").body == b"ready\n"
    assert site.get("/readyz", "127.0.0.2").status == 403
    assert site.get("/healthz", "127.0.0.2").body == b"alive\n"


def is_own_page(answer: Answer) -> bool:
    """Whether it is nginx's page for that status, whole, in four languages, and kept by nobody."""
    text = answer.body.decode()
    languages = [f'<section lang="{language}">' in text for language in ("nl", "fr", "de", "en")]
    return OWN_PAGES[str(answer.status)] in text and all(languages) and answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("size", "is_refused"), [(256 * 1024 - 100, False), (256 * 1024 + 1, True)])
def test_a_body_over_the_limit_gets_a_plain_page(site: Site, size: int, is_refused: bool):
    answer = site.ask("POST", "/en/", "127.0.0.3", b"x" * size, content_type="application/x-www-form-urlencoded")
    assert (answer.status == 413) is is_refused
    assert not is_refused or is_own_page(answer)


def test_too_many_requests_of_one_client_are_told_when_to_come_back(site: Site):
    served = 0
    with closing(site.connect("127.0.0.4")) as connection:
        while (answer := request_on(connection, "GET", "/healthz")).status == 200 and served < 5000:
            served += 1
    # The burst of a page with all that it brings, and of an office that begins its day.
    assert served >= 200
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "10"
    assert is_own_page(answer)
    assert site.get("/healthz", "127.0.0.5").status == 200


def missed_lookup(site: Site, address: str, said_address: str) -> int:
    """The status of a first page on which a period's number is asked for that does not exist."""
    with Clerk(site, address, said_address) as clerk:
        page = clerk.open("/")
        typed = {"start-identifier_kind": "enterprise", "start-employer_number": EMPLOYER, "start-kind": "out"}
        return clerk.post(page.path, {**fields_of(page.page), **typed, "start-period_number": "900000000116"}).status


def test_a_client_is_who_is_connected_whatever_it_says(site: Site):
    said = [missed_lookup(site, "127.0.0.6", f"198.51.100.{each}") for each in (1, 2)]
    assert said == [200, 429]
    assert missed_lookup(site, "127.0.0.7", "198.51.100.1") == 200


def slow(site: Site, address: str, sent: bytes, *, is_encrypted: bool = True) -> socket.socket:
    """A connection on which that much was sent, and nothing follows."""
    plain = socket.create_connection(("127.0.0.1", site.https), source_address=(address, 0))
    found = unverified_context().wrap_socket(plain, server_hostname=HOST) if is_encrypted else plain
    found.sendall(sent)
    return found


def is_open(each: socket.socket) -> bool:
    """Whether the server still waits for more."""
    each.setblocking(False)
    try:
        return each.recv(1) != b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False


def test_two_thousand_half_sent_requests_do_not_stop_a_declaration(site: Site):
    """1 200 that never get as far as encryption, 400 in the middle of their headers, 400 in that of their bodies.

    The bodies come from five addresses, for of one not more than a hundred are let in.
    """
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    head = f"POST /en/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n".encode()
    held = [slow(site, "127.0.1.1", b"\x16\x03", is_encrypted=False) for _each in range(1200)]
    held += [slow(site, "127.0.1.2", head) for _each in range(400)]
    held += [slow(site, f"127.0.1.{3 + each % 5}", head + b"\r\nhalf") for each in range(400)]
    try:
        with Clerk(site, "127.0.0.8") as clerk:
            page = walk(clerk, ssin(1), SOON)
        waiting = sum(map(is_open, held))
    finally:
        for each in held:
            each.close()
    assert len(receipt(page)) == 12
    # nginx was filing and holding them at once, as far as its time-outs let it.
    assert waiting > 1000


def test_of_one_client_a_hundred_requests_at_a_time(site: Site):
    head = f"POST /en/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 1000\r\n\r\nhalf".encode()
    held = [slow(site, "127.0.0.9", head) for _each in range(100)]
    try:
        deadline = time.monotonic() + 5
        while site.get("/healthz", "127.0.0.9").status == 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        answer = site.get("/healthz", "127.0.0.9")
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "10"
        assert is_own_page(answer)
        assert site.get("/healthz", "127.0.0.10").status == 200
    finally:
        for each in held:
            each.close()


def test_a_restart_refuses_no_request(site: Site):
    """Whether the service is restarted for a new release, or a worker ends because it has served its number."""
    statuses: Counter[int] = Counter()
    is_over = threading.Event()

    def visit() -> None:
        while not is_over.is_set():
            statuses[site.get("/en/", "127.0.0.11").status] += 1

    def wait_for(more: int) -> None:
        enough, deadline = statuses.total() + more, time.monotonic() + 60
        while statuses.total() < enough and time.monotonic() < deadline:
            time.sleep(0.01)

    visitors = [threading.Thread(target=visit) for _each in range(3)]
    for each in visitors:
        each.start()
    wait_for(5)
    site.stop()
    site.start("--max-requests", "5", "--max-requests-jitter", "3")
    wait_for(40)
    site.stop()
    site.start()
    wait_for(5)
    is_over.set()
    for each in visitors:
        each.join()
    assert set(statuses) == {200}
    assert statuses[200] >= 50


def test_without_the_application_a_page_says_so(site: Site):
    away = site.socket_path.with_suffix(".away")
    site.socket_path.rename(away)
    try:
        answer = site.get("/en/receipt/not-to-be-logged/", "127.0.0.12")
    finally:
        away.rename(site.socket_path)
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "30"
    assert is_own_page(answer)
    assert "not-to-be-logged" not in logged(site)
    told = [line for line in lines_of(site) if line["status"] == 503]
    assert [(line["page"], line["upstream_status"]) for line in told] == [("/en/receipt/-/", "502")]


def logged(site: Site) -> str:
    """Everything that nginx wrote."""
    return "".join(path.read_text() for path in site.logs.iterdir() if path.name != "gunicorn.log")


def lines_of(site: Site) -> list[dict[str, Any]]:
    """The log of requests."""
    return [json.loads(line) for line in (site.logs / "dimona.log").read_text().splitlines()]


def test_no_log_of_nginx_holds_the_address_of_a_receipt_or_of_a_draft(site: Site):
    with Clerk(site, "127.0.0.13") as clerk:
        page = walk(clerk, ssin(2), SOON)
        clerk.get(page.path + "out/")
        clerk.get(page.path.rstrip("/"))
        clerk.get("/en/search/?ssin=85073003328")
        clerk.get("/en/rules/?ssin=85073003328")
        paths = [each.path for each in clerk.exchanges]
    token = page.path.split("/")[3]
    drafts = {str(UUID(part)) for path in paths for part in path.split("/") if len(part) == 36}
    assert len(token) >= 16
    assert drafts
    text = logged(site)
    assert [each for each in (token, *drafts, "85073003328", "127.0.0.13") if each in text] == []
    lines = lines_of(site)
    assert all(re.fullmatch("[0-9a-f]{32}", line["request"]) for line in lines)
    pages = {line["page"] for line in lines if line["network"] == "127.0.0.0"}
    assert {"/en/", "/en/in/-/worker/", "/en/receipt/-/", "/en/receipt/-/out/", "/en/rules/", "other"} <= pages
