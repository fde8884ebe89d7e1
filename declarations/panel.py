"""The side panel of the manual: the rows of the steps, with their ticks and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .forms.fields import display_day
from .forms.start import display_numbers
from .numbers import ssin
from .steps import STEPS, Step

if TYPE_CHECKING:
    from .wizard import DeclarationWizard


def rows(wizard: DeclarationWizard) -> list[dict[str, Any]]:
    """One row per number of the panel: title, values, state ("done", "current", "todo"), and its step when done."""
    found: dict[int, dict[str, Any]] = {}
    gap = wizard.gap_before(STEPS[wizard.kind][-1])
    is_open = True
    for step in STEPS[wizard.kind]:
        is_open = is_open and step is not gap
        row = found.setdefault(
            step.number, {"number": step.number, "title": step.panel, "values": [], "state": "done", "slug": ""}
        )
        _fill(row, step, wizard, is_done=is_open and step is not STEPS[wizard.kind][-1])
    return list(found.values())


def _fill(row: dict[str, Any], step: Step, wizard: DeclarationWizard, *, is_done: bool) -> None:
    if row["state"] == "done" and not is_done:
        row["state"] = "todo"
    if step.number == wizard.step.number:
        row["state"] = "current"
    row["slug"] = row["slug"] or (step.slug if is_done else "")
    form = wizard.checked(step) if is_done else None
    if form is not None:
        row["values"] += values_of(step.slug, form.cleaned_data)


def values_of(slug: str, answers: dict[str, Any]) -> list[str]:
    """What the panel says of a step that is done."""
    if slug == "start":
        return [" / ".join(number for number in display_numbers(answers["employer"]) if number != "-")]
    if slug == "worker":
        named = f"{answers.get('given_name', '')} {answers.get('family_name', '')}".strip()
        return [ssin.format(answers["ssin"]) if answers.get("ssin") else named]
    if slug == "characteristics":
        return [f"{answers['joint_committee']} – {answers['worker_type']}"]
    if slug == "period":
        return [" – ".join(display_day(answers[name]) for name in ("start_date", "end_date") if answers.get(name))]
    return []
