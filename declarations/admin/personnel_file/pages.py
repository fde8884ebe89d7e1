"""The list of workers, and the personnel file: the timeline of a worker's or an employer's periods.

No address contains an SSIN or a name: a search is posted and redirects to a worker's primary key.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from referentials import tables
from referentials.models import Employer, Quota
from referentials.numbers import dimona, ssin

from ...confirmation.blocks import SSIN, Row, Rows
from ...enums import Sex
from ...formatting import display_day, display_iso
from ...models import Period, Worker
from ...names import display_name, family_name_hash, ssin_hash
from ...rules.moments import quarter_of
from ...wizard.forms.employer import employer_rows
from .. import ssin_access
from ..base import ReadOnlyAdmin
from . import balances
from .balances import Balance
from .entries import TimelineEntry
from .timeline import PageKey, PersonnelFile, timeline

PERMISSIONS = ("declarations.view_period", "declarations.view_declaration", "declarations.view_worker")
# The maximum number of namesakes listed for a choice.
MAX_NAMESAKES = 50
# The chart: the height of the months and of a row, the width of the labels and of a day.
HEADER_HEIGHT, ROW_HEIGHT, LABEL_WIDTH, DAY_WIDTH = 24, 22, 120, 2

# By the names of IDENTITY_FIELDS.
IDENTITY_LABELS = {
    "family_name": _("Family name"),
    "given_name": _("Given name"),
    "initial": _("Initial of the middle name"),
    "sex": _("Gender"),
    "birth_date": _("Birth date"),
    "birth_place": _("Place of birth"),
    "birth_country": _("Country of birth"),
    "nationality": _("Nationality"),
}


def worker_condition(text: str) -> Q:
    """The workers whom a text can mean: by an SSIN in any notation, or by a family name."""
    found = Q(family_name_hash=family_name_hash(text) or "-")
    return found | Q(ssin_hash=ssin_hash(ssin.compact(text))) if ssin.is_valid(text) else found


@admin.register(Worker)
class WorkerAdmin(ReadOnlyAdmin):
    """The workers, with links to their personnel files; searched by SSIN, family name or period number."""

    list_display = ("masked_ssin", "name", "birth_date")
    list_select_related: ClassVar[Any] = False
    ordering = ("-pk",)
    sortable_by = ()
    search_fields: ClassVar[Any] = ()
    change_list_template = "admin/declarations/personnel_workers.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list. A search redirects to the worker found, or lists namesakes."""
        found: list[Worker] = []
        if "q" in request.POST and self.has_view_permission(request):
            found = _find_workers(request.POST["q"].strip())
            if len(found) == 1:
                return redirect("admin:personnel_worker", pk=found[0].pk)
            if not found:
                messages.warning(request, _("No worker found with that SSIN, name or period number."))
        urls = [reverse("admin:personnel_worker", args=[each.pk]) for each in found]
        return super().changelist_view(request, {**_namesakes(found, urls), **(extra_context or {})})

    @admin.display(description=_("SSIN"))
    def masked_ssin(self, row: Worker) -> str:
        """The masked SSIN."""
        return str(ssin.mask(row.ssin))

    @admin.display(description=_("name"))
    def name(self, row: Worker) -> str:
        """Family name and given name."""
        return display_name(row.identity)

    @admin.display(description=_("birth date"))
    def birth_date(self, row: Worker) -> str:
        """The birth date as declared; 00/00 and the year if only the year is known."""
        return display_iso(row.identity["birth_date"]) if row.identity.get("birth_date") else "-"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Redirect to the worker's personnel file."""
        worker = self.get_object(request, object_id)
        if worker is None:
            return super().change_view(request, object_id, form_url, extra_context)
        return redirect("admin:personnel_worker", pk=worker.pk)


def urls(site: admin.AdminSite) -> list[URLPattern]:
    """The addresses of both personnel files."""
    return [
        path("worker/<int:pk>/", site.admin_view(worker_file), name="personnel_worker"),
        path("employer/<int:pk>/", site.admin_view(employer_file), name="personnel_employer"),
    ]


