"""The database is unavailable: whichever statement fails, the page keeps the posted data and resends it."""

from __future__ import annotations

import html
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from ipaddress import ip_network
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from django.template import engines
from django.test import Client
from django.urls import reverse
from psycopg import errors as states

from declarations.models import Declaration
from declarations.wizard.database_unavailable import is_unavailable
from trials.faults.proxy import AFTER_COMMIT, BEFORE_COMMIT, STATEMENT, Proxy

from ..support.builders import ERIC, MONDAY, Walk, answers_for, step_data, submitted_declaration
from ..support.redeclaration import open_period_of_zoe, receipt_page, redeclare_from_overview
from ..support.staff import PASSWORD, signed_in_client

pytestmark = pytest.mark.django_db

IN_TIME = answers_for("XXX", "OTH")
Fields = list[tuple[str, str]]


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


# -- what an error means ---------------------------------------------------------------------------------------


def of_sqlite(code: int) -> sqlite3.Error:
    """An error as sqlite3 raises it, with the library's code."""
    error = sqlite3.OperationalError("in words")
    error.sqlite_errorcode = code
    return error


def of_postgresql(state: str) -> psycopg.Error:
    """An error as psycopg raises it, with the server's SQLSTATE."""
    return states.lookup(state)("in words")


# Extended codes of sqlite.org/rescode.html: BUSY_SNAPSHOT, READONLY_DBMOVED, IOERR_FSYNC, ERROR_MISSING_COLLSEQ.
CAUSES: dict[bool, list[tuple[type[Exception], BaseException | None]]] = {
    True: [
        *((OperationalError, of_sqlite(code)) for code in (5, 6, 7, 8, 10, 13, 14, 15, 517, 1032, 1034)),
        *(
            (OperationalError, of_postgresql(state))
            for state in (
                "08006", "08P01", "40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P02",
                "57P03", "58030",
            )
        ),
        *((InternalError, of_postgresql(state)) for state in ("25006", "25P03")),
        (OperationalError, psycopg.OperationalError("the connection is closed")),
        (OperationalError, states.ConnectionTimeout("connection timeout expired")),
    ],
    False: [
        (OperationalError, of_sqlite(sqlite3.SQLITE_ERROR)),
        (OperationalError, of_sqlite(257)),
        (OperationalError, of_sqlite(sqlite3.SQLITE_TOOBIG)),
        (DatabaseError, of_sqlite(sqlite3.SQLITE_CORRUPT)),
        (InterfaceError, of_sqlite(sqlite3.SQLITE_MISUSE)),
        *((OperationalError, of_postgresql(state)) for state in ("54001", "54023", "55000")),
        (InternalError, of_postgresql("25P02")),
        (InternalError, of_postgresql("XX001")),
        (InterfaceError, psycopg.InterfaceError("the cursor is closed")),
        (DatabaseError, None),
        (ValueError, of_sqlite(sqlite3.SQLITE_BUSY)),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("expected", "kind", "cause"),
    [(expected, kind, cause) for expected, rows in CAUSES.items() for kind, cause in rows],
)
def test_what_tells_that_the_database_is_away(expected: bool, kind: type[Exception], cause: BaseException | None):
    error = kind("in words")
    error.__cause__ = cause
    assert is_unavailable(error) is expected


# -- a database that goes away ---------------------------------------------------------------------------------


class Away:
    """Fail every statement from one on, except the end of a transaction."""

    def __init__(self, since: int, cause: BaseException) -> None:
        self.since, self.cause, self.asked = since, cause, 0

    def __call__(self, execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        """Execute the statement or fail; `asked` counts those that do not end a transaction."""
        if sql.startswith(("ROLLBACK", "RELEASE")):
            return execute(sql, *more)
        self.asked += 1
        if self.asked > self.since:
            raise OperationalError("in words") from self.cause
        return execute(sql, *more)


def gone() -> BaseException:
    """A broken connection, or a locked file."""
    return of_sqlite(sqlite3.SQLITE_BUSY) if connection.vendor == "sqlite" else of_postgresql("57P01")


@contextmanager
def away(since: int = 0, cause: BaseException | None = None) -> Iterator[Away]:
    """Let the database fail after that number of statements."""
    with connection.execute_wrapper(trouble := Away(since, cause or gone())):
        yield trouble
    if connection.in_atomic_block:
        # In production a failed statement outside a transaction breaks none; here the test's transaction surrounds it.
        transaction.set_rollback(False)


@contextmanager
def undone() -> Iterator[None]:
    """Roll back everything done in the block, as at the end of a test."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def browser(**options: Any) -> Client:
    """A client that gets error pages instead of exceptions."""
    return Client(raise_request_exception=False, **options)


def offered(page: Any) -> Fields:
    """The fields that the page's only button sends, with repetitions, without the token."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text)
    fields = [(html.unescape(name), html.unescape(value)) for name, value in found]
    return [field for field in fields if field[0] != "csrfmiddlewaretoken"]


def sent(fields: Fields) -> dict[str, list[str]]:
    """The fields in the form that the client takes."""
    names = {name for name, _value in fields}
    return {name: [value for each, value in fields if each == name] for name in names}


def assert_told(page: Any, posted: Mapping[str, Any]) -> None:
    """Assert that the page says that the database is unavailable and contains all posted data."""
    assert (page.status_code, page["Retry-After"]) == (503, "30"), page.text
    assert "no-store" in page["Cache-Control"]
    assert sent(offered(page)) == {
        name: value if isinstance(value, list) else [value] for name, value in posted.items()
    }
    assert "sessionid" not in page.cookies


# -- every statement of a page ---------------------------------------------------------------------------------


def posts(walk: Walk) -> dict[str, tuple[str, dict[str, str]]]:
    """Posts by name: address and fields. The draft of `walk` is before its overview."""
    copy, worker = walk.hidden(), step_data("worker", IN_TIME)
    return {
        "first page": (reverse("home"), step_data("start", IN_TIME)),
        "first page, language": (reverse("home"), {**step_data("start", IN_TIME), "language": "fr"}),
        "step": (walk.url("worker"), {**worker, **copy}),
        "step, language": (walk.url("worker"), {**worker, "language": "de", **copy}),
        "step in error": (walk.url("worker"), {**worker, "worker-ssin": "1", **copy}),
        "first page of a draft": (walk.url("start"), {**step_data("start", IN_TIME), **copy}),
        "discard": (reverse("discard", kwargs={"kind": "in", "draft": walk.draft}), {}),
        "Confirm": (walk.url("overview"), {**copy, "overview-employer_reference": "E 1"}),
    }


NAMES = (
    "first page", "first page, language", "step", "step, language", "step in error", "first page of a draft",
    "discard", "Confirm",
)  # fmt: skip


@pytest.mark.pages
@pytest.mark.parametrize("name", NAMES)
def test_whichever_statement_fails_everything_posted_is_kept_and_goes_through_again(name: str):
    """The database fails from the first statement on, then from the second, until none fails."""
    walk = Walk(browser()).to("overview", IN_TIME)
    url, fields = posts(walk)[name]
    with undone():
        expected = walk.client.post(url, fields)
    for since in count():
        with undone():
            with away(since) as trouble:
                page = walk.client.post(url, fields)
            if trouble.asked <= since:
                break
            assert_told(page, fields)
            assert trouble.asked == since + 1, "the page asks the database"
            assert_same(walk.client.post(url, sent(offered(page))), expected)
        assert Declaration.objects.count() == 0
    assert_same(page, expected)
    assert since >= 3


def assert_same(answer: Any, expected: Any) -> None:
    """Assert that both lead to, or show, a page of the same name; tokens of drafts and receipts may differ."""
    assert answer.status_code == expected.status_code
    if answer.status_code == 302:
        assert re.sub(r"/[\w-]{22,}/", "/-/", answer.url) == re.sub(r"/[\w-]{22,}/", "/-/", expected.url)


def test_the_first_statement_of_a_page_that_is_only_read():
    walk = Walk(browser()).to("overview", IN_TIME)
    url = walk.url("worker") + "?from=overview"
    for address in ("/en/", url, reverse("receipt", kwargs={"token": "x"})):
        with away() as trouble:
            page = walk.client.get(address)
        assert_told(page, {})
        assert trouble.asked == 1
        assert f'href="{address}"' in page.text
        assert "<form" not in page.text
    assert walk.client.get(url).status_code == 200


# -- the page --------------------------------------------------------------------------------------------------

HOSTILE = {
    "worker-ssin": ['"><script>alert(1)</script>', "85.07.30-033.28"],
    "worker-family_name": [" Ö'Bräin & <b>\r\nline two ", ""],
    "other'\"<name>": ["{{ settings.SECRET_KEY }}", "%00", "\u202e\u200b", "😀"],
    "go": ["refresh"],
}


@pytest.mark.pages
@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_the_page_repeats_what_it_was_sent_as_text_alone_in_the_language_of_the_page(language: str):
    walk = Walk(browser(headers={"accept-language": "en"}), language).to("worker", IN_TIME)
    with away():
        page = walk.client.post(walk.url("worker"), HOSTILE)
    assert_told(page, HOSTILE)
    assert f'<html lang="{language}">' in page.text
    assert "<script>alert" not in page.text
    assert page.text.count("<button") == 1
    assert 'class="languages"' not in page.text


def test_only_confirm_leaves_open_whether_it_was_sent():
    walk = Walk(browser()).to("overview", IN_TIME)
    hidden = walk.hidden()
    for more, is_open in (({}, True), ({"go": "period"}, False), ({"language": "nl"}, False)):
        with away():
            page = walk.client.post(walk.url("overview"), {**hidden, **more})
        assert ("may or may not have been sent" in page.text, "Nothing was sent" in page.text) == (
            is_open,
            not is_open,
        ), more


def unreachable(*_arguments: Any) -> Any:
    """Replacement of a function that queries the database."""
    raise OperationalError("in words") from gone()


def test_a_post_whose_token_was_not_checked_is_not_offered_again(monkeypatch: pytest.MonkeyPatch):
    """Another site's form is refused by its token; here the page of that refusal fails too."""
    walk = Walk(browser()).to("worker", IN_TIME)
    walk.client.handler.enforce_csrf_checks = True
    monkeypatch.setattr("declarations.wizard.pages._posted_step_fields", unreachable)
    page = walk.client.post(walk.url("worker"), {"worker-ssin": ERIC})
    assert_told(page, {})
    assert ERIC not in page.text
    assert "<form" not in page.text


def test_the_page_is_drawn_without_what_other_pages_ask_for(monkeypatch: pytest.MonkeyPatch):
    """No account, no messages, no context processors."""
    walk = Walk(browser()).to("worker", IN_TIME)
    monkeypatch.setitem(engines["django"].engine.__dict__, "template_context_processors", (unreachable,))
    fields = step_data("worker", IN_TIME)
    with away():
        assert_told(walk.client.post(walk.url("worker"), fields), fields)


def test_the_button_carries_a_token_that_counts():
    walk = Walk(browser()).to("worker", IN_TIME)
    walk.client.handler.enforce_csrf_checks = True
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', walk.get("worker").text)[0]
    with away():
        page = walk.client.post(walk.url("worker"), {**step_data("worker", IN_TIME), "csrfmiddlewaretoken": token})
    (token,) = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    answer = walk.client.post(walk.url("worker"), {**sent(offered(page)), "csrfmiddlewaretoken": token})
    assert answer["Location"] == walk.url("characteristics")


# -- pages of the office, and errors that are no outage --------------------------------------------------------


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/admin/declarations/declaration/", "/metrics"])
def test_the_office_gets_a_plain_answer(admin_user: User, path: str):
    office = signed_in_client(admin_user)
    office.raise_request_exception = False
    with away():
        answers = [office.get(path), office.post(path, {"username": "anna", "password": PASSWORD})]
    for answer in answers:
        if answer.status_code != 405:
            assert (answer.status_code, answer["Retry-After"]) == (503, "30")
            assert answer["Content-Type"] == "text/plain; charset=utf-8"
            assert PASSWORD not in answer.text


def test_outside_the_networks_of_the_office_too(settings):
    settings.ADMIN_NETWORKS = [ip_network("192.0.2.0/24")]
    with away():
        assert_told(browser().get("/en/"), {})


@pytest.mark.parametrize("cause", [of_sqlite(sqlite3.SQLITE_ERROR), of_postgresql("54001")])
def test_a_fault_of_ours_stays_one(cause: BaseException):
    walk = Walk(browser()).to("worker", IN_TIME)
    with away(cause=cause):
        page = walk.client.post(walk.url("worker"), step_data("worker", IN_TIME))
    assert (page.status_code, "Retry-After" in page) == (500, False)
    assert "There is a problem with the service" in page.text


# -- the database itself ---------------------------------------------------------------------------------------


@contextmanager
def locked() -> Iterator[None]:
    """Another process locks the database for longer than this one waits."""
    patience, again = ("PRAGMA busy_timeout = 50", "PRAGMA busy_timeout = 20000")
    if connection.vendor == "postgresql":
        patience, again = ("SET lock_timeout = 50", "SET lock_timeout = 0")
    run(patience)
    with closing(other()) as holder:
        for statement in HOLD[connection.vendor]:
            holder.execute(statement)
        yield
        holder.rollback()
    run(again)


HOLD = {
    "sqlite": ["BEGIN EXCLUSIVE"],
    "postgresql": ["LOCK TABLE django_session, declarations_declaration IN ACCESS EXCLUSIVE MODE"],
}


def other() -> Any:
    """A connection of another process."""
    if connection.vendor == "sqlite":
        return sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    return psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None})


