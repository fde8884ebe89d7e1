"""Confirm: the declaration is filed, unless too many were, and counted."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..enums import DeclarationKind, Status
from ..filing import submission, throttling
from ..filing.workers import worker_key
from ..models import Declaration
from .so_far import SoFar


class TooManySubmissionsError(Exception):
    """Too many were filed, or refused unforeseen: nothing is filed before the moment `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def submit(kind: DeclarationKind, so_far: SoFar, draft: UUID, *, displayed_fingerprint: str) -> Declaration:
    """Submit what the draft holds. Raises TooManySubmissionsError and AssessmentChangedError.

    `displayed_fingerprint` is that of `submission.submit`. What the receipt says was mostly foretold, and counted as a
    preview then. Where no preview was shown, a refusal tells something of the worker that nothing counted: those are
    limited as previews are.
    """
    answers, is_not_previewed = so_far.answers, submission.is_not_previewed(displayed_fingerprint)
    worker = worker_key(answers)
    until = throttling.filing_blocked_until(so_far.client, worker, so_far.now, is_not_previewed=is_not_previewed)
    if until and not Declaration.objects.filter(draft=draft).exists():
        # Of a draft that another Confirm filed a moment ago, nobody is told that it was not sent.
        raise TooManySubmissionsError(until)
    declaration = submission.submit(
        kind,
        answers,
        so_far.submission(draft),
        at=so_far.now,
        tables=so_far.tables,
        displayed_fingerprint=displayed_fingerprint,
    )
    is_refusal_without_preview = is_not_previewed and declaration.status == Status.REFUSED
    throttling.count_filing(so_far.client, worker, so_far.now, is_refusal_without_preview=is_refusal_without_preview)
    return declaration
