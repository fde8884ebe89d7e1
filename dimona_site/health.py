"""Whether the service is alive, and whether it can work: for those who watch it, in plain words and no language."""

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
    """200 from a process that answers at all. It asks the database nothing: a restart would not mend that."""
    return _text_response("alive")


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 from a process that can take a declaration, else 503 with what is missing."""
    try:
        trouble = _problem()
    except (DatabaseError, InterfaceError):
        # The reason names hosts and accounts: it is for the log.
        log.exception("Not ready: the database does not answer")
        trouble = "the database does not answer"
    return _text_response(f"not ready: {trouble}", status=503) if trouble else _text_response("ready")


def _problem() -> str:
    """What keeps the service from working; empty when nothing does. Raises DatabaseError or InterfaceError."""
    missing = _migrations_missing()
    if missing:
        return f"migrations not applied: {missing} (migrate)"
    empty = _tables_empty()
    return f"nothing is valid today in {', '.join(empty)} (load_referentials)" if empty else ""


def _migrations_missing() -> int:
    """How many migrations of this code the database has not seen. One of newer code on top is no trouble."""
    loader = MigrationLoader(connection)
    return len(loader.graph.nodes.keys() - (loader.applied_migrations or {}).keys())


def _tables_empty() -> list[str]:
    """The administration's tables without a row in force today."""
    held, today = tables.current(), timezone.localdate()
    rows: dict[str, list[Dated]] = {
        field.name: list(getattr(held, field.name))
        for field in fields(held)
        if field.name not in ("version", "anomalies")
    }
    rows["anomalies"] = [row for each in held.anomalies.values() for row in each]
    return [name for name, each in rows.items() if not tables.valid_on(each, today)]


def _text_response(words: str, status: int = 200) -> HttpResponse:
    return HttpResponse(f"{words}\n", content_type="text/plain; charset=utf-8", status=status)
