"""Health checks for monitoring: whether the process is alive, and whether it can work. Plain text, untranslated."""

from __future__ import annotations

import logging
from dataclasses import fields

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from referentials import tables
from referentials.bases import Dated

log = logging.getLogger(__name__)


@never_cache
@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """200 from any process that responds. It does not use the database, whose failure no restart would fix."""
    return _text_response("alive")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 from a process that can accept a declaration, else 503 with the reason."""
    try:
        problem = _problem()
    except (DatabaseError, InterfaceError):
        # The error names hosts and accounts, so it goes to the log only.
        log.exception("Not ready: the database does not answer")
        problem = "the database does not answer"
    return _text_response(f"not ready: {problem}", status=503) if problem else _text_response("ready")


def _problem() -> str:
    """The reason why the service cannot work; empty if it can. Raises DatabaseError or InterfaceError."""
    missing = _migrations_missing()
    if missing:
        return f"migrations not applied: {missing} (migrate)"
    empty = _tables_empty()
    return f"nothing is valid today in {', '.join(empty)} (load_referentials)" if empty else ""


def _migrations_missing() -> int:
    """The number of this code's migrations not applied to the database. Migrations of newer code do not matter."""
    loader = MigrationLoader(connection)
    return len(loader.graph.nodes.keys() - (loader.applied_migrations or {}).keys())


def _tables_empty() -> list[str]:
    """The reference tables without a row in force today."""
    current, today = tables.current(), timezone.localdate()
    rows: dict[str, list[Dated]] = {
        field.name: list(getattr(current, field.name))
        for field in fields(current)
        if field.name not in ("version", "anomalies")
    }
    rows["anomalies"] = [row for each in current.anomalies.values() for row in each]
    return [name for name, each in rows.items() if not tables.valid_on(each, today)]


def _text_response(words: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{words}\n", content_type="text/plain; charset=utf-8", status=status)
