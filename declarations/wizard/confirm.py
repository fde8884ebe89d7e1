"""Confirm: file the declaration and count it, unless too many were filed already."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from ..enums import Status
from ..filing import submission, throttling
from ..filing.answers import Answers
from ..filing.workers import worker_key
from ..models import Declaration
from .draft import Draft
from .forms.base import StepForm


class TooManySubmissionsError(Exception):
    """Too many were filed, or refused without a preview: nothing is filed before the moment `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def submit(draft: Draft, overview_form: StepForm, client: str, *, displayed_fingerprint: str) -> Declaration:
    """Submit the valid draft, with the references typed on its overview, for that client.

    Raises TooManySubmissionsError and AssessmentChangedError.

    `displayed_fingerprint` is the one that `submission.submit` takes. A preview is counted when it is shown. If none
    was shown, a refusal tells the filer something about the worker that was not counted yet, so such refusals are
    limited like previews.
    """
    answers = cast(Answers, {**draft.validation.answers, **overview_form.cleaned_data})
    is_not_previewed = submission.is_not_previewed(displayed_fingerprint)
    worker = worker_key(answers)
    until = throttling.filing_blocked_until(client, worker, draft.now, is_not_previewed=is_not_previewed)
    if until and not Declaration.objects.filter(draft=draft.id).exists():
        # If another Confirm filed this draft a moment ago, the filer must not read that it was not sent.
        raise TooManySubmissionsError(until)
    declaration = submission.submit(
        draft.kind,
        answers,
        draft.submission(overview_form),
        at=draft.now,
        tables=draft.tables,
        displayed_fingerprint=displayed_fingerprint,
    )
    is_refusal_without_preview = is_not_previewed and declaration.status == Status.REFUSED
    throttling.count_filing(client, worker, draft.now, is_refusal_without_preview=is_refusal_without_preview)
    return declaration
