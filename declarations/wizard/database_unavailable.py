"""The database is not there, or cannot write: the answer says so, and on public pages keeps what was typed.

It is the handler of errors that finds this out, not a middleware: Django asks it wherever an error comes from, from a
middleware that saves the session as well, and makes of each layer's error an answer before the next layer sees it.
With DEBUG Django shows the inside of the error instead.
"""

from __future__ import annotations

import sqlite3
import sys
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_path, get_language_from_request, override
from django.utils.translation import gettext as _
from django.views import defaults

from ..enums import DeclarationKind
from .pages import navigation
from .responses import no_store, posted_fields

# Primary result codes (sqlite.org/rescode.html): locked, read-only, no memory, no disk, no file.
SQLITE_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
    }
)  # fmt: skip
# Classes of SQLSTATE (PostgreSQL, appendix A): connection, transaction rolled back, resources, operator, system. A
# lock not had in time and a server that only reads belong to classes that else tell of a fault of ours. PgBouncer's
# own errors are of class 08.
POSTGRESQL_UNAVAILABLE = ("08", "40", "53", "57", "58", "55P03", "25006", "25P03", "25P04")
# Seconds, as in nginx's own page.
RETRY_AFTER = "30"


def is_unavailable(error: BaseException | None) -> bool:
    """Whether it tells that the database is not there or cannot write now; of a fault of ours it does not.

    The class alone does not say: sqlite3 has one for a locked file and a misspelt column, psycopg one for a full disk
    and a statement that is too long. Without a code of the database's own, psycopg's OperationalError is a connection
    that was not made or broke (PEP 249: “an unexpected disconnect”).
    """
    if not isinstance(error, (DatabaseError, InterfaceError)):
        return False
    if (code := getattr(error.__cause__, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in SQLITE_UNAVAILABLE
    if state := getattr(error.__cause__, "sqlstate", None):
        return str(state).startswith(POSTGRESQL_UNAVAILABLE)
    return isinstance(error, OperationalError)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The answer to an error that nobody caught: 503 while the database is away, else the page of a problem."""
    if not is_unavailable(sys.exception()):
        return defaults.server_error(request)
    with override(get_language_from_request(request, check_path=True)):
        is_public = get_language_from_path(request.path_info) is not None
        answer = HttpResponse(_page(request)) if is_public else _plain()
    answer.status_code = 503
    answer["Retry-After"] = RETRY_AFTER
    return no_store(answer)


def _plain() -> HttpResponse:
    """For the office, and for what reads no pages."""
    return HttpResponse(f"{_title()}. {_('Wait a moment and try again.')}\n", content_type="text/plain; charset=utf-8")


def _title() -> str:
    return _("The service cannot access its register at the moment")


def _page(request: HttpRequest) -> str:
    """The page, drawn without the context of others: account and messages are away too, with the session."""
    # A post of another site, or one that failed before it was told from ours, is not offered again.
    can_send_again = request.method == "POST" and getattr(request, "csrf_processing_done", False)
    context: dict[str, Any] = {
        **navigation(request),
        "title": _title(),
        "can_send_again": can_send_again,
        "is_confirm": can_send_again and _is_confirm(request),
        # Two slashes in front would make of a path the address of another host.
        "retry_url": "/" + request.get_full_path().lstrip("/") if request.method != "POST" else "",
    }
    if can_send_again:
        context |= {"csrf_token": get_token(request), "fields": posted_fields(request)}
    return render_to_string("503.html", context)


def _is_confirm(request: HttpRequest) -> bool:
    """Whether it may have filed: a Confirm does, and no other button of the overview."""
    page = request.resolver_match
    if page is None or page.view_name not in list(DeclarationKind):
        return False
    return page.kwargs["step"] == "overview" and not (request.POST.get("go") or request.POST.get("language"))
