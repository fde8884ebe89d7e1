"""The first page of a declaration on a period: its fields, the number however typed, and what is told of its state."""

from __future__ import annotations

import pytest

from declarations.enums import DeclarationKind
from referentials.numbers import dimona

from ..support.builders import (
    BY_NAME,
    MONDAY,
    RESTAURANT,
    START,
    Walk,
    answers_for,
    submit_pages,
    submitted_declaration,
    without,
)
from ..support.pages import error_codes, form_data, page_text
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    ON_A_PERIOD,
    OUT,
    cancel,
    close,
    first_page,
    open_period,
    period_answers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

LANGUAGES = ("nl", "fr", "de", "en")
SECOND_OF_MARCH = {"nl": "02/03/2026", "fr": "02/03/2026", "de": "02.03.2026", "en": "02/03/2026"}
RADIOS = ["flat", "student", "hour", "day", "planned", "other"]


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def numbered(number: str, kind: DeclarationKind) -> dict[str, str]:
    """The first page with a number that is of no period."""
    return {**START, "kind": kind.value, "period_number": number, "period_characteristics": "other"}


def test_every_field_is_on_the_page_whatever_is_chosen(client):
    """Without JavaScript only those of the chosen declaration count."""
    period = open_period()
    pages = [client.get("/en/")]
    pages += [Walk(client).begin(period_answers(period, kind)).get("start") for kind in DeclarationKind]
    for page in pages:
        assert page.text.count('name="start-kind"') == 4
        assert [f'value="{radio}"' in page.text for radio in RADIOS] == [True] * 6
        assert page.text.count('name="start-period_characteristics"') == 6
        assert page.text.count('name="start-period_number"') == 1
    assert [form_data(page)["start-kind"] for page in pages] == ["in", *DeclarationKind.values]
    assert "start-period_characteristics" not in form_data(pages[0])


def test_the_six_characteristics_are_named_as_in_the_manual(client):
    labels = [str(radio.choice_label) for radio in client.get("/fr/").context["form"]["period_characteristics"]]
    assert len(labels) == 6
    text = page_text(client.get("/fr/"))
    for label in (
        "Dimona forfait journalier",
        "Etudiant en heures (date de début après 2017)",
        "Occasionnel ou Flexi-Job journalier",
        "Article 17 avant 2022, Article 17 des TV publiques",
        "Article 17 du secteur du sport ou socio-culturel et autres",
        "Autre",
        "Numéro d’identification de la période",
    ):
        assert label in text.replace("'", "’"), label


# -- what counts -----------------------------------------------------------------------------------------------

JUNK = {"period_number": "not a number", "period_characteristics": "nonsense"}


def test_an_in_does_not_look_at_the_fields_of_a_period(client):
    walk = Walk(client).begin({**START, **JUNK})
    assert walk.get("employer").status_code == 200
    declaration = submit_pages(client, {**answers_for("XXX", "OTH"), **JUNK})
    assert "not a number" not in str(declaration.answers)
    assert "nonsense" not in str(declaration.answers)


@pytest.mark.parametrize("kind", [OUT, CANCELLATION])
def test_only_a_modification_looks_at_the_characteristics(client, kind):
    period = open_period()
    walk = Walk(client).begin(period_answers(period, kind, period_characteristics="nonsense"))
    answers = period_answers(period, kind, period_characteristics="flat", end_date="6/3/2026")
    assert walk.get("period" if kind == OUT else "overview").status_code == 200
    assert "period_characteristics" not in submit_pages(client, answers).answers["values"]


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_the_number_of_the_period_is_asked(client, kind):
    found = error_codes(first_page(client, period_answers(open_period(), kind, period_number=" ")))
    assert found == {"period_number": ["00913-001"]}


@pytest.mark.parametrize("chosen", [{}, {"period_characteristics": "nonsense"}])
def test_a_modification_asks_what_the_period_is(client, chosen):
    answers = {**without(period_answers(open_period(), MODIFICATION), "period_characteristics"), **chosen}
    answer = first_page(client, answers)
    assert list(error_codes(answer)) == ["period_characteristics"]
    assert "Choose the characteristics of the period." in page_text(answer)


