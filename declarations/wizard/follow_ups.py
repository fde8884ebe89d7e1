"""Declarations that follow from another: on the period of a receipt, or a Cancellation and the IN that replaces it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase

from referentials.models import Employer

from .. import rules
from ..enums import DeclarationKind, LookupResult, PeriodCharacteristics, Status
from ..filing.ledger import DATES_AND_HOURS, PeriodState
from ..filing.lookup import Lookup, characteristics_of
from ..models import Declaration, Period
from .draft import Draft, all_drafts, begin
from .draft_storage import FollowUp, StepData
from .forms.fields import as_stored
from .forms.start import ENTERPRISE, NSSO
from .forms.worker import SAME_WORKER


def employer_start(kind: DeclarationKind, employer: Employer) -> StepData:
    """The first page, filled in with that employer."""
    identifier, number = ENTERPRISE, employer.enterprise_number
    if not number:
        identifier, number = NSSO, employer.nsso_number or employer.provisional_nsso_number
    return {
        "start-identifier_kind": [identifier],
        "start-employer_number": [str(number)],
        "start-kind": [kind.value],
    }


def period_start(kind: DeclarationKind, period: Period) -> StepData:
    """The first page, filled in for a declaration on that period."""
    return {
        **employer_start(kind, period.employer),
        "start-period_number": [period.number],
        "start-period_characteristics": [characteristics_of(period).value],
    }


def available_kinds(period: Period) -> list[DeclarationKind]:
    """The kinds of declaration that the rules still allow on the period."""
    facts = Lookup(LookupResult.PERIOD, period).facts
    return [
        kind for kind in rules.ON_A_PERIOD if not any(rules.findings(rules.step_rules(kind, ["period_number"]), facts))
    ]


def begin_modification(draft: Draft) -> Draft:
    """Begin a Modification of the period instead of the Dimona OUT `draft`, with the same ending date."""
    kind, answers = DeclarationKind.MODIFICATION, draft.validation.answers
    end = {"period-end_date": [as_stored(answers["end_date"])]}
    steps = {"start": period_start(kind, answers["period"]), "period": end}
    return begin(draft.session, kind, steps, unvalidated=["period"], now=draft.now)


# -- cancelling a period and declaring it again ----------------------------------------------------------------


def begin_cancellation(draft: Draft, period: Period, state_after: PeriodState | None) -> Draft:
    """Begin the Cancellation of the period, and prepare the Dimona IN that follows it.

    The two replace the Modification `draft`, which is closed once the Cancellation is accepted.

    The IN repeats the declared data of the period, with a reference to its worker (ruling 11) and the dates of
    `state_after`. Without `state_after` its dates are asked again.
    """
    original = Declaration.objects.get(number=period.number).answers["steps"]
    dates = state_after or PeriodState.from_terms(period)
    is_asked = state_after is None or characteristics_of(period) == PeriodCharacteristics.STUDENT
    typed = {f"period-{name}": [as_stored(getattr(dates, name))] for name in DATES_AND_HOURS}
    follow_up: FollowUp = {
        "replaced_draft": str(draft.id),
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
    cancellation = begin(draft.session, kind, {"start": period_start(kind, period)}, now=draft.now)
    cancellation.follow_up = follow_up
    return cancellation


def begin_follow_up(session: SessionBase, follow_up: FollowUp, declaration: Declaration, now: datetime) -> None:
    """Begin the Dimona IN that follows an accepted Cancellation of its period."""
    kind, number = DeclarationKind.IN, follow_up["period_number"]
    draft_id, unvalidated = UUID(follow_up["draft"]), follow_up["unvalidated"]
    is_of_that_period = declaration.period is not None and declaration.period.number == number
    is_done = Status(declaration.status).is_accepted and is_of_that_period
    if not is_done or Draft(kind, draft_id, session, now).is_closed:
        return
    Draft(DeclarationKind.MODIFICATION, UUID(follow_up["replaced_draft"]), session, now).close()
    draft = begin(session, kind, follow_up["steps"], unvalidated=unvalidated, draft_id=draft_id, now=now)
    draft.replaced_period_number = number


def replacement_url(session: SessionBase, period: Period, now: datetime) -> str:
    """The address at which the period is declared again; empty if this browser has no such draft."""
    found = [draft for draft in all_drafts(session, now) if draft.replaced_period_number == period.number]
    return found[0].url("overview") + "?from=home" if found else ""
