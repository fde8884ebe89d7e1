"""Base classes of the office's lists: read-only rows, search by whole numbers and names, masked SSINs.

SSIN and family name are encrypted, so a search matches them as a whole, by their hashes, and never in part.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from referentials.admin import CappedPaginator
from referentials.numbers import dimona, ssin

from ..confirmation.blocks import Block, masked
from ..models import Declaration, Worker
from . import search
from .filters import InUseFilter

BY_CHARACTERISTICS = (("worker_type", InUseFilter), ("joint_committee", InUseFilter))


class ReadOnlyAdmin(admin.ModelAdmin):
    """A searchable list with a page per row; rows cannot be added, changed or deleted.

    A list may have millions of rows, so the count and the pages end at a cap, and the whole list can be sorted only by
    columns with an index.
    """

    search_fields = ("number",)
    # Read by the template of the search box.
    is_search_posted = True
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    # Nothing is changed here, so no page has a history.
    change_form_template = "admin/read_only.html"
    # The sortable columns of a list without a search; None for all.
    sorted_by_index: ClassVar[tuple[str, ...] | None] = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Always refuse: declarations come from the wizard."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: filed rows are never changed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Always refuse: only `records.retention` deletes rows."""
        return False

    @admin.display(description=_("language"), ordering="language")
    def language_name(self, row: Any) -> str:
        """The name of the language in that language."""
        return dict(settings.LANGUAGES).get(row.language, row.language)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list. A search is posted, then redirected to an address without any SSIN."""
        is_search = request.method == "POST" and "q" in request.POST and bool(self.search_fields)
        if is_search and self.has_view_permission(request):
            query = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
            query["q"] = search.query_for_url(request.POST["q"].strip())
            return HttpResponseRedirect(f"{request.path}?{urlencode(query)}")
        return super().changelist_view(request, extra_context)

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Every column of a search's results, otherwise the columns with an index."""
        is_few = self.sorted_by_index is None or request.GET.get("q", "").strip()
        return super().get_sortable_by(request) if is_few else self.sorted_by_index

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """The rows that match the text as a whole; every row for an empty text."""
        text = search_term.strip()
        return (queryset.filter(self.search_condition(request, text)) if text else queryset), False

    def search_condition(self, request: HttpRequest, text: str) -> Q:
        """The condition that the text stands for in this list; by default every row."""
        return Q()


class EmploymentTermsAdmin(ReadOnlyAdmin):
    """Base of the lists of declarations and periods, searched by number, employer or worker."""

    search_help_text = _(
        "Search by a complete number, an SSIN, a worker’s full family name or the beginning of an employer’s name."
        " Workers’ names are stored encrypted: part of a name finds nothing."
    )
    # Related rows are prefetched: with joins, SQLite would read the whole list for a search.
    list_select_related = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The rows with their related rows, except workers' identities, whose decryption no list needs."""
        worker = Prefetch("worker", Worker.objects.defer("identity"))
        rows: QuerySet = super().get_queryset(request)
        return rows.prefetch_related("employer", "joint_committee", "worker_type", worker)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list. If the search box contains a worker key, which replaced an SSIN, the help text explains it."""
        changelist = super().get_changelist_instance(request)
        if search.WORKER_KEY.fullmatch(changelist.query.strip()):
            words = _(
                "“%(text)s” stands for the worker whose SSIN you searched for. An SSIN never appears in the address"
                " of a page."
            )
            changelist.search_help_text = words % {"text": changelist.query}
        return changelist

    def get_ordering(self, request: HttpRequest) -> Any:
        """By starting date if the list is filtered by it, so that one index serves both."""
        is_narrowed = any(name.startswith("start_date__") for name in request.GET)
        return ("-start_date", "-pk") if is_narrowed else super().get_ordering(request)

    def search_condition(self, request: HttpRequest, text: str) -> Q:
        """The condition that the text stands for in this list; warns if it matches too many rows."""
        matches = search.find_matches(text)
        if matches.is_truncated:
            words = _(
                "Your search matches more than %(most)s employers or workers, and only the first of them were"
                " searched. Be more specific."
            )
            messages.warning(request, words % {"most": search.MAX_MATCHES})
        return matches.condition(for_declarations=issubclass(self.model, Declaration))

    @admin.display(description=_("worker"))
    def masked_ssin(self, row: Any) -> str:
        """The worker's SSIN, masked."""
        worker = self.worker_of(row)
        return str(ssin.mask(worker.ssin)) if worker else "-"

    def worker_of(self, row: Any) -> Worker | None:
        """The worker of the row, if identified."""
        worker: Worker | None = row.worker
        return worker

    @admin.display(description=_("characteristics"))
    def characteristics(self, row: Any) -> str:
        """The codes of the joint committee and the worker type."""
        return f"{row.joint_committee.code} – {row.worker_type.code}"

    @admin.display(description=_("number"), ordering="number")
    def formatted_number(self, row: Any) -> str:
        """The number in groups of four."""
        return str(dimona.format(row.number))


def as_filed(declaration: Declaration) -> SafeString:
    """The overview that the filer confirmed, the SSIN masked."""
    blocks = (Block.from_json(slug, stored) for slug, stored in declaration.overview.items())
    rows = masked(row for block in blocks for row in block.rows)
    texts = [(row.label, row.value) for row in rows]
    return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", texts))
