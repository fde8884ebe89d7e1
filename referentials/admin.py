"""Admin pages of the reference tables and the employers' repertory.

Rows are never deleted, because a declaration may refer to any of them. A row of a table is closed with `valid until`,
an employer with `active until`.
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
from .folding import fold
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
from .numbers import employer as employer_numbers


class ValidityFilter(admin.SimpleListFilter):
    """Filter on rows that are in force today, expired or future."""

    title = _("validity")
    parameter_name = "validity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The three choices, with their values in the query string."""
        return [("valid", _("valid")), ("past", _("expired")), ("future", _("future"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        """The rows that match the choice today; all rows without a choice. `queryset` is a `DatedQuerySet`."""
        today = timezone.localdate()
        wanted = {
            "valid": queryset.valid_on(today),
            "past": queryset.filter(valid_until__lt=today),
            "future": queryset.filter(valid_from__gt=today),
        }
        return wanted.get(self.value() or "", queryset)


class NoDeleteAdmin(admin.ModelAdmin):
    """Admin of a model whose rows are closed instead of deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: rows are closed instead."""
        return False


class TableAdmin(NoDeleteAdmin):
    """Admin of a dated table. A row changed here is marked, so that `load_referentials` does not overwrite it."""

    list_display = ["code", "label", "valid_from", "valid_until", "is_edited"]
    list_filter = (ValidityFilter, "is_edited")
    search_fields = ["code", *(f"label_{language}" for language in LANGUAGES)]

    @admin.display(description=_("label"))
    def label(self, row: Labelled) -> str:
        """The label in the language of the page."""
        return row.label

    def get_readonly_fields(self, request: HttpRequest, obj: Dated | None = None) -> list[str]:
        """The key becomes read-only once the row exists, because declarations refer to it."""
        key = [name for name in self.model.natural_key_fields if name != "valid_from"]
        return ["is_edited", *(key if obj else [])]

    def get_fields(self, request: HttpRequest, obj: Dated | None = None) -> list[Any]:
        """The fields of the model, with validity and source last."""
        last = ["valid_from", "valid_until", "source", "is_edited"]
        return [name for name in super().get_fields(request, obj) if name not in last] + last

    def save_model(self, request: HttpRequest, obj: Dated, form: forms.ModelForm, change: bool) -> None:
        """Save, and mark the row as edited when it is new or was changed."""
        if form.changed_data or not change:
            obj.is_edited = True
        super().save_model(request, obj, form, change)


class AllowedPairAdmin(TableAdmin):
    """Admin of the matrix of joint committees and worker types."""

    list_display = ["__str__", "label", "confidence", "cards", "valid_from", "valid_until", "is_edited"]
    search_fields = ["joint_committee", "worker_type"]

    @admin.display(description=_("label"))
    def label(self, row: Any) -> str:
        """The labels of the committee and the worker type, in the language of the page."""
        current, today = tables.current(), timezone.localdate()
        rows = (current.joint_committee(row.joint_committee, today), current.worker_type(row.worker_type, today))
        return " / ".join(each.label for each in rows if each)


class QuotaAdmin(TableAdmin):
    """Admin of the quotas."""

    list_display = ["code", "worker_type", "joint_committee", "limit", "unit", "span", "valid_from", "valid_until"]
    search_fields = ["code", "worker_type", "joint_committee"]


class CappedPaginator(Paginator):
    """Paginator that stops counting, and therefore paging, at `max_count` rows."""

    max_count = 10_000

    @cached_property
    def count(self) -> int:
        """The number of rows, at most `max_count`."""
        return self.object_list.order_by()[: self.max_count].count()  # type: ignore[attr-defined]

    @property
    def is_capped(self) -> bool:
        """Whether the count reached `max_count`, so that there may be more rows."""
        return self.count == self.max_count


class EmployerAdmin(NoDeleteAdmin):
    """Admin of the repertory of a million employers, searched by number or by the beginning of the name."""

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
        """The enterprise number in its official form, or a dash."""
        return employer_numbers.format(employer_numbers.ENTERPRISE, row.enterprise_number) or "-"

    @admin.display(description=_("NSSO number, definitive"), ordering="nsso_number")
    def nsso(self, row: Employer) -> str:
        """The definitive NSSO number in its official form, or a dash."""
        return employer_numbers.format(employer_numbers.NSSO, row.nsso_number) or "-"

    @admin.display(description=_("NSSO number, provisional"), ordering="provisional_nsso_number")
    def provisional_nsso(self, row: Employer) -> str:
        """The provisional NSSO number in its official form, or a dash."""
        return employer_numbers.format(employer_numbers.PROVISIONAL, row.provisional_nsso_number) or "-"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Match a number in any notation, or the beginning of a name without regard to case, accents and marks."""
        if not search_term.strip():
            return queryset, False
        key = fold(search_term)
        matches = Q(search_key__begins=key) if key else Q(pk=None)
        for name, number in employer_numbers.possible_numbers(search_term).items():
            matches |= Q(**{name: number})
        return queryset.filter(matches), False


for model in (Anomaly, Country, JointCommittee, Nationality, PostalCode, RiskCode, TraineeStatus, WorkerType):
    admin.site.register(model, TableAdmin)
admin.site.register(AllowedPair, AllowedPairAdmin)
admin.site.register(Quota, QuotaAdmin)
admin.site.register(Employer, EmployerAdmin)
