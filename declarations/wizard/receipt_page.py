"""The receipt, with the manual's three parts, and the correction of a refused declaration."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from referentials import cached_sql
from referentials.numbers import dimona

from ..confirmation.content import Outcome, anomaly_entries, parts
from ..enums import DeclarationKind, Severity, Status
from ..formatting import display_datetime
from ..models import Declaration, Period
from . import follow_ups, overview
from .draft import Draft, begin
from .draft_storage import HAS_SUBMITTED
from .responses import gone
from .steps import step_of

# Added to the sentence of the confirmation, because the filer can come back to this page.
PENDING_SENTENCE = _(
    "The declaration awaits validation: the employee is being identified. Only an accepted declaration is valid. Save"
    " the address of this page, for example as a bookmark, and come back later: the page always shows the current"
    " status."
)


def context(request: HttpRequest, declaration: Declaration) -> dict[str, Any]:
    """The context of the receipt's template, in the language of the page."""
    kind, outcome = DeclarationKind(declaration.kind), _outcome(declaration)
    period = outcome.period
    return {
        "kind_label": kind.label,
        "status": outcome.status.value,
        "status_label": outcome.status.public_label,
        "status_sentence": PENDING_SENTENCE if outcome.status == Status.PENDING else outcome.sentence(kind),
        "number": dimona.format(declaration.number),
        "period_number": dimona.format(period.number) if period else "",
        "is_cancelled": bool(period and period.cancelled_at),
        "next_kinds": follow_ups.available_kinds(period) if period else [],
        "token": declaration.receipt_token,
        "replacement_url": follow_ups.replacement_url(request.session, period, timezone.localtime())
        if period and period.cancelled_at
        else "",
        "parts": parts(declaration, outcome),
        "decided_at": display_datetime(outcome.decided_at) if outcome.decided_at else "",
        "anomalies": anomaly_entries(outcome.anomalies),
        "notes": _notes(declaration, outcome),
        "correct_url": reverse("correct", kwargs={"token": declaration.receipt_token})
        if outcome.status == Status.REFUSED and not _is_cancelled_or_locked(declaration.period)
        else "",
    }


def _outcome(declaration: Declaration) -> Outcome:
    """The current outcome: the reviewer's decision, if there is one."""
    return Outcome.from_declaration(declaration, getattr(declaration, "decision", None))


def _replacement_url(request: HttpRequest, period: Period | None) -> str:
    if period is None or not period.cancelled_at:
        return ""
    return follow_ups.replacement_url(request.session, period, timezone.localtime())


def _is_cancelled_or_locked(period: Period | None) -> bool:
    """Whether no declaration can be made on the period now, so that a correction would be refused too."""
    return period is not None and bool(period.cancelled_at or period.locked_at)


def _notes(declaration: Declaration, outcome: Outcome) -> list[tuple[Any, bool]]:
    """Whether an accepted Cancellation was in time, computed from the filed data."""
    if declaration.kind != DeclarationKind.CANCELLATION or not outcome.status.is_accepted:
        return []
    return [overview.cancellation_note(declaration.submitted_at, declaration.start_date)]


def response_if_submitted(request: HttpRequest, draft: Draft) -> HttpResponseBase | None:
    """The receipt if the draft was filed from here, a page that it was sent if filed elsewhere; else None."""
    # Read the session before the declaration, so that a closed draft is always found filed.
    is_closed = draft.is_closed
    if cached_sql.values(Declaration, "id", draft=draft.id) is None:
        return None
    if is_closed or draft.is_own(request.POST.get("draft_copy", "")):
        declaration = Declaration.objects.defer("answers").select_related("period").get(draft=draft.id)
        return close_and_show_receipt(request, draft, declaration)
    return gone(request, is_submitted=True)


def close_and_show_receipt(request: HttpRequest, draft: Draft, declaration: Declaration) -> HttpResponse:
    """Close the draft of that declaration, begin the one that follows it, and redirect to the receipt.

    This runs at the Confirm that files it, or at the next press if that one failed before the session was saved.
    """
    if draft.restore(request.POST.get("draft_copy", "")):
        follow_up = draft.follow_up
        draft.close()
        if Status(declaration.status).is_accepted:
            request.session[HAS_SUBMITTED] = True
        if follow_up:
            follow_ups.begin_follow_up(request.session, follow_up, declaration, timezone.localtime())
    return redirect("receipt", token=declaration.receipt_token)


def begin_correction(session: SessionBase, declaration: Declaration) -> str:
    """Begin a draft with everything that a refused declaration was filed with; the address of its repair."""
    kind = DeclarationKind(declaration.kind)
    # The references return as typed, unvalidated, so that the overview is shown again before Confirm.
    steps = declaration.answers["steps"]
    draft = begin(session, kind, steps, unvalidated=["overview"], now=timezone.localtime())
    draft.replaced_period_number = declaration.answers["values"].get("replaced_period_number", "")
    blocking = next((each for each in _outcome(declaration).anomalies if each.severity == Severity.BLOCKING), None)
    return draft.url(blocking.step if blocking and step_of(kind, blocking.step) else "start")
