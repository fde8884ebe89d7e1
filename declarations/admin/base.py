"""What the office's lists share: read-only rows, found by whole numbers and names, the SSIN masked.

The SSIN and the family name are encrypted: a search finds them whole, by their hashes, never by a part.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from referentials.employers import fold

from ..identity import family_name_hash, ssin_hash
from ..models import Declaration
from ..numbers import dimona, enterprise, nsso, provisional_nsso, ssin

BY_CHARACTERISTICS = (
    ("worker_type", admin.RelatedOnlyFieldListFilter),
    ("joint_committee", admin.RelatedOnlyFieldListFilter),
)


def search_terms(text: str) -> Q:
    """What a search box's text can mean: a number however typed, a family name, or how an employer's name begins."""
    found = Q(worker__family_name_hash=family_name_hash(text) or "-")
    if key := fold(text):
        found |= Q(employer__search_key__begins=key)
    if ssin.is_valid(text):
        found |= Q(worker__ssin_hash=ssin_hash(ssin.compact(text)))
    if dimona.is_valid(text):
        found |= Q(number=dimona.compact(text))
    for number, column in (
        (enterprise, "enterprise_number"),
        (nsso, "nsso_number"),
        (provisional_nsso, "provisional_nsso_number"),
    ):
        if number.is_valid(text):
            found |= Q(**{f"employer__{column}": number.compact(text)})
    return found


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list to search and pages to read; nothing is added, changed or deleted."""

    list_select_related = ("employer", "joint_committee", "worker_type", "worker")
    search_fields = ("number",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: a declaration comes from the wizard."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never: what was filed stays as it was filed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Never: declarations and periods are kept."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """The rows that the text as a whole means, or every row without one."""
        text = search_term.strip()
        return (queryset.filter(self.terms(text)) if text else queryset), False

    def terms(self, text: str) -> Q:
        """What the text can mean in this list."""
        return search_terms(text)

    @admin.display(description=_("worker"))
    def masked_ssin(self, row: Any) -> str:
        """The worker's SSIN, masked."""
        return str(ssin.mask(row.worker.ssin)) if row.worker else "-"

    @admin.display(description=_("characteristics"))
    def characteristics(self, row: Any) -> str:
        """The codes of the committee and the type."""
        return f"{row.joint_committee.code} – {row.worker_type.code}"

    @admin.display(description=_("number"), ordering="number")
    def formatted_number(self, row: Any) -> str:
        """The number in groups of four."""
        return str(dimona.format(row.number))


def as_filed(declaration: Declaration) -> SafeString:
    """The overview that the filer confirmed, the SSIN masked."""
    typed = declaration.answers["values"].get("ssin", "")
    rows = [
        (label, ssin.mask(typed) if typed and value == ssin.format(typed) else value)
        for block in declaration.shown
        for label, value in block["rows"]
    ]
    return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))
