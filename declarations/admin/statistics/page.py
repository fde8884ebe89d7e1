"""The statistics page: declarations filed, accepted, refused, late and pending in the selected days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from referentials import tables

from ...enums import DeclarationKind
from ...formatting import display_day
from ...models import DailyCount
from ...wizard.forms.drawing import FramedForm
from ...wizard.forms.fields import DayField
from .. import permissions
from .charts import HorizontalBars, StackedBars, horizontal_bars, stacked_bars
from .counts import AGES, KindStatistics, Statistics, midnight, statistics_for

DEFAULT_DAYS, MAX_DAYS = 28, 366
# Beyond this number of days a bar stands for seven days, since its parts would be too thin to tell apart.
MAX_BARS = 62


class OfficeDayField(DayField):
    """A day field in the format of this service, for the office."""

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"inputmode": "numeric", "autocomplete": "off", "maxlength": 40, "size": 12}
        super().__init__(widget=forms.TextInput(attrs=attributes), **kwargs)

    def to_python(self, value: Any) -> date | None:
        """The day. Raises ValidationError with a text of its own, as the catalogue has no code for it here."""
        try:
            return super().to_python(value)
        except ValidationError as error:
            raise ValidationError(
                error.message or _("Enter a date, for example 27/03/2026."), code=error.code
            ) from None


class DaysForm(FramedForm):
    """The first and the last day of the statistics."""

    since = OfficeDayField(label=_("From"))
    until = OfficeDayField(label=_("To"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_until(self) -> date:
        """Refuse a day in the future."""
        until: date = self.cleaned_data["until"]
        if until > self.today:
            raise ValidationError(_("This date is in the future."))
        return until

    def clean(self) -> dict[str, Any]:
        """Refuse days in the wrong order, and more days than a page holds."""
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This date is before the first one."))
        elif since and until and (until - since).days >= MAX_DAYS:
            self.add_error("since", _("Choose at most %(most)d days.") % {"most": MAX_DAYS})
        return cleaned


# -- what the page says ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A row of the table beside a chart: label, count, percentage, address of the list, explanation."""

    label: str
    count: int
    share: str
    url: str = ""
    words: str = ""


@dataclass(frozen=True)
class Breakdown:
    """A chart of horizontal bars with its table."""

    lines: list[Line]
    chart: HorizontalBars


def percentage(part: int, whole: int) -> str:
    """The percentage with one decimal in the active language; a dash if `whole` is 0."""
    return number_format(round(100 * part / whole, 1), decimal_pos=1) if whole else "–"


def breakdown(rows: Iterable[tuple[str, int, str, str]]) -> Breakdown:
    """The rows (label, count, address, words) with their percentages."""
    cells = list(rows)
    whole = sum(count for _label, count, *_more in cells)
    lines = [Line(label, count, percentage(count, whole), url, words) for label, count, url, words in cells]
    return Breakdown(lines, horizontal_bars([(line.label, line.count) for line in lines]))


def list_url(since: date, until: date, **filters: str) -> str:
    """The address of the list of declarations filed in these days."""
    end = until + timedelta(days=1)
    sent = {"submitted_at__gte": midnight(since).isoformat(), "submitted_at__lt": midnight(end).isoformat()}
    return f"{reverse('admin:declarations_declaration_changelist')}?{urlencode({**sent, **filters})}"


def per_day(figures: Statistics) -> dict[str, Any]:
    """The chart and the table of declarations per day and kind."""
    kinds = [(kind.value, str(kind.label)) for kind in DeclarationKind]
    step = 1 if len(figures.days) <= MAX_BARS else 7
    columns = [
        (display_day(day)[:5], [(kind, f"{display_day(day)}, {label}", counts[kind]) for kind, label in kinds])
        for day, counts in group_days(figures.days, step)
    ]
    rows = [
        {
            "day": display_day(day),
            "url": list_url(day, day),
            "counts": [counts[kind] for kind, _label in kinds],
            "total": counts.total(),
        }
        for day, counts in reversed(figures.days.items())
    ]
    chart: StackedBars = stacked_bars(columns)
    return {"kinds": kinds, "chart": chart, "rows": rows, "step": step}


