"""The pages around a declaration: home in four languages, drafts not sent, discarding, and the pages of text."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.utils.html import strip_tags

from declarations.enums import DeclarationKind, Status
from declarations.models import Declaration
from declarations.rules import RULES
from referentials.numbers import dimona

from ..support.builders import (
    INACTIVE,
    MONDAY,
    SECURED_ONLY,
    START,
    ZOE,
    Walk,
    answers_for,
    codes,
    submit_pages,
    submitted_declaration,
)
from ..support.periods import open_period, period_answers

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

LANGUAGES = ("nl", "fr", "de", "en")


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.mark.parametrize(
    ("wanted", "home"),
    [
        ("fr-BE,fr;q=0.9", "/fr/"),
        ("nl", "/nl/"),
        ("de-DE", "/de/"),
        ("es,de;q=0.5,en;q=0.3", "/de/"),
        ("ja", "/en/"),
        ("", "/en/"),
        ("*", "/en/"),
        ("xx;q=junk,,;", "/en/"),
    ],
)
def test_the_root_follows_the_browsers_language(client, wanted, home):
    answer = client.get("/", headers={"accept-language": wanted})
    assert answer.url == home
    assert client.get(home).status_code == 200


NON_SECURED = {
    "nl": "Niet-beveiligde versie",
    "fr": "version non sécurisée",
    "de": "ungesicherter Onlinedienst",
    "en": "non-secured version",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", ["", "discarded/", "rules/", "accessibility/", "contact/"])
def test_every_page_stands_in_every_language(client, language, page):
    answer = client.get(f"/{language}/{page}")
    assert answer.status_code == 200
    assert f'<html lang="{language}">' in answer.text
    for each in LANGUAGES:
        link = f'value="{each}"' if page == "" else f'href="/{each}/{page}"'
        assert link in answer.text
    assert NON_SECURED[language].casefold() in answer.text.casefold()
    assert "https://www.socialsecurity.be" in answer.text
    for footer in ("accessibility/", "contact/"):
        assert f'href="/{language}/{footer}"' in answer.text


def test_the_pages_of_one_language_do_not_speak_another(client):
    texts = {language: client.get(f"/{language}/accessibility/").text.split("<main")[1] for language in LANGUAGES}
    titles = {text.split("<h1>")[1].split("</h1>")[0] for text in texts.values()}
    assert len(titles) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_are_listed(client, language):
    answer = client.get(f"/{language}/rules/")
    assert len(answer.context["rows"]) == len(RULES)
    for rule in RULES:
        assert rule.code in answer.text
        assert rule.name in answer.text


def test_each_rule_names_the_declarations_it_is_for(client):
    said = {row["rule"].name: row["kinds"] for row in client.get("/en/rules/").context["rows"]}
    assert said["period_is_not_cancelled"] == ["Dimona OUT", "Modification", "Cancellation"]
    assert "Modification" in client.get("/en/rules/").text


@pytest.mark.parametrize("path", ["/en/nothing/", "/en/in/not-a-uuid/start/", "/en/out/", "/xx/", "/en/receipt/"])
def test_what_does_not_exist_is_not_found(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "This page does not exist" in answer.text


# -- the first page --------------------------------------------------------------------------------------------


def test_the_first_page_offers_the_four_declarations(client):
    form = client.get("/en/").context["form"]
    assert [choice["radio"].data["value"] for choice in form.kind_choices] == [
        "in", "out", "modification", "cancellation",
    ]  # fmt: skip
    assert (form["kind"].value(), form["identifier_kind"].value()) == ("in", "enterprise")


def test_next_leads_to_the_employer_who_is_confirmed(client):
    walk = Walk(client).begin()
    shown = walk.get("employer").text
    for part in (
        "Comptoir de l’Exemple (démo)",
        "0852.093.431",
        "1277920-67",
        "Rue de l’Exemple 12 box 3, 1000 Bruxelles",
    ):
        assert part in shown


@pytest.mark.parametrize(
    ("number", "code"), [(SECURED_ONLY, "90256-342"), (INACTIVE, "90373-343"), (START["employer_number"], "")]
)
def test_an_employer_who_cannot_declare_here_is_told_at_once(client, number, code):
    """Ruling 18: on the confirmation page already; whoever goes on is refused."""
    answers = answers_for("XXX", "OTH", employer_number=number)
    walk = Walk(client).to("employer", answers)
    assert [
        strip_tags(warning).rsplit("(")[-1].rstrip(")")
        for warning in walk.get("employer").context["form"].groups[0].warnings
    ] == ([code] if code else [])
    declaration = submit_pages(client, answers)
    assert (declaration.status, codes(declaration)) == ((Status.REFUSED, {code}) if code else (Status.ACCEPTED, set()))


def test_the_panel_shows_the_way(client):
    walk = Walk(client).to("period", answers_for("XXX", "OTH"))
    panel = walk.get("period").context["panel"]
    assert [(row["number"], row["state"]) for row in panel] == [
        (1, "done"), (2, "done"), (3, "done"), (4, "current"), (5, "todo"),
    ]  # fmt: skip
    assert [row["values"] for row in panel] == [
        ["0852.093.431 / 1277920-67"], ["85.07.30-033.28"], ["XXX – OTH"], [], [],
    ]  # fmt: skip
    assert [row["slug"] for row in panel] == ["start", "worker", "characteristics", "", ""]
    half = {"start_date": "half"}
    for row in panel[:3]:
        assert walk.post("period", half, go=row["slug"]).url == walk.url(row["slug"])
        assert walk.get("period").context["form"]["start_date"].value() == "half"


@pytest.mark.parametrize(
    ("step", "title"),
    [
        ("employer", "Identification of the employer – step 1 of 5 – Dimona"),
        ("worker", "Identification of the employee – step 2 of 5 – Dimona"),
        ("characteristics", "Characteristics of the period – step 3 of 5 – Dimona"),
        ("period", "Details of the period – step 4 of 5 – Dimona"),
        ("overview", "Overview of the declaration – step 5 of 5 – Dimona"),
    ],
)
def test_the_title_says_which_step_it_is(client, step, title):
    page = Walk(client).to(step, answers_for("XXX", "OTH")).get(step).text
    assert f"<title>{title}</title>" in page


def test_a_change_from_the_overview_comes_straight_back(client):
    """With the references that were typed there."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    blocks = walk.get("overview").context["blocks"]
    assert [block.change_step for block in blocks] == ["start", "worker", "characteristics", "period"]
    for block in blocks:
        answer = walk.post("overview", {"worker_reference": "mine"}, go=block.change_step)
        assert answer.url == f"{walk.url(block.change_step)}?from=overview"
        assert client.get(answer.url).status_code == 200
        back = walk.post(block.change_step, answers_for("XXX", "OTH"), query="?from=overview")
        assert back.url == walk.url("overview"), block.slug
        assert walk.get("overview").context["form"]["worker_reference"].value() == "mine"


