"""A draft: a declaration begun and not sent. It lives in the session, and the page holds a copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from referentials import tables
from referentials.numbers import dimona
from referentials.tables import Tables

from ..enums import DeclarationKind
from ..filing import submission
from ..filing.answers import Answers
from ..filing.ledger import PeriodState
from ..models import Period
from . import summary
from .draft_copy import decrypt_copy, encrypt_copy
from .draft_storage import CLOSED, HAS_SUBMITTED, MAX_CLOSED, PREFIX, FollowUp, StepData, Stored, make_room
from .forms.base import StepContext, StepForm
from .forms.changes import ChangeForm
from .forms.fields import read_day
from .steps import STEPS, Step


class Draft:
    """One draft of a browser: what was typed on each step, and what the steps make of it at the moment `now`."""

    # The period that the first page looked up: only this number is found again without being counted.
    looked_up_number = Stored("")
    # The period for which the dates of its step were typed.
    dated_period_number = Stored("")
    # The cancelled period that this draft declares anew.
    replaced_period_number = Stored("")
    # The Dimona IN that follows this Cancellation.
    follow_up: Stored[FollowUp | None] = Stored(None)
    # The digest of the answers whose preview was shown last.
    previewed_digest = Stored("")
    # ISO, with its offset.
    begun_at_text = Stored("")
    # The steps whose values were stored as typed, without validation: keys, which two tabs that save at once merge.
    unvalidated_steps: Stored[dict[str, bool]] = Stored({})

    def __init__(self, kind: DeclarationKind, draft_id: UUID, session: SessionBase, now: datetime) -> None:
        self.kind, self.id, self.session, self.now = kind, draft_id, session, now
        self._answered_forms: dict[str, StepForm | None] = {}

    # -- where it lives ----------------------------------------------------------------------------------------

    @property
    def prefix(self) -> str:
        """What tells it from other drafts, for formtools."""
        return f"{self.kind.value}-{self.id}"

    @property
    def key(self) -> str:
        """Its key in the session."""
        return f"{PREFIX}{self.prefix}"

    @property
    def data(self) -> dict[str, Any]:
        """All that the session holds of it. Raises KeyError where it is not there."""
        return cast(dict[str, Any], self.session[self.key])

    @property
    def is_open(self) -> bool:
        """Whether this browser holds it."""
        return self.key in self.session

    @property
    def is_closed(self) -> bool:
        """Whether this browser filed or discarded it."""
        return str(self.id) in self.session.get(CLOSED, {})

    def url(self, step: str = "") -> str:
        """The address of a step; without its name, of the step after the first page."""
        return reverse(self.kind.value, kwargs={"draft": self.id, "step": step or STEPS[self.kind][1].slug})

    @property
    def begun_at(self) -> datetime:
        """When it was begun (aware)."""
        return datetime.fromisoformat(self.begun_at_text)

    @property
    def encrypted_copy(self) -> str:
        """The copy for its page."""
        return encrypt_copy(self.key, self.data)

    def is_own(self, copy: str) -> bool:
        """Whether this browser filed it, holds it, or sends the copy that only its page held."""
        return self.is_closed or self.is_open or decrypt_copy(self.key, copy) is not None

    def restore(self, copy: str) -> bool:
        """Put the page's copy into the session where the draft is not there; whether the draft is there now."""
        if self.is_closed:
            return False
        if not self.is_open:
            data = decrypt_copy(self.key, copy)
            if data is None:
                return False
            make_room(self.session)
            self.session[self.key] = data
        return True

    def close(self) -> None:
        """Drop it, filed or discarded, and remember it: no copy brings it back, and its receipt is this browser's."""
        self.session.pop(self.key, None)
        closed = {**self.session.get(CLOSED, {}), str(self.id): True}
        self.session[CLOSED] = dict(list(closed.items())[-MAX_CLOSED:])

    # -- what was typed ----------------------------------------------------------------------------------------

    def typed(self, slug: str) -> MultiValueDict[str, str] | None:
        """What the step holds as typed, by input name; None where it was never sent."""
        data = self.data["step_data"].get(slug)
        return None if data is None else MultiValueDict(data)

    def typed_value(self, slug: str, name: str) -> str:
        """What was typed in one field; empty when nothing was."""
        return _last(self.data["step_data"].get(slug, {}), f"{slug}-{name}")

    def save(self, step: Step, form: StepForm, *, is_validated: bool) -> None:
        """Store what a step's form holds, and the period for which its dates were typed."""
        self.data["step_data"][step.slug] = form.to_storage()
        unvalidated = self.unvalidated - {step.slug} if is_validated else self.unvalidated | {step.slug}
        self.unvalidated_steps = dict.fromkeys(sorted(unvalidated), True)
        if step.slug == "period":
            self.dated_period_number = self.looked_up_number

    @property
    def unvalidated(self) -> frozenset[str]:
        """The steps whose values were stored as typed, without validation."""
        return frozenset(self.unvalidated_steps)

    def is_of_another_period(self, slug: str) -> bool:
        """Whether that step holds dates typed for another period than the one looked up last."""
        return slug == "period" and self.dated_period_number != self.looked_up_number

    def is_answered(self, slug: str) -> bool:
        """Whether the step was sent with Next, for this period."""
        is_typed = slug in self.data["step_data"] and slug not in self.unvalidated
        return is_typed and not self.is_of_another_period(slug)

    @property
    def next_step(self) -> Step:
        """The first step that was not answered: the one to continue with. The last where all were."""
        steps = STEPS[self.kind]
        return next((step for step in steps if not self.is_answered(step.slug)), steps[-1])

    # -- what the steps make of it -----------------------------------------------------------------------------

    @cached_property
    def tables(self) -> Tables:
        """The tables as they are at this request."""
        return tables.current()

    @property
    def reference_date(self) -> date:
        """The starting date as far as it was given already, else today."""
        return read_day(self.typed_value("period", "start_date")) or self.now.date()

    @cached_property
    def replaced_period(self) -> Period | None:
        """The cancelled period that this draft declares anew."""
        number = self.replaced_period_number
        return Period.objects.select_related("worker", "employer").filter(number=number).first() if number else None

    def form_context(self, slug: str, **posted: Any) -> StepContext:
        """What the form of that step may know: the answers of the steps before it; `posted`, of who sent it."""
        answers: dict[str, Any] = {}
        for step in STEPS[self.kind]:
            if step.slug == slug:
                break
            form = self.answered_form(step)
            answers |= form.cleaned_data if form and form.is_valid() else {}
        replaced = self.replaced_period
        return StepContext(
            self.kind,
            self.tables,
            self.now.date(),
            self.reference_date,
            answers,
            now=self.now,
            replaced_period=replaced if replaced and answers.get("employer") == replaced.employer else None,
            looked_up_number=self.looked_up_number,
            **posted,
        )

    def answered_form(self, step: Step) -> StepForm | None:
        """The step's form with its stored answers, read once per request; None when it was not answered."""
        if step.slug not in self._answered_forms:
            form = None
            if self.is_answered(step.slug):
                form = step.form(self.typed(step.slug), context=self.form_context(step.slug), prefix=step.slug)
            self._answered_forms[step.slug] = form
        return self._answered_forms[step.slug]

    def first_incomplete_step(self, step: Step) -> Step | None:
        """The first step before `step` that is unanswered or no longer valid."""
        for each in STEPS[self.kind]:
            if each is step:
                return None
            form = self.answered_form(each)
            if form is None or not form.is_valid():
                return each
        return None

    def why_incomplete(self, step: Step) -> Any:
        """Why that step comes first: it was not filled in, or the period was changed since it was."""
        form = self.answered_form(step)
        if isinstance(form, ChangeForm):
            return form.refresh_message
        return _("Complete this step first: the later steps depend on it.")

    @cached_property
    def forms(self) -> dict[str, StepForm]:
        """Every answered step's form, by name. Read it only when no step is missing."""
        return {step.slug: form for step in STEPS[self.kind] if (form := self.answered_form(step)) and form.is_valid()}

    @cached_property
    def answers(self) -> Answers:
        """The cleaned values of every step; fields that do not apply are not among them."""
        values = {name: value for form in self.forms.values() for name, value in form.cleaned_data.items()}
        return cast(Answers, values)

    @property
    def state_before(self) -> PeriodState | None:
        """The state of the period that the draft declares on."""
        period = self.answers.get("period")
        return PeriodState.from_terms(period) if period else None

    @property
    def submission(self) -> submission.Submission:
        """What is filed beside the answers: the values by step, and the overview in each language."""
        steps = {slug: form.to_storage(form.cleaned_data) for slug, form in self.forms.items()}
        overviews = summary.in_every_language(self.kind, self.forms)
        return submission.Submission(self.id, get_language() or "en", steps, overviews)


