"""The overview before Confirm: what will be filed, and what the office will answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from . import summary
from .enums import Severity, Status
from .forms.base import StepForm
from .rules import Finding
from .steps import step_of
from .submission import Answer, once_per_field

if TYPE_CHECKING:
    from .wizard import DeclarationWizard

FORECASTS = {
    Status.ACCEPTED: _("As of now the office will accept this declaration."),
    Status.ACCEPTED_WITH_WARNING: _("As of now the office will accept this declaration, with what is listed below."),
    Status.REFUSED: _("As of now the office will refuse this declaration. Go back and repair what is listed below."),
    Status.PENDING: _(
        "As of now this declaration will be pending: the office cannot identify the employee with certainty and a"
        " staff member will decide. It is not valid until it is accepted."
    ),
}


def context(wizard: DeclarationWizard, form: StepForm) -> dict[str, Any]:
    """What the overview's template shows."""
    return {
        "blocks": blocks(wizard, form),
        "forecast": forecast(wizard, wizard.forecast),
        "displayed_answers": wizard.answers_digest,
        "displayed_forecast": wizard.signer.sign(wizard.forecast.fingerprint),
    }


def blocks(wizard: DeclarationWizard, form: StepForm) -> list[summary.Block]:
    """The blocks with the step that changes each and the reference that stands in it."""
    found = summary.blocks(wizard.kind, wizard.forms)
    for block, (_slug, _title, change, reference) in zip(found, summary.BLOCKS, strict=True):
        block.change_step = change
        block.field = form[reference] if reference else None
    return found


def forecast(wizard: DeclarationWizard, answer: Answer) -> dict[str, Any]:
    """The answer in words, each anomaly with its cause, its repair and the step that repairs it."""
    return {
        "status": answer.status.value,
        "status_label": answer.status.word,
        "sentence": FORECASTS[answer.status],
        "anomalies": [_anomaly(wizard, finding) for finding in once_per_field(answer.findings)],
    }


def _anomaly(wizard: DeclarationWizard, finding: Finding) -> dict[str, Any]:
    row = wizard.tables.anomaly(finding.code, wizard.now.date(), finding.rule.name)
    step = step_of(wizard.kind, row.step)
    return {
        "code": finding.code,
        "label": row.label,
        "repair": row.repair,
        "is_blocking": finding.rule.severity == Severity.BLOCKING,
        "step": step.slug if step else "",
        "step_title": step.title if step else "",
    }
