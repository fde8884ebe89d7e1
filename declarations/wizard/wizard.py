"""The wizard: one class for every kind of declaration, on formtools' session wizard with named addresses.

The address alone determines the step. A GET changes no answer; a valid POST redirects; every button saves what was
typed; only Confirm files, and only once.

This is the only module that knows formtools. The wizard uses its hooks `get_prefix`, `get_step_url`, `get_form_kwargs`
and `get_form_initial`, overrides `dispatch`, `get`, `post` and `get_context_data`, and calls `get_form`, `render` and
the attribute `prefix`. The draft keeps its own data; formtools' storage is created and not used. The organisation that
hosts formtools is being archived: to leave formtools, replace this class (docs/decisions/0001).
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from formtools.wizard.views import NamedUrlSessionWizardView

from referentials.bases import LANGUAGES

from ..client_address import client_of
from ..enums import DeclarationKind
from ..filing import submission, workers
from ..filing.answers import Answers
from ..filing.throttling import preview_blocked_until
from ..formatting import display_hour
from ..rules import ON_A_PERIOD
from . import confirm, follow_ups, overview, panel, receipt_page
from .draft import Draft, begin, has_submitted
from .forms.base import StepForm
from .forms.changes import ModificationForm
from .forms.start import StartForm, apply_modify_button
from .lookups import Searcher, look_up
from .responses import gone, no_store, too_many_requests
from .steps import START, STEPS, Step, step_after, step_before, step_of


class DeclarationWizard(NamedUrlSessionWizardView):
    """The steps of one draft of one kind of declaration."""

    kind: DeclarationKind = DeclarationKind.IN

    # -- formtools' hooks --------------------------------------------------------------------------------------

    def get_prefix(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        """A session key per draft, so that drafts in two tabs do not mix."""
        return self.draft.prefix

    def get_step_url(self, step: str) -> str:
        """The address of a step of this draft, in the active language."""
        return self.draft.url(step)

    def get_form_kwargs(self, step: str | None = None) -> dict[str, Any]:
        """What the form may know of the other answers."""
        # The overview does not use accepted values: it shows what is valid now.
        is_overview = self.step is STEPS[self.kind][-1]
        answers = Answers() if is_overview else self.draft.answers_before(self.step)
        return {"context": self.draft.form_context(answers, is_posted=self.request.method == "POST")}

    def get_form_initial(self, step: str) -> dict[str, Any]:
        """Values typed on a step and not checked yet: they are shown again without errors."""
        if step not in self.draft.unvalidated or self.draft.is_of_another_period(step):
            return {}
        typed = self.draft.typed(step)
        return {} if typed is None else {name.removeprefix(f"{step}-"): typed[name] for name in typed}

    def get_template_names(self) -> list[str]:
        """The template of the step; formtools has one for all."""
        return [self.step.template]

    # -- requests ----------------------------------------------------------------------------------------------

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Show the receipt of a filed draft, the explanation for a lost one, else the step.

        Raises SuspiciousOperation for an unknown step.
        """
        step = step_of(self.kind, kwargs["step"])
        if step is None:
            raise SuspiciousOperation("No such step")
        self.step: Step = step
        self.now = timezone.localtime()
        self.draft = Draft(self.kind, kwargs["draft"], request.session, self.now)
        return no_store(self.receipt_or_gone(request) or super().dispatch(request, *args, **kwargs))

    def receipt_or_gone(self, request: HttpRequest) -> HttpResponseBase | None:
        """The receipt of a draft filed here, or the explanation for a lost one; None for an open draft."""
        filed = receipt_page.response_if_submitted(request, self.draft)
        if filed is not None or self.draft.restore(request.POST.get("draft_copy", "")):
            return filed
        return gone(request)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the step, or the first incomplete one before it with the reason."""
        if incomplete := self.draft.first_incomplete_step(self.step):
            if request.GET.get("from") != "home":
                messages.info(request, self.draft.why_incomplete(incomplete))
            return redirect(self.get_step_url(incomplete.slug))
        return self.render(self.shown_form)

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Do what the pressed button asks. If an earlier step is incomplete, what was typed is still saved."""
        response = self.navigate(self.request.POST.get("go", ""), self.request.POST.get("language", ""))
        if response is not None:
            return response
        if self.draft.first_incomplete_step(self.step):
            return self.save_and_redirect(self.step)
        return self.submit_step(self.posted_form)

    def navigate(self, go: str, language: str) -> HttpResponse | None:
        """Handle every button but Next and Confirm: save and go where it leads. None for those two."""
        if language in LANGUAGES:
            return self.save_and_redirect(self.step, language=language)
        acts = {"discard": self.ask_to_discard, "anew": self.declare_anew, "modify": self.modify_instead}
        if act := acts.get(go):
            return act()
        if target := {"previous": step_before(self.kind, self.step), "refresh": self.step}.get(go):
            return self.save_and_redirect(target)
        if target := step_of(self.kind, go):
            return self.save_and_redirect(target, query="?from=overview" if self.step.slug == "overview" else "")
        if go or language:
            raise SuspiciousOperation("No such button")
        return None

    def ask_to_discard(self) -> HttpResponse:
        """Save what was typed and ask whether to discard it."""
        self.save_unvalidated()
        return redirect("discard", kind=self.kind.value, draft=self.draft.id)

    def declare_anew(self) -> HttpResponse:
        """Cancel the period and declare it again with the dates typed here, as far as they can be read.

        Raises SuspiciousOperation for another kind and on the first page, which do not have this button.
        """
        if self.kind != DeclarationKind.MODIFICATION or self.step is START:
            raise SuspiciousOperation("No such button")
        if self.draft.first_incomplete_step(self.step):
            return self.save_and_redirect(self.step)
        self.save_unvalidated()
        period = self.draft.answers_of([START]).get("period")
        if period is None:
            return self.save_and_redirect(self.step)
        form = self.posted_form if self.step.slug == "period" else self.draft.validation.forms.get("period")
        state_after = form.state_after if isinstance(form, ModificationForm) and form.is_valid() else None
        messages.info(
            self.request,
            _("Confirm this Cancellation first. From its receipt you can then continue with the new Dimona IN."),
        )
        return redirect(follow_ups.begin_cancellation(self.draft, period, state_after).url())

    def modify_instead(self) -> HttpResponse:
        """Begin a Modification of a period that another OUT ended. Raises SuspiciousOperation like `declare_anew`."""
        if self.kind != DeclarationKind.OUT or self.step.slug != "overview":
            raise SuspiciousOperation("No such button")
        if self.draft.first_incomplete_step(self.step) or self.draft.validation.invalid_step:
            return self.save_and_redirect(self.step)
        self.save_unvalidated()
        return redirect(follow_ups.begin_modification(self.draft).url())

    def submit_step(self, form: StepForm) -> HttpResponse:
        """Handle Next or Confirm: store valid answers and move on; show an invalid form with its errors."""
        if form.needs_refresh:
            messages.info(self.request, form.refresh_message)
            return self.save_and_redirect(self.step)
        searcher = Searcher(client_of(self.request), self.now, has_submitted(self.request.session))
        blocked_until = look_up(form, self.draft.looked_up_number, searcher)
        if not form.is_valid():
            self.save_unvalidated()
            return too_many_requests(self.render(form), blocked_until, self.now)
        if isinstance(form, StartForm):
            if form.declared_kind != self.kind:
                return self.begin_other_kind(form)
            self.draft.looked_up_number = form.cleaned_data.get("period_number", "")
        self.draft.accept(self.step, form)
        if self.step is STEPS[self.kind][-1]:
            return self.confirm(form)
        after = "overview" if self.request.GET.get("from") == "overview" else step_after(self.kind, self.step).slug
        return redirect(self.get_step_url(after))

    def begin_other_kind(self, form: StartForm) -> HttpResponse:
        """Begin a new draft for the other kind chosen, with the values of the first page (ruling 18)."""
        kind = form.declared_kind
        draft = begin(self.request.session, kind, {"start": form.to_storage()}, now=self.now)
        draft.accept(START, form)
        return redirect(draft.url())

    def confirm(self, form: StepForm) -> HttpResponse:
        """File on Confirm. If what would be filed differs from what was displayed, show a fresh overview instead."""
        if self.request.POST.get("answers_digest") != self.answers_digest:
            return self.render(form, change_notice=_("The answers were changed in another window. Check them again."))
        if self.draft.validation.invalid_step:
            return self.render(form, change_notice=overview.CHANGE_NOTICES[self.kind in ON_A_PERIOD])
        posted = self.request.POST.get("displayed_preview", "")
        displayed_fingerprint = overview.displayed_fingerprint(posted, self.prefix, self.answers_digest)
        try:
            declaration = confirm.submit(
                self.draft, form, client_of(self.request), displayed_fingerprint=displayed_fingerprint
            )
        except confirm.TooManySubmissionsError as wait:
            words = overview.TOO_MANY_SUBMISSIONS % {"time": display_hour(wait.until, self.now)}
            return too_many_requests(self.render(form, change_notice=words), wait.until, self.now)
        except submission.AssessmentChangedError as change:
            self.reload()
            return self.render(
                self.posted_form, change_notice=overview.CHANGE_NOTICES[change.assessment.state_before is not None]
            )
        return receipt_page.close_and_show_receipt(self.request, self.draft, declaration)

    def reload(self) -> None:
        """Forget what this request read, so that a fresh overview shows the period and the answer at one moment."""
        self.draft = Draft(self.kind, self.draft.id, self.request.session, self.now)
        for name in ("posted_form", "preview"):
            self.__dict__.pop(name, None)

    # -- the draft ---------------------------------------------------------------------------------------------

    @cached_property
    def posted_form(self) -> StepForm:
        """This step's form, bound to the posted values."""
        return self.get_form(self.step.slug, data=apply_modify_button(self.request.POST, START.slug))

    def save_unvalidated(self) -> None:
        """Store the posted values of this step without checking them."""
        if self.draft.typed(self.step.slug) != MultiValueDict(self.posted_form.to_storage()):
            self.draft.save(self.step, self.posted_form, is_validated=False)

    def save_and_redirect(self, step: Step, *, language: str = "", query: str = "") -> HttpResponseRedirect:
        """Store what was typed and redirect to `step`, in another language if one is given."""
        self.save_unvalidated()
        with override(language or get_language()):
            url = self.get_step_url(step.slug)
        if step is self.step and self.request.GET.get("from") == "overview":
            query = "?from=overview"
        return HttpResponseRedirect(url + query)

    # -- the overview ------------------------------------------------------------------------------------------

    @cached_property
    def preview(self) -> submission.Assessment | None:
        """The result of filing now; None if too many previews were requested."""
        if self.blocked_until:
            return None
        return submission.assess(self.kind, self.draft.validation.answers, at=self.now, tables=self.draft.tables)

    @cached_property
    def blocked_until(self) -> datetime | None:
        """When a preview can be shown again; None if it can now. The same answers count once, however often shown."""
        if self.draft.previewed_digest == self.answers_digest:
            return None
        until = preview_blocked_until(
            client_of(self.request), workers.worker_key(self.draft.validation.answers), self.now
        )
        if until is None:
            self.draft.previewed_digest = self.answers_digest
        return until

    @property
    def answers_digest(self) -> str:
        """A digest that changes with every answer displayed on the overview."""
        return overview.digest({step.slug: self.draft.typed(step.slug) for step in STEPS[self.kind]}, self.prefix)

    # -- pages -------------------------------------------------------------------------------------------------

    @property
    def shown_form(self) -> StepForm:
        """The form for a GET: with the answers, else what was typed, else the defaults."""
        slug = self.step.slug
        form: StepForm = self.get_form(slug, data=self.draft.typed(slug) if self.draft.is_answered(slug) else None)
        look_up(form, self.draft.looked_up_number)
        if form.is_bound:
            self.draft.use_rows(form)
        return form

    def get_context_data(self, form: StepForm, **kwargs: Any) -> dict[str, Any]:
        """The context of every step's template: form, panel and copy of the draft. The overview adds its own."""
        context = super().get_context_data(form=form, **kwargs)
        if self.step is STEPS[self.kind][-1]:
            context |= self.overview_context(form)
            found = self.draft.validation
            done, answers = [step for step in STEPS[self.kind] if step.slug in found.forms], found.answers
        else:
            done = self.accepted_steps
            answers = self.draft.answers_of(done)
        count = STEPS[self.kind][-1].number
        return context | {
            "step": {"slug": self.step.slug, "title": self.step.title, "number": self.step.number, "count": count},
            "panel_title": panel.PANEL_TITLES[self.kind],
            "panel": panel.rows(self.kind, self.step, done, answers),
            "draft_copy": self.draft.encrypted_copy,
            "has_previous": self.step is not STEPS[self.kind][0],
        }

    @property
    def accepted_steps(self) -> list[Step]:
        """The steps before the first incomplete one."""
        steps = STEPS[self.kind]
        incomplete = self.draft.first_incomplete_step(steps[-1])
        return list(steps[: steps.index(incomplete)] if incomplete else steps[:-1])

    def overview_context(self, form: StepForm) -> dict[str, Any]:
        """The overview's own context: the answers that are valid now, and the result of filing now."""
        found = self.draft.validation
        if found.invalid_step:
            return overview.invalid_context(found, form) | {"answers_digest": self.answers_digest}
        signed = overview.sign(self.preview, found.state_before, self.prefix, self.answers_digest)
        return overview.context(found.forms, form, self.preview, self.now) | {
            "answers_digest": self.answers_digest,
            "displayed_preview": signed,
            "next_preview_at": display_hour(self.blocked_until, self.now) if self.blocked_until else "",
        }
