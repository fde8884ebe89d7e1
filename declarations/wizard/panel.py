"""The side panel of the manual: one row per number, with a tick and the values given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from referentials.numbers import ssin

from ..enums import DeclarationKind
from ..filing.answers import Answers
from ..filing.facts import with_period_values
from ..formatting import display_day
from .forms.employer import display_numbers
from .steps import Step


def _employer(answers: Answers) -> str:
    return " / ".join(number for number in display_numbers(answers["employer"]) if number != "-")


def _worker(answers: Answers) -> str:
    """The SSIN, masked if it was not typed in this draft (ruling 11), or the name."""
    if period := answers.get("period"):
        return ssin.mask(period.worker.ssin)
    if typed := answers.get("ssin"):
        return ssin.mask(typed) if "replaced_period_number" in answers else ssin.format(typed)
    return f"{answers.get('given_name', '')} {answers.get('family_name', '')}".strip()


def _characteristics(answers: Answers) -> str:
    return f"{answers['joint_committee']} – {answers['worker_type']}"


def _period(answers: Answers) -> str:
    dates = with_period_values(answers)
    return " – ".join(display_day(dates[name]) for name in ("start_date", "end_date") if dates.get(name))


@dataclass(frozen=True)
class Row:
    """A row of the panel: its title, the steps that fill it, and its values once they are answered."""

    title: Any
    slugs: tuple[str, ...]
    value: Callable[[Answers], str] | None = None


EMPLOYER = Row(_("Employer"), ("start",), _employer)
# The number of a period, on the first page, identifies the worker too.
WORKER = Row(_("Employees"), ("start",), _worker)
PERIOD = Row(_("Period"), ("period",), _period)
OVERVIEW = Row(_("Overview"), ("overview",))

PANELS = {
    DeclarationKind.IN: (
        Row(_("Employer"), ("start", "employer"), _employer),
        Row(_("Employees"), ("worker",), _worker),
        Row(_("Characteristics"), ("characteristics",), _characteristics),
        PERIOD,
        OVERVIEW,
    ),
    DeclarationKind.OUT: (EMPLOYER, WORKER, PERIOD, OVERVIEW),
    DeclarationKind.MODIFICATION: (EMPLOYER, WORKER, PERIOD, OVERVIEW),
    DeclarationKind.CANCELLATION: (EMPLOYER, WORKER, OVERVIEW),
}

PANEL_TITLES = {
    DeclarationKind.IN: _("Adding a period"),
    DeclarationKind.OUT: _("Closing a period"),
    DeclarationKind.MODIFICATION: _("Modifying a period"),
    DeclarationKind.CANCELLATION: _("Cancelling a period"),
}


def rows(kind: DeclarationKind, current: Step, done: Iterable[Step], answers: Answers) -> list[dict[str, Any]]:
    """One row per number of the panel: title, values, state ("done", "current", "todo"), and its step when done.

    `done` are the answered steps, `answers` their answers.
    """
    slugs = [step.slug for step in done]
    return [_row(number, row, slugs, answers, current) for number, row in enumerate(PANELS[kind], start=1)]


def _row(number: int, row: Row, done: Sequence[str], answers: Answers, current: Step) -> dict[str, Any]:
    answered = [slug for slug in row.slugs if slug in done]
    state = "done" if answered == list(row.slugs) else "todo"
    return {
        "number": number,
        "title": row.title,
        "state": "current" if number == current.number else state,
        "slug": answered[0] if answered else "",
        "values": [row.value(answers)] if answered and row.value else [],
    }
