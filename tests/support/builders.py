"""Builders for journeys: typed answers, a walk through the pages, and rows as filing writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from declarations.enums import DeclarationKind
from declarations.filing import submission
from declarations.models import Declaration, DeclarationRank, Period, Worker
from declarations.names import family_name_hash, ssin_hash
from declarations.wizard import summary
from declarations.wizard.forms.base import StepContext, StepForm
from declarations.wizard.lookups import look_up
from declarations.wizard.steps import STEPS
from referentials import tables
from referentials.models import Employer
from referentials.numbers import dimona

from .pages import form_data

# The demo employers, named after their special property.
ORDINARY = "0852093431"
WITHOUT_ADDRESS = "0999010324"
CONSTRUCTION = "0999010423"
AGENCY = "0999010522"
CONSTRUCTION_USER = "0999010621"
RESTAURANT = "0999010720"
BROADCASTER = "0999010819"
SECURED_ONLY = "0999010918"
INACTIVE = "0999011017"
PROVISIONAL = "5999010104"

ERIC, ZOE, BORN_2001, BIS = "85073003328", "04123100241", "01050907729", "79430345062"

# Monday; the answers below are in time and within their quarter.
MONDAY = "2026-03-02 09:00"

START = {"identifier_kind": "enterprise", "employer_number": ORDINARY, "kind": "in"}
BY_SSIN = {"knows_ssin": "yes", "ssin": ERIC}
BY_NAME = {
    "knows_ssin": "no",
    "family_name": "Nieuwkomer",
    "given_name": "Isaura",
    "sex": "2",
    "birth_date": "17/11/1991",
    "birth_place": "Oostkamp",
    "birth_country": "00150",
    "nationality": "00150",
    "street": "Zandstraatje",
    "house_number": "88",
    "postal_code": "8020",
    "town": "Hertsberge",
    "country": "00150",
}
CARDS = {"first_month_card": "3636", "next_month_card": "3737"}
SMALL_STATUTE = {"nature": "EMPLOYEE", "risk_code": "401", "trainee_status": "F1"}
USER = {"user_enterprise_number": CONSTRUCTION_USER}
WORKPLACE = {
    "workplace_name": "Elders",
    "workplace_street": "Anderstraat",
    "workplace_house_number": "1",
    "workplace_postal_code": "9000",
    "workplace_town": "Gent",
    "workplace_country": "00150",
}
HOURS = {"start_time": "10:00", "end_time": "18:00"}
STARTS = {"start_date": "2/3/2026"}
ONE_DAY = {**STARTS, "end_date": "2/3/2026"}
TO_THE_END_OF_MARCH = {**STARTS, "end_date": "31/3/2026"}

# Additional answers for each type of worker, with valid dates. Article 17 ended in 2021.
BY_TYPE: dict[str, dict[str, str]] = {
    "A17": {"start_date": "31/12/2021", "end_date": "31/12/2021"},
    "ALT": STARTS,
    "BCW": STARTS,
    "DWD": STARTS,
    "EXT": {**ONE_DAY, **HOURS},
    "FLX": {**ONE_DAY, **HOURS, "duration_unit": "day"},
    "IVT": {**SMALL_STATUTE, **TO_THE_END_OF_MARCH},
    "O17": {**TO_THE_END_OF_MARCH, "planned_hours": "20"},
    "OTH": STARTS,
    "PMP": STARTS,
    "RTA": STARTS,
    "S17": {**TO_THE_END_OF_MARCH, "planned_hours": "20"},
    "STG": {**SMALL_STATUTE, **TO_THE_END_OF_MARCH},
    "STU": {**TO_THE_END_OF_MARCH, **HOURS, "planned_hours": "20"},
    "T17": ONE_DAY,
    "TRI": {**SMALL_STATUTE, **TO_THE_END_OF_MARCH},
}


def answers_for(joint_committee: str, worker_type: str, **changes: str) -> dict[str, str]:
    """All answers for a worker known by SSIN, as the pages of that committee and type require them."""
    answers = {
        **START,
        **BY_SSIN,
        "joint_committee": joint_committee,
        "worker_type": worker_type,
        **BY_TYPE[worker_type],
    }
    if joint_committee == "124" or worker_type == "BCW":
        answers |= CARDS
    if joint_committee == "322":
        committee = {"BCW": "124", "EXT": "302"}.get(worker_type, "")
        answers |= {**USER, "user_joint_committee": committee, "end_date": answers.get("end_date", "31/3/2026")}
    if joint_committee == "302" and worker_type == "EXT":
        answers |= {"duration_unit": "hour"}
    return {**answers, **changes}


def without(answers: Mapping[str, str], *names: str) -> dict[str, str]:
    """The answers without those names."""
    return {name: value for name, value in answers.items() if name not in names}


def answers_by_name(joint_committee: str, worker_type: str, **changes: str) -> dict[str, str]:
    """The same for a worker whose SSIN is not known."""
    return {**without(answers_for(joint_committee, worker_type), "ssin"), **BY_NAME, **changes}


def kind_of(answers: Mapping[str, str]) -> DeclarationKind:
    """The kind of declaration that the answers choose on the first page."""
    return DeclarationKind(answers.get("kind", "in"))


def step_data(slug: str, answers: Mapping[str, str], kind: DeclarationKind = DeclarationKind.IN) -> dict[str, str]:
    """The answers of that step, under the names of its inputs."""
    form = next(step.form for step in STEPS[kind] if step.slug == slug)
    names = {*form.base_fields, *form.zones}
    return {f"{slug}-{name}": value for name, value in answers.items() if name in names}


def url_token(url: str) -> str:
    """The draft or the token in an address: /en/in/<draft>/…/, /en/receipt/<token>/."""
    return url.split("/")[3]


class Walk:
    """A walk of one draft through the real pages; `begin` sets its kind from the answers."""

    def __init__(
        self,
        client: Client,
        language: str = "en",
        draft: UUID | None = None,
        kind: DeclarationKind = DeclarationKind.IN,
    ) -> None:
        self.client = client
        self.language = language
        self.draft = draft or uuid4()
        self.kind = kind

    @classmethod
    def from_url(cls, client: Client, url: str) -> Walk:
        """A walk of the draft at that address: /en/out/<draft>/period/."""
        _root, language, kind, draft, *_step = url.split("/")
        return cls(client, language, UUID(draft), DeclarationKind(kind))

    def url(self, step: str, language: str = "") -> str:
        """The address of a step."""
        with override(language or self.language):
            return reverse(self.kind.value, kwargs={"draft": self.draft, "step": step})

    def get(self, step: str, **query: str) -> Any:
        """The response to a GET of a step."""
        return self.client.get(self.url(step), query)

    def post(self, step: str, answers: Mapping[str, str] = {}, query: str = "", **others: str) -> Any:
        """The response to posting a step's answers; `others` are buttons and hidden inputs."""
        return self.client.post(self.url(step) + query, {**step_data(step, answers, self.kind), **others})

    def fill_in(self, step: str, answers: Mapping[str, str] = {}, **others: str) -> Any:
        """The response to posting a step's page with its displayed values, changed by the answers."""
        return self.post(
            step, answers, **{**form_data(self.get(step)), **step_data(step, answers, self.kind), **others}
        )

    def next(self, step: str, answers: Mapping[str, str] = {}) -> Any:
        """Press Next and expect a redirect. A Modification's pages are posted with their displayed values."""
        send = self.fill_in if self.kind == DeclarationKind.MODIFICATION else self.post
        response = send(step, answers)
        assert response.status_code == 302, response.context["form"].errors
        return response

    def begin(self, answers: Mapping[str, str] = START) -> Walk:
        """Send the first page, which starts a draft."""
        with override(self.language):
            response = self.client.post(reverse("home"), step_data("start", answers))
        assert response.status_code == 302, response.context["form"].errors
        self.draft, self.kind = UUID(url_token(response.url)), kind_of(answers)
        return self

    def to(self, slug: str, answers: Mapping[str, str]) -> Walk:
        """Begin, and fill in every step before `slug`."""
        self.begin(answers)
        slugs = [step.slug for step in STEPS[self.kind]]
        for each in slugs[1 : slugs.index(slug)]:
            self.next(each, answers)
        return self

    def hidden(self, page: Any = None) -> dict[str, str]:
        """The hidden fields of the overview."""
        shown = (page or self.get("overview")).context
        return {name: shown[name] for name in ("answers_digest", "displayed_preview", "draft_copy")}

    def confirm(self, **others: str) -> Any:
        """Open the overview and press Confirm."""
        return self.client.post(self.url("overview"), {**self.hidden(), **others})

    @property
    def session_key(self) -> str:
        """Where the session keeps this draft."""
        return f"wizard_{self.kind.value}-{self.draft}"

    def stored_input(self) -> dict[str, str]:
        """What the session keeps of this draft, by input name."""
        data = self.client.session[self.session_key]["step_data"]
        return {name: values[-1] for step in data.values() for name, values in step.items()}


