"""The wizard: one class for every kind of declaration, on formtools' session wizard with named addresses.

The step comes from the address alone. A GET changes no answer; a valid POST redirects; what was typed is kept by every
button; filing happens on Confirm only, and once.
"""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from formtools.wizard.views import NamedUrlSessionWizardView

from referentials import tables
from referentials.bases import LANGUAGES

from . import drafts, overview, panel, receipts, submission, summary
from .enums import DeclarationKind
from .forms.base import Context, StepForm
from .forms.fields import read_day
from .responses import lost, private
from .steps import PANEL_TITLES, STEPS, Step, step_after, step_before, step_of


class DeclarationWizard(NamedUrlSessionWizardView):
    """The steps of one draft of one kind of declaration."""

    kind: DeclarationKind = DeclarationKind.IN

    # -- formtools' hooks --------------------------------------------------------------------------------------

    def get_prefix(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """One place in the session per draft: two tabs with two drafts do not mix."""
        return drafts.wizard_prefix(self.kind, kwargs["draft"])

    def get_step_url(self, step: str) -> str:
        """The address of a step of this draft, in the active language."""
        return reverse(self.url_name, kwargs={"draft": self.kwargs["draft"], "step": step})

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        """What the form may know of the other answers."""
        return {"context": self.context_of(str(step))}

    def get_form_initial(self, step: str) -> dict[str, Any]:
        """What was typed on a step and not checked yet comes back as it was typed, without errors."""
        if step not in self.unchecked:
            return {}
        typed = self.storage.get_step_data(step) or {}
        return {name.removeprefix(f"{step}-"): typed[name] for name in typed}

    def process_step(self, form: StepForm) -> dict[str, list[str]]:
        """Only the form's own fields stay in the session; no token, no button, nothing else that was posted."""
        return form.kept()

    def get_template_names(self) -> list[str]:
        """The template of the step's row; formtools has one for all."""
        return [self.step.template]

    # -- requests ----------------------------------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The receipt of a draft that was filed, the page that explains a lost one, else the step.

        Raises SuspiciousOperation for a step that is not in the table.
        """
        step = step_of(self.kind, kwargs["step"])
        if step is None:
            raise SuspiciousOperation("No such step")
        self.step: Step = step
        self.now = timezone.localtime()
        self._checked: dict[str, StepForm | None] = {}
        return private(self.filed_or_lost(request, kwargs["draft"]) or super().dispatch(request, *args, **kwargs))

    def filed_or_lost(self, request: HttpRequest, draft: UUID) -> HttpResponseBase | None:
        """The receipt of a draft already filed from here, or the page that explains; None for a draft under way."""
        self.session_key = drafts.session_key(self.kind, draft)
        filed = receipts.of_a_filed_draft(request, self.kind, draft)
        if filed is not None or drafts.restore(request, self.kind, draft):
            return filed
        return lost(request)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The step, or the first one missing before it, with a sentence that says why."""
        if gap := self.gap_before(self.step):
            if request.GET.get("from") != "home":
                messages.info(request, _("First complete this step: the later ones build on it."))
            return redirect(self.get_step_url(gap.slug))
        return self.render(self.shown_form(self.step))

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the pressed button asks for; nothing typed is dropped where an earlier step is missing."""
        left = self.leave(self.request.POST.get("go", ""), self.request.POST.get("language", ""))
        if left is not None:
            return left
        if self.gap_before(self.step):
            return self.keep_and_go(self.step)
        return self.take(self.posted)

    def leave(self, go: str, language: str) -> HttpResponse | None:
        """Every button but Next and Confirm: keep what was typed and go where it leads; None for those two."""
        if language in LANGUAGES:
            return self.keep_and_go(self.step, language=language)
        if go == "discard":
            self.keep_typed()
            return redirect("discard", kind=self.kind.value, draft=self.kwargs["draft"])
        if target := {"previous": step_before(self.kind, self.step), "refresh": self.step}.get(go):
            return self.keep_and_go(target)
        if target := step_of(self.kind, go):
            return self.keep_and_go(target, query="?from=overview" if self.step.slug == "overview" else "")
        if go or language:
            raise SuspiciousOperation("No such button")
        return None

    def take(self, form: StepForm) -> HttpResponse:
        """Next or Confirm: keep the answers of a valid form and move on; show an invalid one with its errors."""
        if form.needs_refresh:
            messages.info(self.request, _("Your choice brings other fields: check this page, then go on."))
            return self.keep_and_go(self.step)
        if not form.is_valid():
            self.keep_typed()
            return self.render(form)
        self.storage.set_step_data(self.step.slug, self.process_step(form))
        self.unchecked = self.unchecked - {self.step.slug}
        if self.step is STEPS[self.kind][-1]:
            return self.render_done(form)
        is_change = self.request.GET.get("from") == "overview"
        return redirect(self.get_step_url("overview" if is_change else step_after(self.kind, self.step).slug))

    def render_done(self, form: StepForm, **kwargs: Any) -> HttpResponse:
        """File on Confirm; a fresh overview instead when what was displayed is no longer what would be filed."""
        if self.request.POST.get("displayed_answers") != self.answers_digest:
            return self.render(form, changed=_("The answers were changed in another window. Check them again."))
        try:
            declaration = submission.submit(
                self.kind,
                self.answers,
                self.filing(),
                at=self.now,
                tables=self.tables,
                displayed=overview.signed(self.request.POST.get("displayed_forecast", ""), self.prefix),
            )
        except submission.AnswerChangedError as change:
            self.forecast = change.answer
            return self.render(form, changed=_("The office’s answer has changed since this page was shown. Check it."))
        drafts.close(self.request, self.kind, self.kwargs["draft"])
        return redirect("receipt", token=declaration.receipt_token)

    # -- the draft ---------------------------------------------------------------------------------------------

    @property
    def unchecked(self) -> set[str]:
        """The steps whose values were kept as typed, without being checked."""
        return set(self.storage.extra_data.get(drafts.UNCHECKED, {}))

    @unchecked.setter
    def unchecked(self, slugs: set[str]) -> None:
        """Kept as keys, so that two tabs that save at once are merged step by step."""
        self.storage.extra_data = {**self.storage.extra_data, drafts.UNCHECKED: dict.fromkeys(sorted(slugs), True)}

    def keep_typed(self) -> None:
        """Keep the posted values of this step without checking them."""
        typed = self.posted.kept()
        if self.storage.get_step_data(self.step.slug) == MultiValueDict(typed):
            return
        self.storage.set_step_data(self.step.slug, typed)
        self.unchecked = self.unchecked | {self.step.slug}

    def keep_and_go(self, step: Step, *, language: str = "", query: str = "") -> HttpResponseRedirect:
        """Keep what was typed and show `step`, in another language if one is given."""
        self.keep_typed()
        with override(language or get_language()):
            url = self.get_step_url(step.slug)
        if step is self.step and self.request.GET.get("from") == "overview":
            query = "?from=overview"
        return HttpResponseRedirect(url + query)

    # -- the answers so far ------------------------------------------------------------------------------------

    @cached_property
    def tables(self) -> tables.Tables:
        """The tables as they stood when this request began."""
        return tables.current()

    def context_of(self, slug: str) -> Context:
        """What the form of that step may know: the answers of the steps before it."""
        answers: dict[str, Any] = {}
        for step in STEPS[self.kind]:
            if step.slug == slug:
                break
            form = self.checked(step)
            answers |= form.cleaned_data if form and form.is_valid() else {}
        is_posted = self.request.method == "POST" and slug == self.step.slug
        return Context(self.kind, self.tables, self.now.date(), self.declared_start, answers, is_posted)

    @property
    def declared_start(self) -> date:
        """The starting date as far as it was given already, else today."""
        data = self.storage.get_step_data("period") or {}
        return read_day(data.get("period-start_date", "")) or self.now.date()

    @cached_property
    def posted(self) -> StepForm:
        """This step's form with what was posted."""
        return self.get_form(self.step.slug, data=self.request.POST)

    def checked(self, step: Step) -> StepForm | None:
        """The step's form with its stored answers, read once per request; None when it was not answered."""
        if step.slug not in self._checked:
            data = self.storage.get_step_data(step.slug)
            is_answered = data is not None and step.slug not in self.unchecked
            self._checked[step.slug] = self.get_form(step.slug, data=data) if is_answered else None
        return self._checked[step.slug]

    def gap_before(self, step: Step) -> Step | None:
        """The first step before `step` that is unanswered or no longer valid."""
        for each in STEPS[self.kind]:
            if each is step:
                return None
            form = self.checked(each)
            if form is None or not form.is_valid():
                return each
        return None

    @cached_property
    def forms(self) -> dict[str, StepForm]:
        """Every answered step's form, by name. Read it only when no step is missing."""
        return {step.slug: form for step in STEPS[self.kind] if (form := self.checked(step)) and form.is_valid()}

    @cached_property
    def answers(self) -> dict[str, Any]:
        """The cleaned values of every step; fields that do not apply are not among them."""
        return {name: value for form in self.forms.values() for name, value in form.cleaned_data.items()}

    # -- the overview ------------------------------------------------------------------------------------------

    @cached_property
    def forecast(self) -> submission.Answer:
        """What the office would answer now."""
        return submission.examine(self.kind, self.answers, at=self.now, tables=self.tables)

    @property
    def answers_digest(self) -> str:
        """Changes with any answer that the overview displays."""
        return overview.digest({slug: self.storage.get_step_data(slug) for slug in self.forms}, self.prefix)

    def filing(self) -> submission.Filing:
        """What is kept of this draft: the values by step, and the overview in each language."""
        steps = {slug: form.kept(form.cleaned_data) for slug, form in self.forms.items()}
        shown = summary.in_every_language(self.kind, self.forms)
        return submission.Filing(self.kwargs["draft"], get_language() or "en", steps, shown)

    # -- pages -------------------------------------------------------------------------------------------------

    def shown_form(self, step: Step) -> StepForm:
        """The form as a GET shows it: checked answers, else what was typed, else the defaults."""
        form = self.checked(step)
        return form if form is not None else self.get_form(step.slug)

    def get_context_data(self, form: StepForm, **kwargs: Any) -> dict[str, Any]:
        """What every step's template shows: the form, the panel, the copy of the draft; the overview adds its own."""
        context = super().get_context_data(form=form, **kwargs)
        if self.step.slug == "overview":
            context |= overview.context(self.forms, form, self.forecast)
            context["displayed_answers"] = self.answers_digest
            context["displayed_forecast"] = overview.sign(self.forecast.fingerprint, self.prefix)
        steps = STEPS[self.kind]
        return context | {
            "step": {
                "slug": self.step.slug,
                "title": self.step.title,
                "number": self.step.number,
                "count": steps[-1].number,
            },
            "panel_title": PANEL_TITLES[self.kind],
            "panel": panel.rows(steps, self.step, self.gap_before(steps[-1]), self.checked),
            "draft_copy": drafts.seal(self.session_key, self.storage.data),
            "has_previous": self.step is not steps[0],
        }
