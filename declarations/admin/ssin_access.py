"""Display of full SSINs, one at a time and only with permission. Each access is recorded."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from referentials.numbers import ssin

from ..models import Declaration, SsinAccess, Worker
from . import permissions

Row = Worker | Declaration
MODELS: dict[str, type[Row]] = {"worker": Worker, "declaration": Declaration}
# The name of the button; its value is a row key such as `worker-12`.
BUTTON_NAME = "show_ssin"


def ssin_of(row: Row) -> str:
    """The row's compact SSIN: as declared, else of the identified worker; empty if there is none."""
    if isinstance(row, Worker):
        return str(row.ssin)
    typed = str(row.answers["values"].get("ssin") or "")
    worker = row.current_worker
    return typed or (str(worker.ssin) if worker else "")


def render_ssin(request: HttpRequest, row: Row) -> str:
    """The SSIN on a page whose form posts to itself: masked with a button, or in full once it was pressed.

    Pressing the button is recorded. Raises PermissionDenied without permission. Call it once per row of a page.
    """
    number = ssin_of(row)
    if not number:
        return "-"
    if request.method == "POST" and request.POST.get(BUTTON_NAME) == row_key(row):
        record_access(request, row, timezone.now())
        return str(ssin.format(number))
    return render_to_string(
        "admin/masked_ssin.html",
        {"masked": ssin.mask(number), "key": row_key(row), "may_see": may_see(request)},
    )


def ssin_page(request: HttpRequest) -> HttpResponse:
    """The page of one SSIN, for pages without a form of their own; reached by a button, never by a link."""
    if request.method != "POST":
        # After a new sign-in, or from an address typed by hand.
        return redirect("admin:index")
    row = _get_row(request.POST.get(BUTTON_NAME, ""))
    context = {**admin.site.each_context(request), "row": row, "opts": row._meta, "ssin": render_ssin(request, row)}
    return render(request, "admin/ssin.html", context)


def row_key(row: Row) -> str:
    """The value of the row's button: `worker-12`, `declaration-5`."""
    return f"{'worker' if isinstance(row, Worker) else 'declaration'}-{row.pk}"


def may_see(request: HttpRequest) -> bool:
    """Whether the account may see full SSINs."""
    return bool(request.user.has_perm(permissions.SEE_SSIN))


def record_access(request: HttpRequest, row: Row, at: datetime) -> None:
    """Record who looks, when and where. Raises PermissionDenied, or Http404 for a row that was removed."""
    if not may_see(request):
        raise PermissionDenied
    where = {"worker": row} if isinstance(row, Worker) else {"declaration": row, "worker": row.worker}
    try:
        SsinAccess.objects.create(accessed_at=at, accessed_by=request.user, **where)  # type: ignore[misc]
    except IntegrityError as gone:
        raise Http404 from gone


def _get_row(key: str) -> Row:
    name, _dash, pk = key.partition("-")
    if name not in MODELS or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        raise Http404
    row: Row | None = MODELS[name]._default_manager.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row