# -- the drafts of a browser -----------------------------------------------------------------------------------


def begin(
    session: SessionBase,
    kind: DeclarationKind,
    steps: Mapping[str, StepData],
    *,
    now: datetime,
    unvalidated: Iterable[str] = (),
    draft_id: UUID | None = None,
) -> Draft:
    """Open a draft that holds `steps`, those in `unvalidated` as typed; the oldest draft makes room for it.

    A first page that is not among `unvalidated` was looked up by the caller.
    """
    make_room(session)
    draft = Draft(kind, draft_id or uuid4(), session, now)
    # The first, third and fourth are formtools' own.
    session[draft.key] = {"step": None, "step_data": dict(steps), "step_files": {}, "extra_data": {}}
    draft.begun_at_text = now.isoformat(timespec="seconds")
    draft.unvalidated_steps = dict.fromkeys(unvalidated, True)
    if kind != DeclarationKind.IN and "start" not in draft.unvalidated:
        draft.looked_up_number = draft.dated_period_number = dimona.compact(
            draft.typed_value("start", "period_number")
        )
    return draft


def has_submitted(session: SessionBase) -> bool:
    """Whether a declaration filed in this browser was accepted, as long as its session lasts."""
    return bool(session.get(HAS_SUBMITTED))


def all_drafts(session: SessionBase, now: datetime) -> list[Draft]:
    """Every draft of a browser."""
    names = [key.removeprefix(PREFIX).partition("-") for key in list(session.keys()) if key.startswith(PREFIX)]
    return [Draft(DeclarationKind(kind), UUID(draft_id), session, now) for kind, _dash, draft_id in names]


def _last(data: StepData, name: str) -> str:
    return str(data.get(name, [""])[-1])