def group_days(days: dict[date, Counter[str]], step: int) -> list[tuple[date, Counter[str]]]:
    """The days in groups of `step`, each named by its first day."""
    each = list(days.items())
    return [
        (each[first][0], sum((counts for _day, counts in each[first : first + step]), Counter()))
        for first in range(0, len(each), step)
    ]


def kind_rows(figures: Statistics, since: date, until: date) -> list[dict[str, Any]]:
    """The table of results per kind."""
    return [_kind_row(each, list_url(since, until, kind__exact=each.kind)) for each in figures.kinds]


def _kind_row(each: KindStatistics, url: str) -> dict[str, Any]:
    late_share = "–" if each.late is None else percentage(each.late, each.accepted)
    return {"label": each.kind.label, "url": url, "statistics": each, "late_share": late_share}


def refusals(figures: Statistics, since: date, until: date) -> Breakdown:
    """The refusals by code, with the label in force on the last day."""
    current = tables.current()
    return breakdown(
        (code, count, list_url(since, until, code=code), anomaly_label(current, code, until))
        for code, count in figures.refusals
    )


def anomaly_label(current: tables.Tables, code: str, day: date) -> str:
    """The label of an anomaly; empty if the catalogue lacks the code."""
    try:
        return current.anomaly(code, day).label
    except KeyError:
        return ""


def languages(figures: Statistics, since: date, until: date) -> Breakdown:
    """The declarations by language, each named in that language."""
    names = dict(settings.LANGUAGES)
    return breakdown(
        (names.get(code, code), count, list_url(since, until, language__exact=code), "")
        for code, count in figures.languages
    )


def pending_by_age(figures: Statistics) -> Breakdown:
    """The pending declarations by age in days."""
    labels = [_("%(from)d–%(to)d days") % {"from": youngest, "to": oldest} for youngest, oldest in AGES]
    labels.append(_("over %(days)d days") % {"days": AGES[-1][1]})
    return breakdown((label, count, "", "") for label, count in zip(labels, figures.pending_by_age, strict=True))


@admin.register(DailyCount)
class StatisticsAdmin(admin.ModelAdmin):
    """The statistics page in the place of a list of daily counts, whose rows are neither listed nor edited."""

    is_list = False

    def get_urls(self) -> list[URLPattern]:
        """Only the statistics page."""
        return [path("", self.admin_site.admin_view(self.page), name="declarations_dailycount_changelist")]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the account may view declarations."""
        return bool(request.user.has_perm("declarations.view_declaration"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the account may view declarations."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Always refuse: `count_declarations` writes the rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Always refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Always refuse."""
        return False

    def page(self, request: HttpRequest) -> HttpResponse:
        """The statistics of the selected days; by default the last four weeks."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = timezone.localdate()
        first = {"since": display_day(today - timedelta(days=DEFAULT_DAYS - 1)), "until": display_day(today)}
        form = DaysForm({**first, **request.GET.dict()}, today=today)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Statistics"),
            "opts": self.opts,
            "form": form,
            "today": first["until"],
            "now": timezone.localtime(),
        }
        if form.is_valid():
            context |= self.page_context(request, form.cleaned_data["since"], form.cleaned_data["until"], today)
        return render(request, "admin/declarations/figures.html", context)

    def page_context(self, request: HttpRequest, since: date, until: date, today: date) -> dict[str, Any]:
        """The context for the selected days."""
        figures = statistics_for(since, until, today)
        accepted, late = figures.accepted_and_late
        may_decide = request.user.has_perm(permissions.DECIDE_DECLARATION)
        return {
            "since": display_day(since),
            "until": display_day(until),
            "filed": sum(each.total for each in figures.kinds),
            "accepted": sum(each.accepted for each in figures.kinds),
            "refused": sum(each.refused for each in figures.kinds),
            "decided": sum(each.decided.total() for each in figures.kinds),
            "awaiting": sum(figures.pending_by_age),
            "late": late,
            "late_share": percentage(late, accepted),
            "list_url": list_url(since, until),
            "per_day": per_day(figures),
            "kind_rows": kind_rows(figures, since, until),
            "refusals": refusals(figures, since, until),
            "languages": languages(figures, since, until),
            "pending_by_age": pending_by_age(figures),
            "queue_url": reverse("admin:declarations_pendingdeclaration_changelist") if may_decide else "",
        }