def worker_file(request: HttpRequest, pk: int) -> HttpResponse:
    """A worker's file: identity, quotas, and the periods of a year."""
    _check_permissions(request)
    worker = get_object_or_404(Worker, pk=pk)
    context = _timeline(request, PersonnelFile(worker=worker))
    context |= {
        "title": _("Personnel file of a worker"),
        "worker": worker,
        "name": display_name(worker.identity),
        "rows": [Row(SSIN, _("SSIN"), ssin_access.render_ssin(request, worker)), *_identity_rows(worker)],
        "balances": _balance_rows(balances.worker_balances(worker, context["year"], tables.current())),
    }
    return render(request, "admin/declarations/personnel_worker.html", context)


def employer_file(request: HttpRequest, pk: int) -> HttpResponse:
    """An employer's file: identity, quotas, and the periods of a year, of all its workers or of one."""
    _check_permissions(request)
    employer = get_object_or_404(Employer, pk=pk)
    found: list[Worker] = []
    if "q" in request.POST:
        found = _find_workers(request.POST["q"].strip(), employer)
        if len(found) == 1:
            query = {"worker": found[0].pk, **({"year": request.GET["year"]} if "year" in request.GET else {})}
            return redirect(reverse("admin:personnel_employer", args=[pk], query=query))
        if not found:
            messages.warning(request, _("This employer has no worker with that SSIN, name or period number."))
    worker = _selected_worker(request)
    context = _timeline(request, PersonnelFile(worker=worker, employer=employer))
    context |= {
        "title": _("Personnel file of an employer"),
        "employer": employer,
        "worker": worker,
        "name": employer.name,
        "rows": employer_rows(employer),
        "worker_name": display_name(worker.identity) if worker else "",
        "balances": _balance_rows(balances.employer_balances(employer, context["year"], tables.current())),
    }
    context |= _namesakes(found, [f"?{urlencode({'worker': each.pk, 'year': context['year']})}" for each in found])
    return render(request, "admin/declarations/personnel_employer.html", context)


def _check_permissions(request: HttpRequest) -> None:
    if not request.user.has_perms(PERMISSIONS):
        raise PermissionDenied


def _find_workers(text: str, employer: Employer | None = None) -> list[Worker]:
    """The workers whom the text means, at that employer if given; one more than are listed."""
    where = {"employer": employer} if employer else {}
    condition = worker_condition(text)
    if dimona.is_valid(text):
        condition = Q(pk__in=Period.objects.filter(number=dimona.compact(text), **where).values("worker"))
    rows = Worker.objects.filter(condition, **{f"periods__{name}": row for name, row in where.items()})
    return list(rows.distinct().order_by("pk")[: MAX_NAMESAKES + 1])


def _namesakes(workers: list[Worker], urls: list[str]) -> dict[str, Any]:
    """The workers to choose from, each with its address."""
    rows = [(url, display_name(each.identity), ssin.mask(each.ssin)) for url, each in zip(urls, workers, strict=True)]
    return {"namesakes": rows[:MAX_NAMESAKES], "has_more_namesakes": len(rows) > MAX_NAMESAKES}


def _selected_worker(request: HttpRequest) -> Worker | None:
    """The worker to whom the file is restricted; None for an invalid key."""
    pk = request.GET.get("worker", "")
    return get_object_or_404(Worker, pk=pk) if re.fullmatch("[0-9]{1,18}", pk) else None


def _identity_rows(worker: Worker) -> Rows:
    """The worker's identity as declared, without the SSIN."""
    known = {**worker.identity}
    for name, rows in (("birth_country", "countries"), ("nationality", "nationalities")):
        if code := known.get(name):
            known[name] = _table_label(rows, code)
    if sex := known.get("sex"):
        known["sex"] = str(Sex(sex).label)
    if birth_date := known.get("birth_date"):
        known["birth_date"] = display_iso(birth_date)
    return [Row(name, label, known[name]) for name, label in IDENTITY_LABELS.items() if known.get(name)]