def submitted_declaration(response: HttpResponse) -> Declaration:
    """The declaration whose receipt the response to Confirm redirects to."""
    assert response.status_code == 302, "Confirm did not file"
    return Declaration.objects.get(receipt_token=url_token(response["Location"]))


def submit_pages(client: Client, answers: Mapping[str, str], language: str = "en") -> Declaration:
    """Walk a declaration through every page and confirm it."""
    return submitted_declaration(Walk(client, language).to("overview", answers).confirm())


def codes(declaration: Declaration) -> set[str]:
    """The codes of the declaration's anomalies."""
    return set(declaration.anomalies.values_list("code", flat=True))


# -- rows, and the domain call without pages -------------------------------------------------------------------


def worker(ssin: str = ERIC, **identity: str) -> Worker:
    """A stored worker with that identity, created if missing."""
    known = {
        "ssin": ssin,
        "identity": identity,
        "family_name_hash": family_name_hash(identity.get("family_name", "")),
    }
    return Worker.objects.update_or_create(ssin_hash=ssin_hash(ssin), defaults=known)[0]


def employer(number: str = ORDINARY) -> Employer:
    """A demo employer, by its enterprise number, or its provisional NSSO number."""
    column = "provisional_nsso_number" if number == PROVISIONAL else "enterprise_number"
    return Employer.objects.get(**{column: number})


