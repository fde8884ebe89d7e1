"""The log: a JSON line per request, which says what happened and nothing about the sender."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.http import HttpRequest
from django.test import Client, RequestFactory

from declarations.filing import submission
from declarations.wizard import pages
from dimona_site import request_log
from dimona_site.logs import JsonLines, request_id

from ..support.builders import ERIC, MONDAY, Walk, answers_for, submit_pages
from ..support.watched_logs import LogWatcher, personal_data_in

TOKEN = "c0ffee" * 4


class Lines(list[dict[str, Any]]):
    """Log lines, parsed from JSON; `text` is the raw output."""

    text = ""


@pytest.fixture
def logged(watch: LogWatcher) -> Iterator[Lines]:
    """The lines in the service's format, complete when the test reads `text`."""
    stream, lines = io.StringIO(), Lines()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.terminator = "\n"

    class Reading(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written = handler.format(record)
            lines.text += written + "\n"
            lines.append(json.loads(written))

    reading = Reading()
    logging.getLogger().addHandler(reading)
    yield lines
    logging.getLogger().removeHandler(reading)


def test_each_request_has_its_line(logged: Lines, client: Client, at, db):
    at(MONDAY)
    declaration = submit_pages(client, answers_for("XXX", "OTH"))
    client.get(f"/en/receipt/{declaration.receipt_token}/")
    answered = [line for line in logged if line["message"] == "Answered"]
    assert [(line["method"], line["route"], line["status"]) for line in answered[-3:]] == [
        ("GET", "in", 200),
        ("POST", "in", 302),
        ("GET", "receipt", 200),
    ]
    for line in answered:
        assert set(line) == {
            "at", "level", "logger", "message", "request", "method", "route", "status", "milliseconds",
        }  # fmt: skip
        assert re.fullmatch("[0-9a-f]{32}", line["request"])
        assert line["milliseconds"] >= 0
    assert len({line["request"] for line in answered}) == len(answered)
    for secret in (declaration.receipt_token, str(declaration.draft), declaration.number):
        assert secret not in logged.text


@pytest.mark.parametrize(
    ("is_behind_proxy", "given", "is_taken"),
    [
        (True, "0123456789abcdef" * 2, True),
        (False, "0123456789abcdef" * 2, False),
        (True, "0123456789ABCDEF" * 2, False),
        (True, "0123456789abcdef", False),
        (True, "0123456789abcdef" * 2 + "\n", False),
        (True, '"}{"', False),
        (True, ERIC, False),
        (True, "", False),
    ],
)
def test_the_identifier_is_the_proxy_s_when_it_is_one(settings, is_behind_proxy: bool, given: str, is_taken: bool):
    settings.BEHIND_PROXY = is_behind_proxy
    found = request_log.identifier(RequestFactory().get("/", HTTP_X_REQUEST_ID=given))
    assert (found == given) is is_taken
    assert re.fullmatch("[0-9a-f]{32}", found)


def test_the_browser_is_told_the_identifier(logged: Lines, client: Client):
    answer = client.get("/healthz")
    assert answer["X-Request-ID"] == logged[-1]["request"]
    assert request_id.get() == ""


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/en/receipt/{TOKEN}/", 404),
        ("GET", f"/en/in/{ERIC}/worker/", 404),
        ("GET", f"/{ERIC}?ssin={ERIC}", 404),
        ("POST", f"/en/receipt/{TOKEN}/", 405),
        ("GET", "/en/in/00000000-0000-4000-8000-000000000000/worker/", 410),
        (ERIC, "/en/", 405),
    ],
)
def test_what_is_refused_tells_no_address(logged: Lines, db, method: str, path: str, status: int):
    """Django's own lines contain the path."""
    answer = Client().generic(method, path)
    assert answer.status_code == status
    assert len(logged) >= 2
    for line in logged:
        assert TOKEN not in str(line)
        assert ERIC not in str(line)
        assert "0000-4000" not in str(line)
        assert line["request"] == answer["X-Request-ID"]


@pytest.mark.parametrize("host", [f"{ERIC}.example", f"%s-{ERIC}", "exemple@dimona.example", "%d"])
def test_a_host_that_is_not_ours_is_not_repeated(logged: Lines, host: str):
    assert Client().get("/en/", headers={"host": host}).status_code == 400
    assert host not in logged.text
    refused = next(line for line in logged if line["level"] == "ERROR")
    assert refused["message"] == "…"
    assert refused["errors"][0]["type"] == "django.core.exceptions.DisallowedHost"


