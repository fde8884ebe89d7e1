"""The office's lists of declarations and periods, searched by number, employer, worker, status and date."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from ..confirmation.content import anomaly_entries
from ..filing import decisions
from ..formatting import display_day
from ..models import Decision, Declaration, DeclarationAnomaly, Period, PeriodLock, Worker
from . import permissions, stashed_input
from .base import BY_CHARACTERISTICS, EmploymentTermsAdmin, as_filed
from .filters import CodeFilter, FiledStatusFilter
from .forms import LockForm
from .personnel_file import pages

# The excess over a quota, as the rules store it in an anomaly's `detail`.
AMOUNT = re.compile(r"(\d+) (hour|day)s?")


def amount_in_words(found: re.Match[str]) -> str:
    """A number of hours or days, in the language of the page."""
    count = int(found[1])
    if found[2] == "hour":
        return ngettext("%(hours)s hour", "%(hours)s hours", count) % {"hours": count}
    return ngettext("%(days)s day", "%(days)s days", count) % {"days": count}


class AnomalyInline(admin.TabularInline):
    """The anomalies of a declaration with their texts, and the excess over a quota, which only the office sees."""

    model = DeclarationAnomaly
    template = "admin/rows.html"
    fields = readonly_fields = ("code", "severity", "message", "excess")
    can_delete = False
    extra = 0

    @admin.display(description=_("anomaly"))
    def message(self, anomaly: DeclarationAnomaly) -> str:
        """The explanation, as on the receipt."""
        return str(anomaly_entries([anomaly])[0]["label"])

    @admin.display(description=_("detail"))
    def excess(self, anomaly: DeclarationAnomaly) -> str:
        """The excess over a quota; a dash for other anomalies."""
        return AMOUNT.sub(amount_in_words, anomaly.detail) or "-"

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: anomalies are recorded when the declaration is filed."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: anomalies keep the texts of their day."""
        return False


class DecisionInline(admin.StackedInline):
    """The reviewer's decision on the declaration."""

    model = Decision
    fields = readonly_fields = ("decided_at", "decided_by", "from_status", "status", "note", "period")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: decisions are made from the queue."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: a decision is written once."""
        return False


@admin.register(Declaration)
class DeclarationAdmin(EmploymentTermsAdmin):
    """The declarations as filed, latest first."""

    list_display = (
        "formatted_number", "kind", "current_status", "submitted_at", "employer", "masked_ssin", "characteristics",
        "start_date", "end_date",
    )  # fmt: skip
    list_filter = (
        "submitted_at", ("status", FiledStatusFilter), "kind", CodeFilter, *BY_CHARACTERISTICS, "start_date",
    )  # fmt: skip
    ordering = ("-submitted_at", "-pk")
    sorted_by_index = ("formatted_number", "submitted_at", "start_date")
    fields = readonly_fields = (
        "formatted_number", "kind", "current_status", "submitted_at", "language_name", "employer", "masked_ssin",
        "period", "joint_committee", "worker_type", "duration_unit", "start_date", "start_time", "end_date",
        "end_time", "planned_hours", "as_filed",
    )  # fmt: skip
    inlines = (AnomalyInline, DecisionInline)
    change_form_template = "admin/declarations/declaration/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The rows with their decisions, without answers and notes: no list shows these, and decryption is costly."""
        worker = Prefetch("worker", Worker.objects.defer("identity"))
        decided = Prefetch("decision", Decision.objects.defer("note").prefetch_related(worker))
        rows: QuerySet = super().get_queryset(request)
        return rows.defer("answers").prefetch_related(decided)

    def get_inlines(self, request: HttpRequest, obj: models.Model | None) -> Any:
        """The anomalies, and the decision if there is one."""
        return self.inlines if hasattr(obj, "decision") else (AnomalyInline,)

    @admin.display(description=_("status"))
    def current_status(self, declaration: Declaration) -> str:
        """The current status, with the date of the decision if there is one; the row keeps the status as filed."""
        status = str(declaration.current_status.label)
        if not hasattr(declaration, "decision"):
            return status
        day = display_day(timezone.localdate(declaration.decision.decided_at))
        return _("%(status)s (decided on %(day)s)") % {"status": status, "day": day}

    def worker_of(self, row: Any) -> Worker | None:
        """The declared worker, or the worker whom a reviewer identified."""
        return row.current_worker

    @admin.display(description=_("as filed"))
    def as_filed(self, declaration: Declaration) -> SafeString:
        """The overview that the filer confirmed, the SSIN masked."""
        return as_filed(declaration)


class LockInline(admin.TabularInline):
    """The history of locks: when, by whom and why."""

    model = PeriodLock
    template = "admin/rows.html"
    fields = readonly_fields = ("is_locked", "changed_at", "changed_by", "note")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: the period's page has a button for it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: locks are written once."""
        return False


@admin.register(Period)
class PeriodAdmin(EmploymentTermsAdmin):
    """The periods in their current state, each under the number of the declaration that opened it."""

    list_display = (
        "formatted_number", "employer", "masked_ssin", "characteristics", "start_date", "end_date", "cancelled_at",
        "locked_at",
    )  # fmt: skip
    list_filter = (*BY_CHARACTERISTICS, "start_date")
    sorted_by_index = ("formatted_number", "start_date")
    fields = readonly_fields = (
        "formatted_number", "employer", "masked_ssin", "joint_committee", "worker_type", "duration_unit", "start_date",
        "start_time", "end_date", "end_time", "planned_hours", "cancelled_at", "locked_at",
    )  # fmt: skip
    inlines = (LockInline,)
    change_form_template = "admin/declarations/period/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the page that locks or unlocks, and the personnel files."""
        lock = path("<int:pk>/lock/", self.admin_site.admin_view(self.lock), name="declarations_period_lock")
        return [lock, *pages.urls(self.admin_site), *super().get_urls()]

    def lock(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lock or unlock the period, with a note."""
        if not request.user.has_perm(permissions.LOCK_PERIOD):
            raise PermissionDenied
        period = get_object_or_404(Period.objects.select_related("employer", "worker"), pk=pk)
        is_locked = period.locked_at is None
        initial = stashed_input.pop_stashed(request, is_locked=str(is_locked)) | {"is_locked": is_locked}
        form = LockForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            self._lock(request, period, form)
            return redirect(reverse("admin:declarations_period_change", args=[pk]))
        title = _("Lock the period") if is_locked else _("Unlock the period")
        context = {**self.admin_site.each_context(request), "title": title, "period": period, "form": form}
        context["number"] = self.formatted_number(period)
        return render(request, "admin/declarations/period/lock.html", context)

    def _lock(self, request: HttpRequest, period: Period, form: LockForm) -> None:
        is_locked, note = form.cleaned_data["is_locked"], form.cleaned_data["note"]
        by, at = request.user, timezone.now()
        try:
            decisions.set_lock(period, is_locked=is_locked, note=note, by=by, at=at)  # type: ignore[arg-type]
        except decisions.AlreadyDoneError:
            messages.warning(request, _("Somebody else has already done this. Nothing was changed."))
        else:
            messages.success(request, _("The period is locked.") if is_locked else _("The period is unlocked."))