@pytest.mark.parametrize(
    ("committee", "worker_type", "wrong", "right"),
    [
        ("XXX", "OTH", "student", "Other"),
        ("XXX", "STU", "other", "Student based on hours (starting date after 2017)"),
        ("XXX", "FLX", "other", "Occasional or daily flexi-job workers"),
        ("XXX", "O17", "day", "Article 17 sports or socio-cultural sector and others"),
        ("144", "EXT", "flat", "Occasional or daily flexi-job workers"),
    ],
)
def test_a_wrong_radio_names_the_right_one(client, committee, worker_type, wrong, right):
    period = open_period(committee, worker_type)
    answer = first_page(client, period_answers(period, MODIFICATION, period_characteristics=wrong))
    assert list(error_codes(answer)) == ["period_characteristics"]
    assert f"The chosen characteristics do not match the period with this number: choose “{right}”." in page_text(
        answer
    )


def test_what_the_period_is_is_not_told_before_its_number_is_right(client):
    """A wrong radio beside a cancelled period's number: only the number is spoken of."""
    period = open_period()
    cancel(client, period)
    answer = first_page(client, period_answers(period, MODIFICATION, period_characteristics="student"))
    assert error_codes(answer) == {"period_number": ["00913-355"]}


# -- the number as it is typed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", ["", " ", "\xa0", "\u202f", "\u2009", "-", "–", ".", "/", " - ", "\t"])
def test_a_number_is_read_however_it_is_typed(client, separator):
    period = open_period()
    typed = separator.join((period.number[:4], period.number[4:8], period.number[8:]))
    walk = Walk(client).begin(period_answers(period, OUT, period_number=f" {typed} "))
    assert dimona.format(period.number) in walk.get("period").text


@pytest.mark.parametrize(
    "typed",
    [
        "90000000011",
        "9000000001161",
        "900000000117",
        "900000001016",
        "90000000011O",
        "000000000000",
        "9" * 41,
    ],
)
@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_a_mistyped_number_is_told_as_such(client, kind, typed):
    answer = first_page(client, numbered(typed, kind))
    assert error_codes(answer) == {"period_number": ["00913-003"]}
    assert "The identification number for the period is mistyped. Compare the twelve digits" in page_text(answer)


def test_both_numbers_are_told_wrong_at_once(client):
    answers = period_answers(open_period(), OUT, period_number="1", employer_number="1")
    assert error_codes(first_page(client, answers)) == {
        "employer_number": ["00014-003"],
        "period_number": ["00913-003"],
    }


# -- numbers of something else ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_a_number_of_no_period_says_of_what_it_is(client, kind):
    period = open_period()
    refused, pending = (
        submit_pages(client, answers_for("XXX", "T17")),
        submit_pages(client, {**answers_for("XXX", "OTH"), **BY_NAME}),
    )
    later = close(client, period)
    for declaration, code, says in (
        (refused, "00913-357", "The Dimona IN with this number was refused."),
        (pending, "00913-354", "The Dimona IN with this number is still being examined."),
        (
            later,
            "00913-354",
            "This number belongs to a Dimona OUT, a Modification or a Cancellation, not to a period.",
        ),
    ):
        answer = first_page(client, numbered(declaration.number, kind))
        assert error_codes(answer) == {"period_number": [code]}
        assert says in page_text(answer)
    elsewhere = {**numbered(refused.number, kind), "employer_number": RESTAURANT}
    assert error_codes(first_page(client, elsewhere)) == {"period_number": ["00913-354"]}


# -- another kind, another employer ----------------------------------------------------------------------------


@pytest.mark.parametrize("other", DeclarationKind)
@pytest.mark.parametrize("kind", DeclarationKind)
def test_another_kind_on_the_first_page_begins_a_new_draft_that_keeps_the_employer(client, kind, other):
    """Ruling 18; the draft one leaves stays on the list."""
    period = open_period()
    walk = Walk(client).begin(period_answers(period, kind))
    answer = walk.fill_in("start", period_answers(period, other))
    begun = Walk.from_url(client, answer.url)
    assert (begun.kind, begun.draft == walk.draft) == (other, other == kind)
    shown = form_data(begun.get("start"))
    assert shown["start-employer_number"] == period.employer.enterprise_number
    assert shown["start-kind"] == other
    assert len(client.get("/en/").context["unfinished_drafts"]) == 1 + (other != kind)


def test_the_number_of_another_period_drops_the_dates_typed_for_the_first(client):
    one, other = open_period(), open_period("XXX", "DWD", start_date="9/3/2026")
    walk = Walk(client).to("overview", period_answers(one, MODIFICATION, start_date="1/3/2026"))
    walk.fill_in("start", period_answers(other, MODIFICATION))
    assert form_data(walk.get("period"))["period-start_date"] == "09/03/2026"
    assert (
        submitted_declaration(walk.to("overview", period_answers(other, MODIFICATION, end_date="")).confirm()).period
        == other
    )
