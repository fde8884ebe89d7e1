"""What a draft holds so far: the form of each step with its stored answers, read once per request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from formtools.wizard.storage.base import BaseStorage

from referentials.tables import Tables

from ..enums import DeclarationKind
from ..filing import submission
from ..filing.ledger import PeriodState
from ..models import Period
from . import drafts, summary
from .forms.base import StepContext, StepForm
from .forms.changes import ChangeForm
from .forms.fields import read_day
from .steps import STEPS, Step


class Draft:
    """The answers of one draft of a kind, as `storage` keeps them.

    `get_form(slug, data=…)` makes the form of a step; `tables`, `now` (aware), `client` and `has_submitted` (of its
    browser) are those of the request.
    """

    def __init__(
        self,
        kind: DeclarationKind,
        storage: BaseStorage,
        get_form: Callable[..., StepForm],
        *,
        tables: Tables,
        now: datetime,
        client: str,
        has_submitted: bool,
    ) -> None:
        self.kind, self.storage, self.get_form = kind, storage, get_form
        self.tables, self.now, self.client, self.has_submitted = tables, now, client, has_submitted
        self._answered_forms: dict[str, StepForm | None] = {}

    @property
    def unvalidated(self) -> set[str]:
        """The steps whose values were kept as typed, without being checked."""
        return set(self.storage.extra_data.get(drafts.UNVALIDATED, {}))

    @unvalidated.setter
    def unvalidated(self, slugs: set[str]) -> None:
        """Kept as keys, so that two tabs that save at once are merged step by step."""
        self.storage.extra_data = {**self.storage.extra_data, drafts.UNVALIDATED: dict.fromkeys(sorted(slugs), True)}

    def note(self, name: str, value: Any) -> None:
        """Let the draft carry `value` under that name."""
        self.storage.extra_data = {**self.storage.extra_data, name: value}

    @property
    def looked_up_number(self) -> str:
        """The number of the period that the first page looked up; only that one is found again uncounted."""
        return str(self.storage.extra_data.get(drafts.LOOKED_UP_NUMBER, ""))

    def note_dated_period(self, step: Step) -> None:
        """Remember for which period the dates of its step were typed."""
        if step.slug == "period":
            self.note(drafts.DATED_PERIOD_NUMBER, self.looked_up_number)

    def is_of_another_period(self, slug: str) -> bool:
        """Whether that step holds dates typed for another period than the one looked up last."""
        return (
            slug == "period"
            and self.storage.extra_data.get(drafts.DATED_PERIOD_NUMBER, self.looked_up_number) != self.looked_up_number
        )

    def why_incomplete(self, step: Step) -> Any:
        """Why that step comes first: it was not filled in, or the period was changed since it was."""
        form = self.answered_form(step)
        if isinstance(form, ChangeForm):
            return form.refresh_message
        return _("First complete this step: the later ones build on it.")

    def submission(self, draft: UUID) -> submission.Submission:
        """What is kept of the draft: the values by step, and the overview in each language."""
        steps = {slug: form.to_storage(form.cleaned_data) for slug, form in self.forms.items()}
        overviews = summary.in_every_language(self.kind, self.forms)
        return submission.Submission(draft, get_language() or "en", steps, overviews)

    @property
    def state_before(self) -> PeriodState | None:
        """The state of the period that the draft declares on."""
        period = self.answers.get("period")
        return PeriodState.from_terms(period) if period else None

    def form_context(self, slug: str, *, is_posted: bool) -> StepContext:
        """What the form of that step may know: the answers of the steps before it."""
        answers: dict[str, Any] = {}
        for step in STEPS[self.kind]:
            if step.slug == slug:
                break
            form = self.answered_form(step)
            answers |= form.cleaned_data if form and form.is_valid() else {}
        replaced_period = (
            self.replaced_period
            if self.replaced_period and answers.get("employer") == self.replaced_period.employer
            else None
        )
        return StepContext(
            self.kind,
            self.tables,
            self.now.date(),
            self.reference_date,
            answers,
            is_posted,
            client=self.client,
            now=self.now,
            has_submitted=self.has_submitted,
            replaced_period=replaced_period,
            looked_up_number=self.looked_up_number,
        )

    @cached_property
    def replaced_period(self) -> Period | None:
        """The cancelled period that this draft declares anew."""
        number = self.storage.extra_data.get(drafts.REPLACES_PERIOD)
        return Period.objects.select_related("worker", "employer").filter(number=number).first() if number else None

    @property
    def reference_date(self) -> date:
        """The starting date as far as it was given already, else today."""
        data = self.storage.get_step_data("period") or {}
        return read_day(data.get("period-start_date", "")) or self.now.date()

    def answered_form(self, step: Step) -> StepForm | None:
        """The step's form with its stored answers, read once per request; None when it was not answered."""
        if step.slug not in self._answered_forms:
            data = self.storage.get_step_data(step.slug)
            is_answered = data is not None and step.slug not in self.unvalidated
            is_answered = is_answered and not self.is_of_another_period(step.slug)
            self._answered_forms[step.slug] = self.get_form(step.slug, data=data) if is_answered else None
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

    @cached_property
    def forms(self) -> dict[str, StepForm]:
        """Every answered step's form, by name. Read it only when no step is missing."""
        return {step.slug: form for step in STEPS[self.kind] if (form := self.answered_form(step)) and form.is_valid()}

    @cached_property
    def answers(self) -> dict[str, Any]:
        """The cleaned values of every step; fields that do not apply are not among them."""
        return {name: value for form in self.forms.values() for name, value in form.cleaned_data.items()}
