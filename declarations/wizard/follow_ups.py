"""Declarations that follow from one another: on the period of a receipt, or a Cancellation and the IN in its place."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.urls import reverse

from referentials.models import Employer

from .. import rules
from ..enums import DeclarationKind, LookupResult, PeriodCharacteristics, Status
from ..filing.ledger import DATES_AND_HOURS, PeriodState
from ..filing.lookup import Lookup, characteristics_of
from ..models import Declaration, Period
from . import drafts
from .forms.fields import as_stored
from .forms.start import ENTERPRISE, NSSO
from .forms.worker import SAME_WORKER
from .steps import STEPS

StepData = dict[str, list[str]]


def step_url(kind: DeclarationKind, draft: UUID, step: str = "") -> str:
    """The address of a step of a draft; of the one after the first page, unless it is named."""
    return reverse(kind.value, kwargs={"draft": draft, "step": step or STEPS[kind][1].slug})


def employer_start(kind: DeclarationKind, employer: Employer) -> StepData:
    """The first page as that employer would fill it in."""
    identifier, number = ENTERPRISE, employer.enterprise_number
    if not number:
        identifier, number = NSSO, employer.nsso_number or employer.provisional_nsso_number
    return {
        "start-identifier_kind": [identifier],
        "start-employer_number": [str(number)],
        "start-kind": [kind.value],
    }


def period_start(kind: DeclarationKind, period: Period) -> StepData:
    """The first page filled in for a declaration on that period."""
    return {
        **employer_start(kind, period.employer),
        "start-period_number": [period.number],
        "start-period_characteristics": [characteristics_of(period).value],
    }


def available_kinds(period: Period) -> list[DeclarationKind]:
    """What can still be declared on the period, by the rules about its state."""
    facts = Lookup(LookupResult.PERIOD, period).facts
    return [
        kind for kind in rules.ON_A_PERIOD if not any(rules.findings(rules.step_rules(kind, ["period_number"]), facts))
    ]


def begin_modification(request: HttpRequest, period: Period, end_date: date, now: datetime) -> str:
    """Begin a Modification of the period with that day typed as its end; the address of its period step."""
    kind = DeclarationKind.MODIFICATION
    steps = {"start": period_start(kind, period), "period": {"period-end_date": [as_stored(end_date)]}}
    return step_url(kind, drafts.begin(request, kind, steps, unvalidated=["period"], now=now))


# -- cancelling a period and declaring it anew -----------------------------------------------------------------


def begin_cancellation(
    request: HttpRequest, draft: UUID, period: Period, state_after: PeriodState | None, now: datetime
) -> str:
    """Begin the Cancellation that carries the Dimona IN to follow it; the address of its overview.

    `draft` is the Modification in whose place they are: it is closed once the Cancellation is accepted.

    The IN repeats what the period was declared with, its worker by reference (ruling 11), with the dates of
    `state_after`, those that were wanted; without them its dates are asked again.
    """
    original = Declaration.objects.get(number=period.number).answers["steps"]
    dates = state_after or PeriodState.from_terms(period)
    is_asked = state_after is None or characteristics_of(period) == PeriodCharacteristics.STUDENT
    typed = {f"period-{name}": [as_stored(getattr(dates, name))] for name in DATES_AND_HOURS}
    follow_up = {
        "replaced_draft": str(draft),
        "period_number": period.number,
        "draft": str(uuid4()),
        "steps": {
            "start": employer_start(DeclarationKind.IN, period.employer),
            "employer": {},
            "worker": {"worker-knows_ssin": [SAME_WORKER]},
            "characteristics": original.get("characteristics", {}),
            "period": {**typed, "period-duration_unit": [period.duration_unit]},
        },
        "unvalidated": ["period"] if is_asked else [],
    }
    kind = DeclarationKind.CANCELLATION
    cancellation = drafts.begin(
        request, kind, {"start": period_start(kind, period)}, now=now, notes={drafts.FOLLOW_UP: follow_up}
    )
    return step_url(kind, cancellation)


def begin_follow_up(request: HttpRequest, follow_up: dict[str, Any], declaration: Declaration, now: datetime) -> None:
    """Begin the draft of the Dimona IN that an accepted Cancellation of its period carried."""
    draft, number = UUID(follow_up["draft"]), follow_up["period_number"]
    is_of_that_period = declaration.period is not None and declaration.period.number == number
    is_done = Status(declaration.status).is_accepted and is_of_that_period
    if not is_done or drafts.is_closed(request, draft):
        return
    drafts.close(request, DeclarationKind.MODIFICATION, UUID(follow_up["replaced_draft"]))
    kind = DeclarationKind.IN
    drafts.begin(
        request,
        kind,
        follow_up["steps"],
        unvalidated=follow_up["unvalidated"],
        draft=draft,
        now=now,
        notes={drafts.REPLACES_PERIOD: number},
    )


def replacement_url(request: HttpRequest, period: Period) -> str:
    """The address where the period is declared anew, empty when this browser holds no such draft."""
    for kind, draft, _begun_at in drafts.all_drafts(request):
        if drafts.note(request, kind, draft, drafts.REPLACES_PERIOD) == period.number:
            return step_url(kind, draft, "overview") + "?from=home"
    return ""