def test_a_repair_leads_to_its_step_and_back(client):
    walk = Walk(client).to("overview", answers_for("XXX", "T17"))
    (anomaly,) = walk.get("overview").context["preview"]["anomalies"]
    assert (anomaly["code"], anomaly["step"]) == ("00655-350", "characteristics")
    assert walk.post("overview", go=anomaly["step"]).url == walk.url("characteristics") + "?from=overview"


def test_a_change_that_asks_for_more_stops_where_it_is_missing(client):
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    answer = walk.post("characteristics", answers_for("XXX", "STU"), query="?from=overview")
    assert answer.url == walk.url("overview")
    landed = client.get(answer.url, follow=True)
    assert landed.redirect_chain == [(walk.url("period"), 302)]


def test_a_page_drawn_for_another_choice_is_shown_again(client):
    """Without JavaScript: the type changed, so other fields are asked; nothing is refused, nothing is lost."""
    walk = Walk(client).to("characteristics", answers_for("XXX", "OTH"))
    answer = walk.post("characteristics", {"joint_committee": "124", "worker_type": "BCW"}, shown_fields="")
    assert answer.url == walk.url("characteristics")
    page = client.get(answer.url)
    assert "Your choice has changed the fields on this page. Check the page, then continue." in page.text
    assert not page.context["form"].errors
    assert {"first_month_card", "next_month_card"} <= set(page.context["form"].fields)
    answers = answers_for("124", "BCW")
    answer = walk.post("characteristics", answers, **page.context["form"].hidden_inputs)
    assert answer.url == walk.url("period")


