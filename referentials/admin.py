"""The tables of the administration and the employers' repertory, for staff.

Nothing is ever deleted here: a declaration may point at any row, so a row is closed (`valid until`) and an employer
ends its activity (`active until`).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from . import tables
from .bases import LANGUAGES, Dated, Labelled
from .employers import fold
from .models import (
    AllowedPair,
    Anomaly,
    Country,
    Employer,
    JointCommittee,
    Nationality,
    PostalCode,
    Quota,
    RiskCode,
    TraineeStatus,
    WorkerType,
)
from .repertory.numbers import ENTERPRISE, NSSO, PROVISIONAL, official_form, possible_numbers


class ValidityFilter(admin.SimpleListFilter):
    """Rows in force today, no longer, or not yet."""

    title = _("validity")
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The three choices, as they stand in the address."""
        return [("valid", _("valid")), ("past", _("past")), ("future", _("future"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        """The rows of the choice, by today's day; all of them without one. `queryset` is that of a dated table."""
        today = timezone.localdate()
        wanted = {
            "valid": queryset.valid_on(today),
            "past": queryset.filter(valid_until__lt=today),
            "future": queryset.filter(valid_from__gt=today),
        }
        return wanted.get(self.value() or "", queryset)


class NoDeleteAdmin(admin.ModelAdmin):
    """Rows that are closed, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never: rows are closed instead."""
        return False


class TableAdmin(NoDeleteAdmin):
    """A dated table. A row saved with a change is marked, so that loading the tables leaves it alone."""

    list_display = ["code", "label", "valid_from", "valid_until", "is_edited"]
    list_filter = (ValidityFilter, "is_edited")
    search_fields = ["code", *(f"label_{language}" for language in LANGUAGES)]

    @admin.display(description=_("label"))
    def label(self, row: Labelled) -> str:
        """The label in the language of the page."""
        return row.label

    def get_readonly_fields(self, request: HttpRequest, obj: Dated | None = None) -> list[str]:
        """Declarations point at a code: it stays as it was created."""
        key = [name for name in self.model.natural_key_fields if name != "valid_from"]
        return ["is_edited", *(key if obj else [])]

    def get_fields(self, request: HttpRequest, obj: Dated | None = None) -> list[Any]:
        """The validity and the source after what they are about."""
        last = ["valid_from", "valid_until", "source", "is_edited"]
        return [name for name in super().get_fields(request, obj) if name not in last] + last

    def save_model(self, request: HttpRequest, obj: Dated, form: forms.ModelForm, change: bool) -> None:
        """Save, and mark the row as edited when it is new or was changed."""
        if form.changed_data or not change:
            obj.is_edited = True
        super().save_model(request, obj, form, change)


class AllowedPairAdmin(TableAdmin):
    """The joint committee × type matrix."""

    list_display = ["__str__", "label", "confidence", "cards", "valid_from", "valid_until", "is_edited"]
    search_fields = ["joint_committee", "worker_type"]

    @admin.display(description=_("label"))
    def label(self, row: Any) -> str:
        """Both labels in the language of the page."""
        held, today = tables.current(), timezone.localdate()
        named = (held.joint_committee(row.joint_committee, today), held.worker_type(row.worker_type, today))
        return " / ".join(each.label for each in named if each)


class QuotaAdmin(TableAdmin):
    """The quotas."""

    list_display = ["code", "worker_type", "joint_committee", "limit", "unit", "span", "valid_from", "valid_until"]
    search_fields = ["code", "worker_type", "joint_committee"]


class CappedPaginator(Paginator):
    """Pages of a list of any length: counting stops where nobody turns pages any more, and so do the pages."""

    max_count = 10_000

    @cached_property
    def count(self) -> int:
        """How many rows, `max_count` at most."""
        return self.object_list.order_by()[: self.max_count].count()  # type: ignore[attr-defined]

    @property
    def is_capped(self) -> bool:
        """Whether there may be more."""
        return self.count == self.max_count


class EmployerAdmin(NoDeleteAdmin):
    """The employers' repertory, a million rows: found by a number or by the beginning of a name, never by a part."""

    list_display = [
        "name", "enterprise", "nsso", "provisional_nsso", "town", "channel", "active_until",
    ]  # fmt: skip
    list_filter = (
        "is_batch_sender", "is_secured_channel_only", "is_public_broadcaster", "channel", "language",
    )  # fmt: skip
    change_form_template = "admin/referentials/employer/change_form.html"
    readonly_fields = ["is_closed_by_cbe"]
    search_fields = ["search_key"]
    search_help_text = _("A number, or the beginning of the name.")
    show_full_result_count = False
    paginator = CappedPaginator

    @admin.display(description=_("enterprise number"), ordering="enterprise_number")
    def enterprise(self, row: Employer) -> str:
        """In the official form."""
        return official_form(ENTERPRISE, row.enterprise_number) or "-"

    @admin.display(description=_("NSSO number, definitive"), ordering="nsso_number")
    def nsso(self, row: Employer) -> str:
        """In the official form."""
        return official_form(NSSO, row.nsso_number) or "-"

    @admin.display(description=_("NSSO number, provisional"), ordering="provisional_nsso_number")
    def provisional_nsso(self, row: Employer) -> str:
        """In the official form."""
        return official_form(PROVISIONAL, row.provisional_nsso_number) or "-"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """A number is found however it is typed, a name whatever its case, accents and punctuation."""
        if not search_term.strip():
            return queryset, False
        key = fold(search_term)
        found = Q(search_key__begins=key) if key else Q(pk=None)
        for name, number in possible_numbers(search_term).items():
            found |= Q(**{name: number})
        return queryset.filter(found), False


for model in (Anomaly, Country, JointCommittee, Nationality, PostalCode, RiskCode, TraineeStatus, WorkerType):
    admin.site.register(model, TableAdmin)
admin.site.register(AllowedPair, AllowedPairAdmin)
admin.site.register(Quota, QuotaAdmin)
admin.site.register(Employer, EmployerAdmin)