def run(statement: str) -> None:
    """Run a statement on Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_locked_or_loses_its_last_word(monkeypatch: pytest.MonkeyPatch):
    """Steps are posted during a lock; then COMMIT succeeds, and its response is lost."""
    walk = Walk(browser()).begin(IN_TIME)
    for step in ("employer", "worker", "characteristics", "period"):
        fields = step_data(step, IN_TIME)
        with locked():
            page = walk.client.post(walk.url(step), fields)
        assert_told(page, fields)
        assert walk.client.post(walk.url(step), sent(offered(page))).status_code == 302
    hidden = {**walk.hidden(), "overview-employer_reference": "E 1"}
    with monkeypatch.context() as patch:
        patch.setattr(connection, "_commit", lambda: unanswered(is_done=False))
        assert_told(page := walk.client.post(walk.url("overview"), hidden), hidden)
    assert not Declaration.objects.exists()
    with monkeypatch.context() as patch:
        patch.setattr(connection, "_commit", lambda: unanswered(is_done=True))
        assert_told(page := walk.client.post(walk.url("overview"), sent(offered(page))), hidden)
    declaration = Declaration.objects.get()
    assert declaration.answers["values"]["employer_reference"] == "E 1"
    assert submitted_declaration(walk.client.post(walk.url("overview"), sent(offered(page)))) == declaration


@pytest.mark.pages
def test_a_cancellation_whose_answer_was_lost_still_leads_to_the_new_dimona_in():
    """It was filed, but the session could not be saved: the next press finishes what Confirm left open."""
    client = browser()
    cancellation = redeclare_from_overview(client, open_period_of_zoe(client), start_date="9/3/2026")
    hidden = cancellation.hidden()
    for since in count():
        with away(since):
            page = client.post(cancellation.url("overview"), hidden)
        if Declaration.objects.filter(draft=cancellation.draft).exists():
            break
    assert_told(page, hidden)
    declaration = submitted_declaration(client.post(cancellation.url("overview"), sent(offered(page))))
    assert receipt_page(client, declaration).context["replacement_url"]


@contextmanager
def through_a_proxy() -> Iterator[Proxy]:
    """From now on Django reaches PostgreSQL through a proxy, with a working connection per request."""
    settings = connection.settings_dict
    direct = {name: settings[name] for name in ("HOST", "PORT", "OPTIONS")}
    proxy = Proxy(direct["HOST"], str(direct["PORT"]))
    settings.update(HOST="127.0.0.1", PORT=proxy.port, OPTIONS={**direct["OPTIONS"], "sslmode": "disable"})
    connection.close()
    try:
        yield proxy
    finally:
        settings.update(direct)
        connection.close()
        proxy.stop()


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("moment", "is_filed"), [(STATEMENT, False), (BEFORE_COMMIT, False), (AFTER_COMMIT, True)])
def test_a_connection_that_is_cut_while_a_declaration_is_filed(moment: str, is_filed: bool):
    """`python -m trials.faults` does the same to a running service."""
    walk = Walk(browser()).to("overview", IN_TIME)
    hidden = walk.hidden()
    with through_a_proxy() as proxy:
        proxy.moment = moment
        page = walk.client.post(walk.url("overview"), hidden)
        close_old_connections()
        assert_told(page, hidden)
        assert Declaration.objects.filter(draft=walk.draft).exists() is is_filed
        assert (
            submitted_declaration(walk.client.post(walk.url("overview"), sent(offered(page))))
            == Declaration.objects.get()
        )


SHOWN = """
from dimona_site import wsgi
from django.db import connection
with connection.cursor() as cursor:
    for name in ("lock_timeout", "statement_timeout"):
        cursor.execute(f"SHOW {name}")
        print(*cursor.fetchone())
"""


@pytest.mark.postgresql
def test_what_serves_pages_waits_for_no_lock_for_ever_and_commands_may(project: Path):
    done = subprocess.run([sys.executable, "-c", SHOWN], cwd=project, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["10s", "20s"], done.stderr
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


def unanswered(*, is_done: bool) -> None:
    """End the transaction, or not, then break the connection before the response."""
    if is_done:
        with connection.wrap_database_errors:
            connection.connection.commit()
    raise OperationalError("server closed the connection unexpectedly") from gone()
