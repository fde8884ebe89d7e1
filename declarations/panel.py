"""The side panel of the manual: the rows of the steps, with their ticks and values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .forms.base import StepForm
from .forms.fields import display_day
from .forms.start import display_numbers
from .numbers import ssin
from .steps import Step


def rows(
    steps: Sequence[Step], current: Step, gap: Step | None, checked: Callable[[Step], StepForm | None]
) -> list[dict[str, Any]]:
    """One row per number of the panel: title, values, state ("done", "current", "todo"), and its step when done.

    `gap` is the first step that lacks a valid answer, the last one aside; `checked` gives a step's form as answered.
    """
    found: dict[int, dict[str, Any]] = {}
    is_open = True
    for step in steps:
        is_open = is_open and step is not gap
        row = found.setdefault(
            step.number, {"number": step.number, "title": step.panel, "values": [], "state": "done", "slug": ""}
        )
        is_done = is_open and step is not steps[-1]
        _fill(row, step, checked(step) if is_done else None, is_current=step.number == current.number)
    return list(found.values())


def _fill(row: dict[str, Any], step: Step, form: StepForm | None, *, is_current: bool) -> None:
    """Add a step to its row; `form` is None while the step is not done."""
    if row["state"] == "done" and form is None:
        row["state"] = "todo"
    if is_current:
        row["state"] = "current"
    if form is not None:
        row["slug"] = row["slug"] or step.slug
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