def _table_label(rows: str, code: str) -> str:
    """Today's label of a country or a nationality; its code if the tables lack it."""
    of_the_code = (row for row in getattr(tables.current(), rows) if row.code == code)
    found = tables.nearest(of_the_code, timezone.localdate())
    return str(found.label) if found else code


def _balance_rows(rows: list[Balance]) -> list[dict[str, Any]]:
    """The quotas in words, with their numbers."""
    return [{"balance": each, "subject": _balance_subject(each), "span": _balance_span(each)} for each in rows]


def _balance_subject(balance: Balance) -> str:
    """The worker type, the joint committee if the quota names one, and whether it is for student work."""
    current, quota = tables.current(), balance.quota
    rows = [
        current.worker_type(quota.worker_type, balance.first),
        current.joint_committee(quota.joint_committee, balance.first),
    ]
    words = [str(row) for row in rows if row]
    return ", ".join([*words, str(_("with student work"))] if quota.is_with_student_work else words)


def _balance_span(balance: Balance) -> str:
    """The year or the quarter, and the starting dates to which the quota applies if it does not apply to all."""
    year, quarter = balance.first.year, quarter_of(balance.first)
    words = [
        str(year)
        if balance.quota.span == Quota.Span.YEAR
        else _("quarter %(quarter)d of %(year)d") % {"quarter": quarter, "year": year}
    ]
    if balance.since:
        words.append(_("starting on or after %(day)s") % {"day": display_day(balance.since)})
    if balance.until:
        words.append(_("starting on or before %(day)s") % {"day": display_day(balance.until)})
    return ", ".join(words)


# -- the year and its page -------------------------------------------------------------------------------------


def _timeline(request: HttpRequest, file: PersonnelFile) -> dict[str, Any]:
    """The context of both files: the year, links to other years, a page of the timeline and its chart."""
    today = timezone.localdate()
    years = file.years(today)
    requested = request.GET.get("year", "")
    year = int(requested) if requested in map(str, years) else today.year
    entries, next_key = timeline(file, year, PageKey.parse(request.GET.get("before", "")))
    one = {"worker": file.worker.pk} if file.worker and file.employer else {}
    return {
        **admin.site.each_context(request),
        "opts": Period._meta,
        "year": year,
        "years": [(each, f"?{urlencode({**one, 'year': each})}") for each in years],
        "all_workers_url": f"?{urlencode({'year': year})}",
        "entries": entries,
        "is_first_page": "before" not in request.GET,
        "newest_url": f"?{urlencode({**one, 'year': year})}",
        "older_url": f"?{urlencode({**one, 'year': year, 'before': str(next_key)})}" if next_key else "",
        "chart": _chart(entries, year),
    }


def _chart(entries: list[TimelineEntry], year: int) -> dict[str, Any]:
    """The positions of the bars in the units of the drawing; a bar without an end extends to the year's end."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    bars = []
    for row, entry in enumerate(entries):
        start, end = max(entry.span.start_date, first), min(entry.span.end_date or last, last)
        left, right = _x_of(start, first), max(_x_of(end, first), _x_of(start, first) + DAY_WIDTH) + DAY_WIDTH
        bars.append(
            {
                "entry": entry,
                "y": HEADER_HEIGHT + row * ROW_HEIGHT,
                "left": left,
                "right": right,
                "width": right - left,
            }
        )
    months = [(date(year, month, 1), _x_of(date(year, month, 1), first)) for month in range(1, 13)]
    return {
        "bars": bars,
        "months": months,
        "width": _x_of(last, first) + 10,
        "height": HEADER_HEIGHT + len(bars) * ROW_HEIGHT,
    }


def _x_of(day: date, first: date) -> int:
    return LABEL_WIDTH + DAY_WIDTH * (day - first).days
