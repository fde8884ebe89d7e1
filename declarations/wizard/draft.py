"""A draft: a declaration that was begun and not sent. `begin` opens one, `all_drafts` lists them.

For each step a draft stores what was typed and, once that is accepted, the values read from it as JSON. Pages read the
accepted values of the other steps. The overview, and what is filed, are read again from what was typed (`validation`),
so the overview reports a step whose answers no longer hold.

One value, for example a starting date, exists in five forms:

1. the text as typed, by step and input name (`step_data`); also in the encrypted copy of the page, and as filed, so
that a refused declaration can be corrected (`Declaration.answers["steps"]`);

2. the form's cleaned value, an entry of `Answers`; as JSON in the draft (`accepted`) and as filed
(`Declaration.answers["values"]`);

3. the fact of that name, which the rules read (`rules.Facts`);

4. a row of the overview in each language, stored as filed (`Declaration.answers["overviews"]`);

5. columns of the declaration and of its period, and JSON in the previous state of a period (`state_before`).
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
    """The steps before the overview, validated now: valid forms and their answers, by step and by name.

    They end before the first invalid step, which is `invalid_step`, with its form.
    """

    forms: Mapping[str, StepForm]
    answers: Answers
    invalid_step: Step | None = None
    invalid_form: StepForm | None = None

    @property
    def state_before(self) -> PeriodState | None:
        """The state of the period that the draft is about."""
        period = self.answers.get("period")
        return PeriodState.from_terms(period) if period else None


class Draft(StoredDraft):
    """One draft of a browser: its stored data, and its steps as they are at the moment `now` (aware)."""

    def __init__(self, kind: DeclarationKind, draft_id: UUID, session: SessionBase, now: datetime) -> None:
        super().__init__(kind, draft_id, session)
        self.now = now
        # For this request only: the sources of the invalid steps, and the rows that answers refer to.
        self._rejected: dict[str, str] = {}
        self._rows: dict[tuple[str, int], Employer | Period | None] = {}

    # -- forms and their context -------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> Tables:
        """The tables, read once per request."""
        return tables.current()

    @property
    def reference_date(self) -> date:
        """The starting date if it was given, else today."""
        return read_day(self.typed_value("period", "start_date")) or self.now.date()

    @cached_property
    def replaced_period(self) -> Period | None:
        """The cancelled period that this draft declares again."""
        number = self.replaced_period_number
        return Period.objects.select_related("worker", "employer").filter(number=number).first() if number else None

    def form_context(self, answers: Answers, *, is_posted: bool = False) -> StepContext:
        """What the form of a step may know; `answers` are those of the steps before it."""
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
        """The step's form, bound to what was typed and validated again."""
        form = step.form(self.typed(step.slug), context=self.form_context(answers), prefix=step.slug)
        look_up(form, self.looked_up_number)
        return form

    # -- accepted values ---------------------------------------------------------------------------------------

    def accept(self, step: Step, form: StepForm) -> None:
        """Store the answers of a valid form, as typed and as read."""
        self.save(step, form, is_validated=True)
        self._store_values(step, form)

    def _store_values(self, step: Step, form: StepForm) -> None:
        values = to_json(form.cleaned_data)
        if "replaced_period_number" in values:
            # The worker of that period is stored by reference (ruling 11).
            del values["ssin"]
        # One list, so that two tabs that save at once cannot mix source and values.
        self.data.setdefault("accepted", {})[step.slug] = [self._source(step), values]
        self.session.modified = True

    def use_rows(self, form: StepForm) -> None:
        """Reuse the rows that a form looked up, so that each is looked up once per request."""
        for name in ROWS:
            if row := form.cleaned_data.get(name):
                self._rows[name, row.pk] = row

    def _source(self, step: Step) -> str:
        """What the step's values were read from: everything typed so far and the periods that it refers to."""
        slugs = [each.slug for each in STEPS[self.kind]]
        typed = [self.data["step_data"].get(slug) for slug in slugs[: slugs.index(step.slug) + 1]]
        text = json.dumps([typed, self.looked_up_number, self.replaced_period_number], sort_keys=True)
        return blake2b(text.encode(), digest_size=8).hexdigest()

    def is_accepted(self, step: Step) -> bool:
        """Whether the step was answered, and its answers were valid with those before it at the last reading.

        They are read again only if something before them changed, or if the draft began with them.
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
        """The values of an accepted step; None if a row that they refer to no longer exists."""
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
        """The accepted answers of the steps before `step`."""
        steps = STEPS[self.kind]
        return self.answers_of(steps[: steps.index(step)])

    def answers_of(self, steps: Iterable[Step]) -> Answers:
        """The accepted answers of those steps."""
        found = [self.values(each) or {} for each in steps if self.is_accepted(each)]
        return cast(Answers, {name: value for values in found for name, value in values.items()})

    def first_incomplete_step(self, step: Step) -> Step | None:
        """The first step before `step` that is unanswered, or whose answers do not fit those before it.

        For the last step, every step is validated again and no accepted value is used.
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
        """Why that step must come first: it was not filled in, or the period has changed since it was."""
        if issubclass(step.form, ChangeForm) and step.slug in self._rejected:
            return step.form.refresh_message
        return _("Complete this step first: the later steps depend on it.")

    # -- filing ------------------------------------------------------------------------------------------------

    @cached_property
    def validation(self) -> Validation:
        """Every step before the overview, validated again from what was typed: only this is filed."""
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
        """What is filed besides the answers: the typed values by step, and the overview in each language."""
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
    """Open a draft with the data of `steps`; the oldest draft is dropped if there are too many.

    The steps in `unvalidated` hold what was typed, unchecked. If the first page is not among them, the caller has
    looked up its numbers already.
    """
    make_room(session)
    draft = Draft(kind, draft_id or uuid4(), session, now)
    # formtools needs the first, third and fourth.
    session[draft.key] = {"step": None, "step_data": dict(steps), "step_files": {}, "extra_data": {}}
    draft.begun_at_text = now.isoformat(timespec="seconds")
    draft.unvalidated_steps = dict.fromkeys(unvalidated, True)
    if kind != DeclarationKind.IN and "start" not in draft.unvalidated:
        draft.looked_up_number = draft.dated_period_number = dimona.compact(
            draft.typed_value("start", "period_number")
        )
    return draft


def has_submitted(session: SessionBase) -> bool:
    """Whether a declaration filed in this browser session was accepted."""
    return bool(session.get(HAS_SUBMITTED))


def all_drafts(session: SessionBase, now: datetime) -> list[Draft]:
    """Every draft of the browser."""
    names = [key.removeprefix(PREFIX).partition("-") for key in list(session.keys()) if key.startswith(PREFIX)]
    return [Draft(DeclarationKind(kind), UUID(draft_id), session, now) for kind, _dash, draft_id in names]
