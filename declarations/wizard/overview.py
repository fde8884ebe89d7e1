"""The overview before Confirm: what will be filed, and what the office will answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from ..confirmation.blocks import Block
from ..enums import DeclarationKind, Remedy, Severity, Status
from ..filing.ledger import PeriodState
from ..filing.submission import Assessment, not_previewed
from ..filing.workers import once_per_field
from ..formatting import display_day, with_since
from ..rules import Finding, deadlines
from ..rules.moments import first_working_day_after
from . import summary
from .draft import Validation
from .forms.base import CodedError, StepContext, StepForm
from .steps import step_of

PREVIEW_SENTENCES = {
    Status.ACCEPTED: _("If you confirm now, the NSSO will accept this declaration."),
    Status.ACCEPTED_WITH_WARNING: _(
        "If you confirm now, the NSSO will accept this declaration with a warning. Please note the points listed"
        " below."
    ),
    Status.REFUSED: _(
        "If you confirm now, the NSSO will refuse this declaration. Go back and correct the points listed below."
    ),
    Status.PENDING: _(
        "If you confirm now, this declaration will be pending: the NSSO cannot identify the employee with certainty"
        " and a staff member will decide. The declaration is not valid until it is accepted."
    ),
}


# Why the overview is shown again, without and with a period that may have changed.
CHANGE_NOTICES = (
    _("The NSSO’s answer has changed since this page was shown. Check it."),
    _("The period or the NSSO’s answer has changed since this page was shown. Check the page again."),
)
TOO_MANY_SUBMISSIONS = _(
    "This declaration was not sent: too many declarations were sent from here, or refused for this employee, in a"
    " short time. Your answers are kept: you can confirm the declaration from %(time)s."
)
PERIOD_DISAPPEARS = _("The whole period will be removed, as if it had never been declared. This cannot be undone.")
CANCELLATION_IN_TIME = _("This Cancellation is on time: the deadline is %(day)s, the day the period starts.")
CANCELLATION_LATE = _(
    "This Cancellation is late: the deadline was %(day)s, the day the period started. The NSSO will still accept it."
)
NO_MORE_DECLARATIONS = _(
    "If you confirm now, the NSSO will refuse this declaration: no further declarations can be made for this period."
)


def context(
    forms: Mapping[str, StepForm], form: StepForm, assessment: Assessment | None, at: datetime
) -> dict[str, Any]:
    """The context of the overview's template at the moment `at`: the answered `forms` by step, and its own `form`.

    `assessment` is None when there is no preview to show (see `filing.throttling`).
    """
    return {
        "blocks": blocks(forms, form),
        "preview": preview(assessment, form.context, at) if assessment else None,
        "notes": notes(form.context.kind, forms, assessment, at),
    }


def invalid_context(validation: Validation, form: StepForm) -> dict[str, Any]:
    """The context if a step is no longer valid: the valid answers, and the errors with a link to their step."""
    return {"blocks": blocks(validation.forms, form), "preview": _invalid_preview(validation), "notes": []}


def _invalid_preview(validation: Validation) -> dict[str, Any]:
    step, errors = validation.invalid_step, validation.invalid_form.errors.as_data() if validation.invalid_form else {}
    return {
        "status": Status.REFUSED.value,
        "status_label": Status.REFUSED.public_label,
        "sentence": PREVIEW_SENTENCES[Status.REFUSED],
        "anomalies": [
            {
                "code": error.code if isinstance(error, CodedError) else "",
                "label": error.words if isinstance(error, CodedError) else " ".join(error.messages),
                "is_blocking": True,
                "step": step.slug if step else "",
                "step_title": step.title if step else "",
            }
            for found in errors.values()
            for error in found
        ],
    }


def notes(
    kind: DeclarationKind, forms: Mapping[str, StepForm], assessment: Assessment | None, at: datetime
) -> list[tuple[Any, bool]]:
    """Notes on what no anomaly reports, as (sentence, is a warning): a late OUT, and the effect of a Cancellation.

    A Cancellation is also said to be late or in time. Without an assessment, Confirm has nothing to compare, and a
    Cancellation that is in time now may be late by then: only lateness is reported.
    """
    if assessment and not assessment.status.is_accepted:
        return []
    if kind == DeclarationKind.OUT:
        end_date = forms["period"].cleaned_data["end_date"]
        if deadlines.out_is_in_time(at, end_date):
            return []
        words = _(
            "This Dimona OUT is late: the deadline was %(day)s, the first working day after the end of the period."
            " The NSSO will still accept it."
        )
        return [(words % {"day": display_day(first_working_day_after(end_date))}, True)]
    if kind == DeclarationKind.CANCELLATION:
        words, is_late = cancellation_note(at, forms["start"].cleaned_data["period"].start_date)
        return [(PERIOD_DISAPPEARS, True), *([(words, is_late)] if assessment or is_late else [])]
    return []


def cancellation_note(at: datetime, start_date: date) -> tuple[Any, bool]:
    """Whether a Cancellation filed at `at`, of a period starting on that day, is in time: (sentence, is late)."""
    is_late = not deadlines.cancellation_is_in_time(at, start_date)
    return (CANCELLATION_LATE if is_late else CANCELLATION_IN_TIME) % {"day": display_day(start_date)}, is_late


def blocks(forms: Mapping[str, StepForm], form: StepForm) -> list[Block]:
    """The blocks, each with the step that changes it and its reference field."""
    kind = form.context.kind
    found = summary.blocks(kind, forms)
    for block, part in zip(found, summary.BLOCK_SPECS[kind], strict=True):
        block.change_step = part.change_step
        block.field = form[part.reference] if part.reference else None
    return found


def preview(assessment: Assessment, form_context: StepContext, at: datetime) -> dict[str, Any]:
    """The assessment in words; each anomaly with its cause, its repair and the step that repairs it.

    If no further declarations can be made for the period, no other repair and no step is shown.
    """
    remedies = {finding.rule.remedy for finding in assessment.findings}
    is_repairable = Remedy.NONE not in remedies
    return {
        "status": assessment.status.value,
        "status_label": assessment.status.public_label,
        "sentence": PREVIEW_SENTENCES[assessment.status] if is_repairable else NO_MORE_DECLARATIONS,
        "anomalies": [
            _anomaly(finding, form_context, is_repairable, at) for finding in once_per_field(assessment.findings)
        ],
        "offers_replacement": is_repairable and Remedy.REPLACEMENT in remedies,
        "offers_modification": is_repairable and Remedy.MODIFICATION in remedies,
    }


def _anomaly(finding: Finding, form_context: StepContext, is_repairable: bool, at: datetime) -> dict[str, Any]:
    row = form_context.tables.anomaly(finding.code, form_context.today, finding.rule.name)
    step = step_of(form_context.kind, row.step) if is_repairable else None
    return {
        "code": finding.code,
        "label": with_since(row.label, finding.since, at),
        "repair": row.repair if is_repairable or finding.rule.remedy == Remedy.NONE else "",
        "is_blocking": finding.rule.severity == Severity.BLOCKING,
        "step": step.slug if step else "",
        "step_title": step.title if step else "",
    }


# -- signed with the page --------------------------------------------------------------------------------------


def digest(steps: Mapping[str, Any], draft: str) -> str:
    """A keyed digest of the stored answers by step, without the references typed on the overview itself."""
    shown = {slug: data for slug, data in steps.items() if slug != "overview"}
    return salted_hmac("declarations.wizard.overview", repr((draft, shown))).hexdigest()


def _signer(draft: str, answers_digest: str) -> Signer:
    return Signer(salt=f"declarations.wizard.overview {draft} {answers_digest}")


def sign(assessment: Assessment | None, state_before: PeriodState | None, draft: str, answers_digest: str) -> str:
    """Sign what was displayed, for this draft and these answers only.

    The signed text is the assessment's fingerprint or, without an assessment, a text that says so for a period in the
    state `state_before`.
    """
    return _signer(draft, answers_digest).sign(assessment.fingerprint if assessment else not_previewed(state_before))


def displayed_fingerprint(posted: str, draft: str, answers_digest: str) -> str:
    """The signed text; empty if the posted one was not signed here, or for another draft or other answers."""
    try:
        return _signer(draft, answers_digest).unsign(posted)
    except BadSignature:
        return ""
