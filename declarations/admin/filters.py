"""What a list is narrowed by besides its columns."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..models import DecisionAnomaly, DeclarationAnomaly

CODE = re.compile(r"\d{5}-\d{3}", re.ASCII)


class CodeFilter(admin.SimpleListFilter):
    """Declarations answered with one anomaly, when filed or by a decision. The figures lead here: none is offered."""

    title = _("anomaly")
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The code in the address alone."""
        value = self.value()
        return [(value, value)] if value else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """The declarations with that code; none for what is no code."""
        code = self.value() or ""
        if not CODE.fullmatch(code):
            return queryset.none()
        filed = DeclarationAnomaly._base_manager.filter(declaration=OuterRef("pk"), code=code)
        decided = DecisionAnomaly._base_manager.filter(decision__declaration=OuterRef("pk"), code=code)
        return queryset.filter(Exists(filed) | Exists(decided))
