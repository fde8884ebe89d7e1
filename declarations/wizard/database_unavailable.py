"""The response when the database is down or read-only: it says so and, on public pages, keeps the typed data.

This is Django's error handler rather than a middleware. Django calls it wherever the error occurs, including in a
middleware that saves the session, because each layer's errors become responses before the next layer sees them. With
DEBUG, Django shows its debug page instead.
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
# Classes of SQLSTATE (PostgreSQL, appendix A): connection, transaction rolled back, resources, operator, system.
# PgBouncer uses class 08. Single codes, whose classes otherwise mean a fault of ours: lock timeout, read-only server,
# timeouts in a transaction.
POSTGRESQL_UNAVAILABLE = ("08", "40", "53", "57", "58", "55P03", "25006", "25P03", "25P04")
# Seconds, the same as in nginx's page.
RETRY_AFTER = "30"


def is_unavailable(error: BaseException | None) -> bool:
    """Whether the error means that the database is down or cannot write, rather than a fault of ours.

    The exception class is not enough: sqlite3 has one class for a locked file and a misspelt column, psycopg one for a
    full disk and a statement that is too long. An OperationalError of psycopg without a code is a connection that
    failed or broke (PEP 249: “an unexpected disconnect”).
    """
    if not isinstance(error, (DatabaseError, InterfaceError)):
        return False
    if (code := getattr(error.__cause__, "sqlite_errorcode", None)) is not None:
        return code & 0xFF in SQLITE_UNAVAILABLE
    if state := getattr(error.__cause__, "sqlstate", None):
        return str(state).startswith(POSTGRESQL_UNAVAILABLE)
    return isinstance(error, OperationalError)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The response to an uncaught error: 503 while the database is unavailable, else the error page."""
    if not is_unavailable(sys.exception()):
        return defaults.server_error(request)
    with override(get_language_from_request(request, check_path=True)):
        is_public = get_language_from_path(request.path_info) is not None
        answer = HttpResponse(_page(request)) if is_public else _plain()
    answer.status_code = 503
    answer["Retry-After"] = RETRY_AFTER
    return no_store(answer)


def _plain() -> HttpResponse:
    """The response for the office, and for clients that do not read pages."""
    return HttpResponse(f"{_title()}. {_('Wait a moment and try again.')}\n", content_type="text/plain; charset=utf-8")


def _title() -> str:
    return _("The service cannot access its register at the moment")


def _page(request: HttpRequest) -> str:
    """The page, rendered without context processors, because account and messages need the database too."""
    # Do not offer to resend a post that failed the CSRF check, or failed before it.
    can_send_again = request.method == "POST" and getattr(request, "csrf_processing_done", False)
    context: dict[str, Any] = {
        **navigation(request),
        "title": _title(),
        "can_send_again": can_send_again,
        "is_confirm": can_send_again and _is_confirm(request),
        # A path that begins with two slashes would be the address of another host.
        "retry_url": "/" + request.get_full_path().lstrip("/") if request.method != "POST" else "",
    }
    if can_send_again:
        context |= {"csrf_token": get_token(request), "fields": posted_fields(request)}
    return render_to_string("503.html", context)


def _is_confirm(request: HttpRequest) -> bool:
    """Whether the post may have filed, as only Confirm does."""
    page = request.resolver_match
    if page is None or page.view_name not in list(DeclarationKind):
        return False
    return page.kwargs["step"] == "overview" and not (request.POST.get("go") or request.POST.get("language"))
