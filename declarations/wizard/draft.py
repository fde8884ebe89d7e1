"""A draft: a declaration begun and not sent. This one object owns it; `begin` opens one, `all_drafts` lists them.

Each step has two things: what was typed, and once it was accepted the values read from it, as JSON. Pages read the
accepted values of the other steps. What is shown on the overview, and filed, is read again from what was typed
(`validation`): there a step whose answers no longer hold is told.

One datum, for example a starting date, is represented
1. as the text typed: by step and input name (`step_data`), in the encrypted copy of the page, and as filed, so that a
   refused declaration is corrected (`Declaration.answers["steps"]`);
2. as the form's cleaned value, an entry of `Answers`; as JSON while the draft lives (`accepted`) and as filed
   (`Declaration.answers["values"]`);
3. as the fact of that name, which the rules read (`rules.Facts`);
4. as a row of the overview in each language, kept as filed (`Declaration.answers["overviews"]`);
5. as columns of the declaration and of its period, and as JSON in the state of a period before (`state_before`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from referentials import cached_sql, tables
from referentials.models import Employer
from referentials.numbers import dimona
from referentials.tables import Tables

from ..enums import DeclarationKind
from ..filing import lookup, submission
from ..filing.answers import ROWS, Answers, from_json, to_json
from ..filing.ledger import PeriodState
from ..models import Period
from . import summary
from .draft_storage import HAS_SUBMITTED, PREFIX, StepData, StoredDraft, make_room
from .forms.base import StepContext, StepForm
from .forms.changes import ChangeForm
from .forms.fields import read_day
from .lookups import look_up
from .steps import STEPS, Step


@dataclass(frozen=True)
class Validation:
    """The steps before the overview as they are at this moment: valid forms and their answers, by step and by name.

    They end before the first step that is not valid; this is `invalid_step` with its form, if there is one.
    """

    forms: Mapping[str, StepForm]
    answers: Answers
    invalid_step: Step | None = None
    invalid_form: StepForm | None = None

    @property
    def state_before(self) -> PeriodState | None:
        """The state of the period that the draft declares on."""
        period = self.answers.get("period")
        return PeriodState.from_terms(period) if period else None


class Draft(StoredDraft):
    """One draft of a browser: what it stores, and what its steps make of it at the moment `now` (aware)."""

    def __init__(self, kind: DeclarationKind, draft_id: UUID, session: SessionBase, now: datetime) -> None:
        super().__init__(kind, draft_id, session)
        self.now = now
        # Within this request: what the steps that are not valid were read from, and the rows that answers name.
        self._rejected: dict[str, str] = {}
        self._rows: dict[tuple[str, int], Employer | Period | None] = {}

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

    def form_context(self, answers: Answers, *, is_posted: bool = False) -> StepContext:
        """What the form of a step may know, `answers` those of the steps before it."""
        replaced = self.replaced_period
        return StepContext(
            self.kind,
            self.tables,
            self.now.date(),
            self.reference_date,
            answers,
            is_posted,
            replaced_period=replaced if replaced and answers.get("employer") == replaced.employer else None,
        )

    def _stored_form(self, step: Step, answers: Answers) -> StepForm:
        """The step's form with what was typed, validated again."""
        form = step.form(self.typed(step.slug), context=self.form_context(answers), prefix=step.slug)
        look_up(form, self.looked_up_number)
        return form

    # -- what was accepted -------------------------------------------------------------------------------------

    def accept(self, step: Step, form: StepForm) -> None:
        """Store what a valid form of the step holds: as typed, and as read."""
        self.save(step, form, is_validated=True)
        self._store_values(step, form)

    def _store_values(self, step: Step, form: StepForm) -> None:
        values = to_json(form.cleaned_data)
        if "replaced_period_number" in values:
            # The worker of that period is stored by reference (ruling 11).
            del values["ssin"]
        # A list, which two tabs that save at once do not mix.
        self.data.setdefault("accepted", {})[step.slug] = [self._source(step), values]
        self.session.modified = True

    def use_rows(self, form: StepForm) -> None:
        """Take the rows that a form found for those that the answers name: one look-up for a request."""
        for name in ROWS:
            if row := form.cleaned_data.get(name):
                self._rows[name, row.pk] = row

    def _source(self, step: Step) -> str:
        """What the step's values were read from: all that was typed so far, and the periods that it is about."""
        slugs = [each.slug for each in STEPS[self.kind]]
        typed = [self.data["step_data"].get(slug) for slug in slugs[: slugs.index(step.slug) + 1]]
        text = json.dumps([typed, self.looked_up_number, self.replaced_period_number], sort_keys=True)
        return blake2b(text.encode(), digest_size=8).hexdigest()

    def is_accepted(self, step: Step) -> bool:
        """Whether the step was answered, and its answers were valid with those before it when they were read last.

        They are read again only where something before them was changed, or where the draft began with them.
        """
        if not self.is_answered(step.slug):
            return False
        source = self._source(step)
        if self.data.get("accepted", {}).get(step.slug, [""])[0] == source:
            return True
        if self._rejected.get(step.slug) == source:
            return False
        form = self._stored_form(step, self.answers_before(step))
        if form.is_valid():
            self._store_values(step, form)
        else:
            self._rejected[step.slug] = source
        return form.is_valid()

    def values(self, step: Step) -> Answers | None:
        """The values of an accepted step; None where a row that they name is no longer there."""
        stored = self.data["accepted"][step.slug][1]
        rows = {name: self._row(name, stored[name]) for name in ROWS if name in stored}
        values = from_json(stored, rows)
        if "replaced_period_number" in values:
            rows["replaced"] = self.replaced_period
            values["ssin"] = self.replaced_period.worker.ssin if self.replaced_period else ""
        return None if None in rows.values() else values

    def _row(self, name: str, pk: int) -> Employer | Period | None:
        if (name, pk) not in self._rows:
            found = cached_sql.row(Employer, id=pk) if name == "employer" else lookup.period_of_key(pk)
            self._rows[name, pk] = found
        return self._rows[name, pk]

    def answers_before(self, step: Step) -> Answers:
        """The answers of the steps before `step`, as far as they were accepted."""
        steps = STEPS[self.kind]
        return self.answers_of(steps[: steps.index(step)])

    def answers_of(self, steps: Iterable[Step]) -> Answers:
        """The answers of those steps, as far as they were accepted."""
        found = [self.values(each) or {} for each in steps if self.is_accepted(each)]
        return cast(Answers, {name: value for values in found for name, value in values.items()})

    def first_incomplete_step(self, step: Step) -> Step | None:
        """The first step before `step` that is unanswered, or whose answers do not fit those before it.

        The last step reads no accepted values: it validates every step again.
        """
        steps = STEPS[self.kind]
        before = steps[: steps.index(step)]
        reads = step is not steps[-1]
        return next(
            (each for each in before if not self.is_accepted(each) or (reads and not self._is_there(each))), None
        )

    def _is_there(self, step: Step) -> bool:
        return self.values(step) is not None

    def why_incomplete(self, step: Step) -> Any:
        """Why that step comes first: it was not filled in, or the period was changed since it was."""
        if issubclass(step.form, ChangeForm) and step.slug in self._rejected:
            return step.form.refresh_message
        return _("Complete this step first: the later steps depend on it.")

    # -- what is filed -----------------------------------------------------------------------------------------

    @cached_property
    def validation(self) -> Validation:
        """Every step before the overview, read and validated again from what was typed: this alone is filed."""
        forms: dict[str, StepForm] = {}
        answers: dict[str, Any] = {}
        for step in STEPS[self.kind][:-1]:
            form = self._stored_form(step, cast(Answers, answers))
            if not form.is_valid():
                return Validation(forms, cast(Answers, answers), step, form)
            forms[step.slug] = form
            answers |= form.cleaned_data
        return Validation(forms, cast(Answers, answers))

    def submission(self, overview_form: StepForm) -> submission.Submission:
        """What is filed beside the answers: the values by step, and the overview in each language."""
        forms = {**self.validation.forms, "overview": overview_form}
        steps = {slug: form.to_storage(form.cleaned_data) for slug, form in forms.items()}
        overviews = summary.in_every_language(self.kind, self.validation.forms)
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