# -- drafts not sent, and discarding ---------------------------------------------------------------------------


def test_the_first_page_lists_the_drafts_of_this_browser(client, at):
    assert client.get("/en/").context["unfinished_drafts"] == []
    one = Walk(client).to("period", answers_for("XXX", "OTH"))
    at("2026-03-02 10:30")
    other = Walk(client).begin()
    page = client.get("/en/")
    assert [draft["started_at"] for draft in page.context["unfinished_drafts"]] == [
        "02/03/2026 10:30",
        "02/03/2026 09:00",
    ]
    landed = client.get(page.context["unfinished_drafts"][1]["url"], follow=True)
    assert landed.redirect_chain[-1][0] == one.url("period")
    submitted_declaration(one.to("overview", answers_for("XXX", "OTH")).confirm())
    assert other.get("start").status_code == 200


@pytest.mark.parametrize(
    ("typed", "step", "details"),
    [
        (
            {"employer_number": "be 852 093 431"},
            "employer",
            ["0852.093.431", "Step 1: Identification of the employer"],
        ),
        (
            {"identifier_kind": "nsso", "employer_number": "127792067"},
            "characteristics",
            ["1277920-67", "Step 3: Characteristics of the period"],
        ),
        ({}, "overview", ["0852.093.431", "Starting date 02/03/2026", "Step 5: Overview of the declaration"]),
    ],
)
def test_a_draft_is_told_by_its_numbers_and_its_step(client, typed, step, details):
    Walk(client).to(step, answers_for("XXX", "OTH", **typed))
    (draft,) = client.get("/en/").context["unfinished_drafts"]
    assert draft["details"] == details


def test_a_draft_is_told_by_what_was_typed_where_that_is_no_number(client):
    walk = Walk(client).to("period", answers_for("XXX", "OTH"))
    walk.post("start", {**START, "employer_number": "half"}, go="refresh")
    walk.post("worker", {"knows_ssin": "yes", "ssin": "85"}, go="refresh")
    walk.post("period", {"start_date": "half"}, go="refresh")
    (draft,) = client.get("/en/").context["unfinished_drafts"]
    assert draft["details"] == ["half", "Step 1: Identify the employer"]