@pytest.mark.parametrize("origin", ["https://evil.example", f"https://{ERIC}.example", ERIC])
def test_a_foreign_origin_is_not_repeated(logged: Lines, db, origin: str):
    Client(enforce_csrf_checks=True).post("/en/", {"start-ssin": ERIC}, headers={"origin": origin})
    assert {line["message"] for line in logged} == {"Forbidden (…): …", "Answered"}


def test_a_refused_post_tells_no_address_either(logged: Lines, db):
    Client(enforce_csrf_checks=True).post(f"/en/receipt/{TOKEN}/out/", {"ssin": ERIC})
    assert [line["message"] for line in logged][:-1] == ["Forbidden (CSRF cookie not set.): …"]


class FellError(Exception):
    """An error whose message quotes typed data, as many do."""


def fall(request: HttpRequest) -> None:
    """A view that fails with posted data in its variables."""
    typed = request.POST["start-employer_number"]
    try:
        int(typed)
    except ValueError as error:
        raise FellError(typed) from error


def test_an_error_tells_where_and_not_what(logged: Lines, db, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pages, "_start_form", lambda request, now: fall(request))
    answer = Client(raise_request_exception=False).post("/en/", {"start-employer_number": f"{ERIC}, Éric Exemple"})
    assert answer.status_code == 500
    error = next(line for line in logged if line["level"] == "ERROR")
    assert error["message"] == "Internal Server Error: …"
    assert error["request"] == answer["X-Request-ID"]
    assert [each["type"] for each in error["errors"]] == [f"{__name__}.FellError", "builtins.ValueError"]
    assert [each["message"] for each in error["errors"]] == ["…", "…"]
    assert error["errors"][0]["at"][-1].endswith(" fall")
    assert "Exemple" not in logged.text
    assert ERIC not in logged.text


def test_an_error_among_the_rules_tells_nothing_and_no_mail_goes_out(logged: Lines, db, at, monkeypatch, settings):
    """Django would mail the debug page, with the posted data, to ADMINS."""
    settings.ADMINS = ["admin@office.example"]
    at(MONDAY)
    walk = Walk(Client(raise_request_exception=False)).to("overview", answers_for("XXX", "OTH"))

    def facts_of(declared: dict[str, Any], **others: Any) -> None:
        told = f"{declared['ssin']} of {others['worker']}"
        raise FellError(told)

    monkeypatch.setattr(submission, "facts_of", facts_of)
    answer = walk.get("overview")
    assert answer.status_code == 500
    assert ERIC not in answer.text
    error = next(line for line in logged if line["level"] == "ERROR")
    assert error["errors"][0]["at"][-1].endswith(" facts_of")
    assert ERIC not in logged.text
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (OperationalError("no route to host"), True),
        (ImproperlyConfigured("Set X"), True),
        (OSError(28, "No space left on device"), True),
        (ValueError(ERIC), False),
        (KeyError("Exemple"), False),
        (SMTPRecipientsRefused({"eric@office.example": (550, b"unknown")}), False),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "odd"), False),
    ],
)
def test_the_message_of_an_error_is_told_where_it_is_of_machines(logged: Lines, error: Exception, is_told: bool):
    try:
        raise error
    except Exception:
        logging.getLogger("declarations").exception("It failed")
    assert logged[-1]["errors"][0]["message"] == (str(error) if is_told else "…")


def test_a_line_is_one_line(logged: Lines):
    logging.getLogger("declarations").warning("one\ntwo \u2028 \x1b[31m %s", '"}\n{"a": 1}')
    assert logged.text.count("\n") == 1
    assert logged.text.isascii()
    assert "\x1b" not in logged.text


# -- the watch over the whole suite ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "is_personal"),
    [
        (f"worker {ERIC} not found", True),
        ("worker 85.07.30-033.28 not found", True),
        ("worker 85 07 30 033 28", True),
        ("worker 85.07.30-033.29", False),
        (f"number 9{ERIC}1", False),
        ("Éric is here", True),
        ("EXEMPLE is here", True),
        ("Exemples", False),
        ("Gone: /en/receipt/x/", True),
        ("Not Found: …", False),
    ],
)
def test_what_the_watch_sees(watch: LogWatcher, words: str, is_personal: bool):
    logging.getLogger("declarations").warning(words)
    seen, watch.found = watch.found, []
    assert bool(seen) is is_personal


def test_the_watch_is_on_while_a_declaration_is_filed(watch: LogWatcher, client: Client, at, db, monkeypatch):
    """Without the formatter, the withheld data would be noticed."""
    at(MONDAY)
    monkeypatch.setattr("dimona_site.logs.message_of", logging.LogRecord.getMessage)
    Client().get(Walk(client).url("worker"))
    seen, watch.found = watch.found, []
    assert seen
    assert personal_data_in(seen[0])
