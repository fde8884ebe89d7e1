"""The tables of the administration and the employers' repertory, for staff.

Nothing is ever deleted here: a declaration may point at any row, so a row is closed (`valid until`) and an employer
ends its activity (`active until`).
"""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from . import tables
from .bases import LANGUAGES, Dated, Labelled
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


class NeverDeleted(admin.ModelAdmin):
    """Rows that are closed, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never: rows are closed instead."""
        return False


class TableAdmin(NeverDeleted):
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


def compact(term: str) -> str:
    """A number without dots, dashes, spaces, `BE` and leading zeros; any other words as typed.

    >>> [compact("BE 0852.093.431"), compact("1277920-67"), compact("Demo 1-2")]
    ['852093431', '127792067', 'Demo 1-2']
    """
    number = re.sub(r"^BE|[\s.\-]", "", term.strip(), flags=re.IGNORECASE)
    return number.lstrip("0") if number.isdigit() else term


class EmployerAdmin(NeverDeleted):
    """The employers' repertory."""

    list_display = ["name", "enterprise_number", "nsso_number", "provisional_nsso_number", "active_until"]
    list_filter = ("is_secured_channel_only", "is_public_broadcaster", "language")
    search_fields = ["name", "enterprise_number", "nsso_number", "provisional_nsso_number"]

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """A number is found however it is typed."""
        return super().get_search_results(request, queryset, compact(search_term))


for model in (Anomaly, Country, JointCommittee, Nationality, PostalCode, RiskCode, TraineeStatus, WorkerType):
    admin.site.register(model, TableAdmin)
admin.site.register(AllowedPair, AllowedPairAdmin)
admin.site.register(Quota, QuotaAdmin)
admin.site.register(Employer, EmployerAdmin)
