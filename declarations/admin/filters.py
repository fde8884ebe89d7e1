"""Filters of the office's lists."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import DecisionAnomaly, DeclarationAnomaly

CODE = re.compile(r"\d{5}-\d{3}", re.ASCII)


class InUseFilter(admin.RelatedFieldListFilter):
    """The rows of a small table to which the list refers, each looked up by the index on the list's column."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        """Key and name of each row, in the order of the table."""
        pointing = model_admin.model._base_manager.filter(**{field.name: OuterRef("pk")})
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, limit_choices_to=Q(Exists(pointing)), ordering=ordering)


class FiledStatusFilter(admin.ChoicesFieldListFilter):
    """The status when filed, named as such because the list shows the current status."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("status when filed")


class CodeFilter(admin.SimpleListFilter):
    """Declarations with an anomaly code, from filing or from a decision. Used by links of the statistics page."""

    title = _("anomaly")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Only the code in the address."""
        value = self.value()
        return [(value, value)] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The declarations with that code; none for a malformed code."""
        code = self.value() or ""
        if not CODE.fullmatch(code):
            return queryset.none()
        filed = DeclarationAnomaly._base_manager.filter(declaration=OuterRef("pk"), code=code)
        decided = DecisionAnomaly._base_manager.filter(decision__declaration=OuterRef("pk"), code=code)
        return queryset.filter(Exists(filed) | Exists(decided))
