"""The list of unfinished drafts on the first page: begun in this browser and not sent, newest first."""

from __future__ import annotations

from datetime import datetime
from types import ModuleType
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse
from django.utils.translation import gettext as _

from referentials.numbers import dimona, enterprise, nsso, provisional_nsso

from .. import rules
from ..formatting import display_day, display_day_and_time
from ..models import Declaration
from .draft import Draft, all_drafts
from .forms.fields import read_day
from .forms.start import NSSO


def unfinished_drafts(session: SessionBase, now: datetime) -> list[dict[str, Any]]:
    """The rows of the list: address, details, kind and creation time."""
    drafts = sorted(all_drafts(session, now), key=lambda draft: draft.begun_at, reverse=True)
    # If Confirm is sent twice at once, the slower request may restore the draft that the faster one filed.
    filed = Declaration.objects.filter(draft__in=[draft.id for draft in drafts]).values_list("draft", flat=True)
    submitted = set(filed)
    return _number_duplicates([_row(draft) for draft in drafts if draft.id not in submitted])


def _row(draft: Draft) -> dict[str, Any]:
    return {
        "url": draft.url("overview") + "?from=home",
        "details": _details(draft),
        "kind_label": str(draft.kind.label),
        "started_at": display_day_and_time(draft.begun_at.date(), draft.begun_at.time()),
        "discard_url": reverse("discard", kwargs={"kind": draft.kind.value, "draft": draft.id}),
    }


def _number_duplicates(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, newest first; rows that would look alike get a number, counted from the oldest."""
    names = [(row["kind_label"], row["started_at"], *row["details"]) for row in rows]
    for at, (row, name) in enumerate(zip(rows, names, strict=True)):
        if names.count(name) > 1:
            row["kind_label"] += f" ({names[at:].count(name)})"
    return rows


def _details(draft: Draft) -> list[str]:
    """Details that identify the draft without personal data: numbers, start date, next step."""
    names = ("employer_number", *(("period_number",) if draft.kind in rules.ON_A_PERIOD else ()))
    typed = [draft.typed_value("start", name) for name in names]
    is_nsso = draft.typed_value("start", "identifier_kind") == NSSO
    modules = ((nsso, provisional_nsso) if is_nsso else (enterprise,), (dimona,))
    shown = [_format_number(text, *known) for text, known in zip(typed, modules, strict=False) if text]
    if start := read_day(draft.typed_value("period", "start_date")):
        shown.append(f"{_('Starting date')} {display_day(start)}")
    step = draft.next_step
    return [*shown, _("Step %(number)s: %(title)s") % {"number": step.number, "title": step.title}]


def _format_number(typed: str, *modules: ModuleType) -> str:
    """The number in its official form, if it is valid."""
    return next((str(number.format(typed)) for number in modules if number.is_valid(typed)), typed)
