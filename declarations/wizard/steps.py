"""The steps of each kind of declaration, as tuples of rows numbered as in the side panel (ruling 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from ..enums import DeclarationKind
from .forms.base import StepForm
from .forms.changes import ModificationForm, OutForm
from .forms.characteristics import CharacteristicsForm
from .forms.employer import EmployerForm
from .forms.overview import OverviewForm
from .forms.period import PeriodForm
from .forms.start import StartForm
from .forms.worker import WorkerForm


@dataclass(frozen=True)
class Step:
    """A page of the wizard: name in the address, number in the side panel, title, form and template."""

    slug: str
    number: int
    title: Any
    form: type[StepForm]
    template: str = "declarations/step.html"


START = Step("start", 1, _("Identify the employer"), StartForm, "declarations/start.html")
EMPLOYER = Step("employer", 1, _("Identification of the employer"), EmployerForm)
WORKER = Step("worker", 2, _("Identification of the employee"), WorkerForm)
CHARACTERISTICS = Step("characteristics", 3, _("Characteristics of the period"), CharacteristicsForm)
PERIOD = Step("period", 4, _("Details of the period"), PeriodForm)
CLOSING = Step("period", 3, _("Closing a period"), OutForm)
MODIFYING = Step("period", 3, _("Modifying a period"), ModificationForm)


def _overview(number: int) -> Step:
    return Step("overview", number, _("Overview of the declaration"), OverviewForm, "declarations/overview.html")


STEPS: dict[DeclarationKind, tuple[Step, ...]] = {
    DeclarationKind.IN: (START, EMPLOYER, WORKER, CHARACTERISTICS, PERIOD, _overview(5)),
    DeclarationKind.OUT: (START, CLOSING, _overview(4)),
    DeclarationKind.MODIFICATION: (START, MODIFYING, _overview(4)),
    DeclarationKind.CANCELLATION: (START, _overview(3)),
}


def step_of(kind: DeclarationKind, slug: str) -> Step | None:
    """The step with that name, or None."""
    return next((step for step in STEPS[kind] if step.slug == slug), None)


def step_before(kind: DeclarationKind, step: Step) -> Step:
    """The step before `step`; for the first, that step itself."""
    return STEPS[kind][max(0, STEPS[kind].index(step) - 1)]


def step_after(kind: DeclarationKind, step: Step) -> Step:
    """The step after `step`. Raises IndexError for the last one."""
    return STEPS[kind][STEPS[kind].index(step) + 1]
