"""The queue of pending declarations, and the page on which a reviewer decides one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from referentials import tables
from referentials.admin import CappedPaginator
from referentials.models import Anomaly

from ..enums import DeclarationKind, Status
from ..filing import decisions
from ..filing.submission import assess_with_worker
from ..filing.workers import once_per_field
from ..formatting import display_datetime, display_iso
from ..models import Declaration, PendingDeclaration, QueueEntry, Worker
from ..names import display_name, ssin_hash
from . import permissions, ssin_access, stashed_input
from .base import EmploymentTermsAdmin, as_filed
from .forms import DecisionForm

# By the names of MATCHED_FIELDS, as they stand in a sentence.
MATCHED_FIELD_LABELS = {
    "family_name": _("family name"),
    "given_name": _("given name"),
    "birth_date": _("birth date"),
    "sex": _("sex"),
}


class QueuePaginator(CappedPaginator):
    """Paginator of the queue with a low cap: counting more rows costs more than showing a page."""

    max_count = 1_000
    is_unfiltered = False

    @cached_property
    def count(self) -> int:
        """The number of rows, at most `max_count`; an unfiltered queue is counted without its declarations."""
        return QueueEntry.objects.all()[: self.max_count].count() if self.is_unfiltered else super().count


@admin.register(PendingDeclaration)
class PendingAdmin(EmploymentTermsAdmin):
    """The declarations that await a decision, oldest first."""

    list_display = ("formatted_number", "age", "sent_at", "employer", "declared_name", "characteristics")
    list_display_links = ("formatted_number",)
    ordering = ("queue_entry__since", "pk")
    sortable_by = ()
    paginator = QueuePaginator

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the account may decide declarations."""
        return bool(request.user.has_perm(permissions.DECIDE_DECLARATION))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the account may decide declarations."""
        return bool(request.user.has_perm(permissions.DECIDE_DECLARATION))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The declarations without a decision."""
        rows: Any = super().get_queryset(request)
        waiting: QuerySet = rows.awaiting_decision()
        return waiting

    def get_paginator(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """The paginator, told whether the queue is unfiltered."""
        paginator: Any = super().get_paginator(request, *args, **kwargs)
        paginator.is_unfiltered = request.GET.keys() <= {PAGE_VAR}
        return paginator

    @admin.display(description=_("waiting time"))
    def age(self, declaration: Declaration) -> str:
        """The waiting time, in words."""
        return timesince(declaration.submitted_at, depth=1)

    @admin.display(description=_("sent at"))
    def sent_at(self, declaration: Declaration) -> str:
        """Day and time, as on the receipt."""
        return display_datetime(declaration.submitted_at)

    @admin.display(description=_("employee as declared"))
    def declared_name(self, declaration: Declaration) -> str:
        """Family name and given name."""
        return display_name(declaration.answers["values"])

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The declaration, its likely workers and the form; first previews the result, then makes the decision."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        declaration = self.get_object(request, object_id)
        if declaration is None:
            filed = self.admin_site.get_model_admin(Declaration).get_object(request, object_id)
            return self.already_decided(request, getattr(filed, "decision", None))
        matches = decisions.likely_matches(declaration)
        choices: dict[str, Any] = {"matches": matches, "today": timezone.localdate()}
        # Showing an SSIN decides nothing: the form keeps its input.
        is_ssin_access = "show_ssin" in request.POST
        initial = request.POST.dict() if is_ssin_access else stashed_input.pop_stashed(request)
        form = DecisionForm(None if is_ssin_access else request.POST or None, initial=initial, **choices)
        preview = None
        if request.method == "POST" and not is_ssin_access and form.is_valid():
            if "decide" in request.POST:
                return self.decide(request, declaration, form)
            preview = self.preview(declaration, form.cleaned_data["identified"])
        return self.decision_page(request, declaration, matches, form, preview)

    def decide(self, request: HttpRequest, declaration: Declaration, form: DecisionForm) -> HttpResponse:
        """Make the decision, or say who made it first."""
        try:
            decision = decisions.decide(
                declaration,
                ssin=form.cleaned_data["identified"],
                note=form.cleaned_data["note"],
                by=request.user,  # type: ignore[arg-type]
                at=timezone.now(),
                tables=tables.current(),
            )
        except decisions.AlreadyDoneError as error:
            return self.already_decided(request, error.row)
        words = _("Declaration %(number)s: %(status)s.")
        number = self.formatted_number(declaration)
        messages.success(request, words % {"number": number, "status": Status(decision.status).public_label})
        return redirect(reverse("admin:declarations_pendingdeclaration_changelist"))

    def already_decided(self, request: HttpRequest, earlier: Any) -> HttpResponse:
        """Say who decided first and redirect there, or say that there is nothing to decide."""
        if request.method != "POST" or earlier is None:
            messages.warning(request, _("This declaration is not, or no longer, awaiting a decision."))
            return redirect(reverse("admin:declarations_pendingdeclaration_changelist"))
        words = _("This declaration was already decided by %(account)s (%(status)s). Your decision was not recorded.")
        messages.warning(
            request, words % {"account": earlier.decided_by, "status": Status(earlier.status).public_label}
        )
        return redirect(reverse("admin:declarations_declaration_change", args=[earlier.declaration_id]))

    def preview(self, declaration: Declaration, identified: str) -> dict[str, Any]:
        """The result of the decision, in words; without an SSIN the declaration is refused."""
        current = tables.current()
        if not identified:
            return _preview_context(
                Status.REFUSED, [current.anomaly(decisions.NOT_IDENTIFIABLE, timezone.localdate())]
            )
        answers = {**decisions.filed_answers(declaration), "ssin": identified}
        worker = Worker.objects.filter(ssin_hash=ssin_hash(identified)).first()
        at = declaration.submitted_at
        assessment = assess_with_worker(DeclarationKind.IN, answers, worker, at=at, tables=current)
        findings, day = once_per_field(assessment.findings), timezone.localdate(at)
        return _preview_context(
            assessment.status, [current.anomaly(each.code, day, each.rule.name) for each in findings]
        )

    def decision_page(
        self, request: HttpRequest, declaration: Declaration, matches: Any, form: DecisionForm, preview: Any
    ) -> HttpResponse:
        """The decision page of one declaration."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Decide on declaration %(number)s") % {"number": self.formatted_number(declaration)},
            "opts": self.opts,
            "declaration": declaration,
            "as_filed": as_filed(declaration),
            "sent_at": self.sent_at(declaration),
            "age": self.age(declaration),
            "matches": [_match_context(request, match) for match in matches],
            "form": form,
            "preview": preview,
        }
        return render(request, "admin/declarations/pendingdeclaration/decide.html", context)


def _match_context(request: HttpRequest, match: decisions.Match) -> dict[str, Any]:
    known = match.worker.identity
    return {
        "ssin": ssin_access.render_ssin(request, match.worker),
        "name": match.name,
        "birth_date": display_iso(known["birth_date"]) if known.get("birth_date") else "-",
        "agreements": [MATCHED_FIELD_LABELS[name] for name in match.agreements],
    }


def _preview_context(status: Status, rows: Iterable[Anomaly]) -> dict[str, Any]:
    """The result in the words of the receipt."""
    return {"status": status.public_label, "anomalies": [(row.code, row.label) for row in rows]}