def period(joint_committee: str, worker_type: str, start: str, end: str = "", **changes: Any) -> Period:
    """A stored period, by default of Éric at the ordinary employer; days in ISO format."""
    day, current = date.fromisoformat(start), tables.current()
    number = dimona.from_rank(submission.FIRST_RANK + DeclarationRank.objects.create().pk)
    fields = {
        "number": number,
        "worker": worker() if "worker" not in changes else None,
        "employer": employer() if "employer" not in changes else None,
        "joint_committee": current.joint_committee(joint_committee, day),
        "worker_type": current.worker_type(worker_type, day),
        "start_date": day,
        "end_date": date.fromisoformat(end) if end else None,
    }
    return Period.objects.create(**{**fields, **changes})


def step_form(
    slug: str,
    answers: Mapping[str, str],
    today: date,
    before: Mapping[str, Any] = {},
    kind: DeclarationKind = DeclarationKind.IN,
) -> StepForm:
    """The bound form of a step; `before` are the values of the earlier steps."""
    step = next(step for step in STEPS[kind] if step.slug == slug)
    context = StepContext(kind, tables.current(), today, today, dict(before), is_posted=True)
    form = step.form(step_data(slug, answers, kind), context=context, prefix=slug)
    look_up(form, dimona.compact(answers.get("period_number", "")))
    return form


def valid_forms(answers: Mapping[str, str], at: datetime) -> dict[str, StepForm]:
    """The forms by step, with those answers. Fails with the errors of a step that is not valid."""
    forms: dict[str, StepForm] = {}
    for step in STEPS[kind_of(answers)]:
        form = step_form(step.slug, answers, at.date(), merge_answers(forms), kind_of(answers))
        assert form.is_valid(), form.errors
        forms[step.slug] = form
    return forms


def merge_answers(forms: Mapping[str, StepForm]) -> dict[str, Any]:
    """The cleaned answers of all these steps."""
    return {name: value for form in forms.values() for name, value in form.cleaned_data.items()}


def cleaned_answers(answers: Mapping[str, str], at: datetime) -> dict[str, Any]:
    """The cleaned data of all steps. Fails with the errors of an invalid step."""
    return merge_answers(valid_forms(answers, at))


def submit(answers: Mapping[str, str], at: datetime, draft: UUID | None = None, language: str = "en") -> Declaration:
    """File with `submission.submit`, as the wizard does after showing the preview."""
    kind, forms, current = kind_of(answers), valid_forms(answers, at), tables.current()
    values = merge_answers(forms)
    assessment = submission.assess(kind, values, at=at, tables=current)
    return submission.submit(
        kind,
        values,
        submission.Submission(draft or uuid4(), language, {}, summary.in_every_language(kind, forms)),
        at=at,
        tables=current,
        displayed_fingerprint=assessment.fingerprint,
    )