@pytest.mark.parametrize(
    ("typed", "slug", "told"),
    [
        ({}, "overview", "Step 5: Overview of the declaration"),
        ({"overview": {"worker_reference": "mine"}}, "overview", "Step 5: Overview of the declaration"),
        ({"period": {"start_date": "half"}}, "period", "Step 4: Details of the period"),
        (
            {"period": {"start_date": "half"}, "worker": {"ssin": "85"}},
            "worker",
            "Step 2: Identification of the employee",
        ),
        ({"start": {"employer_number": "half"}}, "start", "Step 1: Identify the employer"),
    ],
)
def test_a_draft_is_told_by_the_step_that_continue_opens(client, typed, slug, told):
    """The first that was not checked, whatever was filled in after it."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    for step, answers in typed.items():
        walk.post(step, answers, go="refresh")
    (draft,) = client.get("/en/").context["unfinished_drafts"]
    assert draft["details"][-1] == told
    assert client.get(draft["url"], follow=True).request["PATH_INFO"] == walk.url(slug)


def test_continue_opens_the_dates_typed_for_another_period(client):
    walk = Walk(client, kind=DeclarationKind.OUT)
    walk.to("overview", period_answers(open_period(), DeclarationKind.OUT, end_date="6/3/2026"))
    other = open_period(ssin=ZOE)
    walk.next("start", period_answers(other, DeclarationKind.OUT))
    (draft,) = client.get("/en/").context["unfinished_drafts"]
    assert draft["details"][-1] == "Step 3: Closing a period"
    assert client.get(draft["url"], follow=True).redirect_chain == [(walk.url("period"), 302)]


def test_no_two_links_of_the_drafts_read_alike(client):
    """Four begun in one minute: told apart by what was typed, and by a number where that is alike."""
    for changes in ({}, {}, {"start_date": "3/3/2026"}):
        Walk(client).to("overview", answers_for("XXX", "OTH", **changes))
    Walk(client).to("worker", START)
    page = client.get("/en/").text.split('<section class="unfinished"')[1].split("</section>")[0]
    links = [strip_tags(link) for link in re.findall(r"<a .*?</a>", page)]
    begun, number, overview = "started on 02/03/2026 09:00", "0852.093.431", "Step 5: Overview of the declaration"
    assert sorted(links[::2]) == [
        f"Continue Dimona IN (1) {begun}, {number}, Starting date 02/03/2026, {overview}",
        f"Continue Dimona IN (2) {begun}, {number}, Starting date 02/03/2026, {overview}",
        f"Continue Dimona IN {begun}, {number}, Starting date 03/03/2026, {overview}",
        f"Continue Dimona IN {begun}, {number}, Step 2: Identification of the employee",
    ]
    assert [link.replace("Discard", "Continue") for link in links[1::2]] == links[::2]


def test_a_draft_on_a_period_is_told_by_its_number(client):
    known = open_period()
    Walk(client, kind=DeclarationKind.OUT).begin(period_answers(known, DeclarationKind.OUT))
    (draft,) = client.get("/en/").context["unfinished_drafts"]
    assert draft["details"] == ["0852.093.431", dimona.format(known.number), "Step 3: Closing a period"]


def test_a_draft_that_was_filed_is_listed_no_more(client):
    submit_pages(client, answers_for("XXX", "OTH"))
    assert client.get("/en/").context["unfinished_drafts"] == []


def test_discarding_asks_first(client):
    walk = Walk(client).to("worker", START)
    answer = walk.post("worker", {"knows_ssin": "yes", "ssin": "half"}, go="discard")
    assert answer.url == f"/en/in/{walk.draft}/discard/"
    page = client.get(answer.url)
    assert "Discard this declaration?" in page.text
    back = client.get(page.context["back_url"], follow=True)
    assert back.context["form"]["ssin"].value() == "half"


def test_discarding_drops_the_draft_and_says_that_nothing_was_sent(client):
    walk, kept = Walk(client).to("overview", answers_for("XXX", "OTH")), Walk(client).begin()
    answer = client.post(f"/en/in/{walk.draft}/discard/", follow=True)
    assert answer.redirect_chain == [("/en/discarded/", 302)]
    assert "Nothing was sent." in answer.text
    assert walk.get("overview").status_code == 410
    assert walk.session_key not in client.session
    assert kept.get("start").status_code == 200
    assert not Declaration.objects.exists()


def test_a_discarded_draft_comes_back_by_no_copy_of_it(client):
    """Another tab still shows its overview: Confirm there files nothing."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    page = walk.hidden()
    client.post(f"/en/in/{walk.draft}/discard/")
    for answer in (walk.post("overview", **page), walk.post("worker", START, draft_copy=page["draft_copy"])):
        assert answer.status_code == 410
    assert not Declaration.objects.exists()


def test_a_declaration_filed_in_another_tab_cannot_be_discarded(client):
    """It would be a lie that nothing was sent: the receipt is shown."""
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    receipt = walk.confirm().url
    for answer in (client.get(f"/en/in/{walk.draft}/discard/"), client.post(f"/en/in/{walk.draft}/discard/")):
        assert answer.status_code == 302
        assert answer.url == receipt
    assert Declaration.objects.count() == 1


def test_an_unknown_draft_cannot_be_discarded(client):
    answer = client.get(f"/en/in/{uuid4()}/discard/")
    assert answer.status_code == 410
    assert "Nothing was sent." in answer.text


def test_a_reference_too_long_is_told_beside_its_field(client):
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    page = walk.post("overview", {"worker_reference": "r" * 21}, **walk.hidden())
    told = page.context["form"].errors["worker_reference"]
    [block] = [block for block in page.context["blocks"] if block.slug == "worker"]
    assert told
    assert block.field.errors == told
    assert not Declaration.objects.exists()
