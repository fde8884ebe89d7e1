"""The overview before Confirm: what will be filed, and what the office will answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.signing import BadSignature, Signer
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from . import summary
from .enums import Severity, Status
from .forms.base import Context, StepForm
from .rules import Finding
from .steps import step_of
from .submission import Answer, once_per_field

FORECASTS = {
    Status.ACCEPTED: _("As of now the office will accept this declaration."),
    Status.ACCEPTED_WITH_WARNING: _("As of now the office will accept this declaration, with what is listed below."),
    Status.REFUSED: _("As of now the office will refuse this declaration. Go back and repair what is listed below."),
    Status.PENDING: _(
        "As of now this declaration will be pending: the office cannot identify the employee with certainty and a"
        " staff member will decide. It is not valid until it is accepted."
    ),
}


def context(forms: Mapping[str, StepForm], form: StepForm, answer: Answer) -> dict[str, Any]:
    """What the overview's template shows: the answered `forms` by step, and its own `form` as it is drawn."""
    return {"blocks": blocks(forms, form), "forecast": forecast(answer, form.context)}


def blocks(forms: Mapping[str, StepForm], form: StepForm) -> list[summary.Block]:
    """The blocks with the step that changes each and the reference that stands in it."""
    found = summary.blocks(form.context.kind, forms)
    for block, (_slug, _title, change, reference) in zip(found, summary.BLOCKS, strict=True):
        block.change_step = change
        block.field = form[reference] if reference else None
    return found


def forecast(answer: Answer, known: Context) -> dict[str, Any]:
    """The answer in words, each anomaly with its cause, its repair and the step that repairs it."""
    return {
        "status": answer.status.value,
        "status_label": answer.status.word,
        "sentence": FORECASTS[answer.status],
        "anomalies": [_anomaly(finding, known) for finding in once_per_field(answer.findings)],
    }


def _anomaly(finding: Finding, known: Context) -> dict[str, Any]:
    row = known.tables.anomaly(finding.code, known.today, finding.rule.name)
    step = step_of(known.kind, row.step)
    return {
        "code": finding.code,
        "label": row.label,
        "repair": row.repair,
        "is_blocking": finding.rule.severity == Severity.BLOCKING,
        "step": step.slug if step else "",
        "step_title": step.title if step else "",
    }


# -- what travels with the page --------------------------------------------------------------------------------


def digest(steps: Mapping[str, Any], draft: str) -> str:
    """A keyed digest of the stored answers by step; the references, typed on the overview itself, are left out."""
    shown = {slug: data for slug, data in steps.items() if slug != "overview"}
    return salted_hmac("declarations.overview", repr((draft, shown))).hexdigest()


def _signer(draft: str) -> Signer:
    return Signer(salt=f"declarations.overview {draft}")


def sign(fingerprint: str, draft: str) -> str:
    """The fingerprint of the displayed answer, signed for this draft alone."""
    return _signer(draft).sign(fingerprint)


def signed(posted: str, draft: str) -> str:
    """The fingerprint that `sign` was given; empty when the posted text is not ours or of another draft."""
    try:
        return _signer(draft).unsign(posted)
    except BadSignature:
        return ""
