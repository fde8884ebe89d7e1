"""Declarations and periods in the admin: found by every number and name, read-only, SSINs masked."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone, translation

from declarations.admin.declarations import AMOUNT, amount_in_words
from declarations.filing import decisions
from declarations.models import Declaration, Period
from referentials import tables
from referentials.bases import LANGUAGES
from referentials.numbers import dimona

from ..support.builders import (
    ERIC,
    MONDAY,
    RESTAURANT,
    ZOE,
    answers_by_name,
    answers_for,
    submit,
    worker,
)
from ..support.pages import collapse_spaces, page_text
from ..support.staff import member, signed_in_client

pytestmark = pytest.mark.django_db


def address(page: str, model: str = "declaration", *args) -> str:
    """The address of an admin page: `changelist`, `add`, `change`, `delete` or `history`."""
    return reverse(f"admin:declarations_{model}_{page}", args=args)


@pytest.fixture
def filed(db, at) -> dict[str, Declaration]:
    """An accepted, a refused and a pending declaration."""
    moment = at(MONDAY)
    worker(ERIC, family_name="D’Hoore", given_name="Éric", birth_date="1985-07-30", sex="1")
    return {
        "A": submit(answers_for("XXX", "OTH"), moment),
        "B": submit(answers_for("XXX", "T17", ssin=ZOE, employer_number=RESTAURANT), moment),
        "S": submit(answers_by_name("XXX", "STU"), moment),
    }


def found(admin_client, query: dict[str, str], model: str = "declaration") -> set[str]:
    """The numbers on the list page."""
    answer = admin_client.get(address("changelist", model), query)
    assert answer.status_code == 200
    return {row.number for row in answer.context["cl"].result_list}


@pytest.mark.parametrize("page", ["change", "history", "changelist"])
def test_the_pages_open_and_show_no_ssin(admin_client, filed, page):
    for status, declaration in filed.items():
        args = () if page == "changelist" else (declaration.pk,)
        answer = admin_client.get(address(page, "declaration", *args))
        assert answer.status_code == 200, status
        assert ERIC not in answer.text
        assert ZOE not in answer.text
        assert "85.07.30" not in answer.text
        assert "04.12.31" not in answer.text
    period = Period.objects.get()
    for each in (address("changelist", "period"), address("change", "period", period.pk)):
        answer = admin_client.get(each)
        assert answer.status_code == 200
        assert "••.••.••-•••.28" in answer.text
        assert "85.07.30" not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_hours_and_numbers_stand_in_the_official_form(admin_client, filed, language):
    headers = {"accept-language": language}
    row, period = filed["A"], Period.objects.get()
    for page in ("declaration", "period"):
        day = "02.03.2026" if language == "de" else "02/03/2026"
        assert day in page_text(admin_client.get(address("changelist", page), headers=headers))
        assert f"{day} 09:00" in page_text(admin_client.get(address("changelist"), headers=headers))
    assert "English" in page_text(admin_client.get(address("change", "declaration", row.pk), headers=headers))
    for page in (address("change", "declaration", row.pk), address("change", "period", period.pk)):
        shown = page_text(admin_client.get(page, headers=headers))
        assert collapse_spaces(dimona.format(row.number)) in shown
        assert row.number not in shown


def test_a_page_that_is_only_read_has_no_history_and_no_empty_table(admin_client, filed):
    pages = [address("change", "declaration", filed["A"].pk), address("change", "period", Period.objects.get().pk)]
    for page in pages:
        answer = admin_client.get(page)
        assert "historylink" not in answer.text
        assert "<thead>" not in answer.text
    assert "<thead>" in admin_client.get(address("change", "declaration", filed["B"].pk)).text


def test_a_search_says_what_it_finds(admin_client, filed):
    assert "part of a name finds nothing" in page_text(admin_client.get(address("changelist")))
    answer = admin_client.post(address("changelist"), {"q": ERIC}, follow=True)
    text = answer.context["cl"].query
    assert f"“{text}” stands for the worker whose SSIN you searched" in page_text(answer)


def test_a_worker_who_is_not_found_stays_in_the_box(admin_client, filed):
    page = admin_client.post(address("changelist", "worker"), {"q": "Niemand"})
    assert 'name="q" value="Niemand"' in page.text
    assert "favicon" in page.text.partition("</head>")[0]


def test_a_declaration_is_read_as_filed(admin_client, filed):
    text = admin_client.get(address("change", "declaration", filed["S"].pk)).text
    assert "Nieuwkomer" in text
    assert "Zandstraatje" in text
    text = admin_client.get(address("change", "declaration", filed["B"].pk)).text
    assert "00655-350" in text
    assert "••.••.••-•••.41" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_anomaly_is_told_in_words(admin_client, filed, language):
    row = filed["B"].anomalies.get()
    page = admin_client.get(address("change", "declaration", filed["B"].pk), headers={"accept-language": language})
    assert row.texts[language]["label"] in page_text(page)
    assert row.field not in page_text(page)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "160 hours, 1 day"),
        ("nl", "160 uur, 1 dag"),
        ("fr", "160 heures, 1 jour"),
        ("de", "160 Stunden, 1 Tag"),
    ],
)
def test_what_a_quota_goes_over_by_is_told_in_words(language, expected):
    with translation.override(language):
        assert AMOUNT.sub(amount_in_words, "160 hours, 1 day") == expected


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("", "ABS"),
        ("85.07.30-033.28", "A"),
        ("85073003328", "A"),
        ("04123100241", "B"),
        ("0852093431", "AS"),
        ("BE 0852.093.431", "AS"),
        ("1277920-67", "AS"),
        ("0999010720", "B"),
        ("Comptoir", "AS"),
        ("restaurant zur", "B"),
        ("zur probe", ""),
        ("D'HOORE", "A"),
        ("nieuwkomer", "S"),
        ("NIEUW KOMER", "S"),
        ("Nieuw", ""),
        ("79430345062", ""),
        ("0730033", ""),
        ("no such thing", ""),
        ("'; --", ""),
        ("%", ""),
        ("😀", ""),
        ("-", ""),
    ],
)
def test_a_declaration_is_found(admin_client, filed, text, statuses):
    assert found(admin_client, {"q": text}) == {filed[status].number for status in statuses}


@pytest.mark.parametrize("model", ["declaration", "period"])
@pytest.mark.parametrize(
    ("text", "is_found"),
    [("85.07.30-033.28", True), (f" {ERIC} ", True), (ZOE, False), ("88010110175", False), ("85.07.30-033.29", False)],
)
def test_no_ssin_that_is_searched_stands_in_an_address(admin_client, filed, model, text, is_found):
    page = admin_client.get(address("changelist", model))
    form = page.text.partition('id="changelist-search" method="post"')[2].partition("</form>")[0]
    assert 'name="csrfmiddlewaretoken"' in form
    typed = {"q": text, "start_date__gte": "2026-01-01", "csrfmiddlewaretoken": "x"}
    answer = admin_client.post(address("changelist", model), typed, follow=True)
    ((led_to, _status),) = answer.redirect_chain
    assert re.fullmatch(rf"{address('changelist', model)}\?q=worker-[0-9]+&start_date__gte=2026-01-01", led_to)
    assert (filed["A"].number in {row.number for row in answer.context["cl"].result_list}) is is_found
    for written in (ERIC, "85.07.30"):
        assert written not in answer.text


def test_what_else_is_searched_stands_as_it_was_typed(admin_client, filed):
    answer = admin_client.post(address("changelist"), {"q": "nieuwkomer"}, follow=True)
    assert answer.redirect_chain == [(address("changelist") + "?q=nieuwkomer", 302)]
    assert {row.status for row in answer.context["cl"].result_list} == {"S"}


def test_who_may_not_see_a_list_learns_nothing_of_a_worker(client, filed):
    answer = signed_in_client(member("Referential editor")).post(address("changelist"), {"q": ERIC})
    assert answer.status_code == 403


def decide(declaration: Declaration, ssin: str) -> None:
    """Decide as a reviewer, now."""
    by = User.objects.get_or_create(username="reviewer")[0]
    decisions.decide(declaration, ssin=ssin, note="Seen.", by=by, at=timezone.now(), tables=tables.current())


def test_what_a_reviewer_identified_is_found_by_that_ssin(admin_client, filed):
    assert found(admin_client, {"q": "90021412402"}) == set()
    decide(filed["S"], "90021412402")
    assert found(admin_client, {"q": "90021412402"}) == {filed["S"].number}
    assert found(admin_client, {"q": "90021412402"}, "period") == {filed["S"].number}
    assert found(admin_client, {"q": ERIC}) == {filed["A"].number}


@pytest.mark.parametrize(
    ("ssin", "status", "shown"), [("90021412402", "Accepted", "••.••.••-•••.02"), ("", "Refused", "-")]
)
def test_the_list_shows_what_was_decided(admin_client, filed, at, ssin, status, shown):
    at("2026-03-05 10:30")
    decide(filed["S"], ssin)
    page = admin_client.get(address("changelist"), {"q": filed["S"].number})
    (row,) = re.findall(r"<tbody>.*?</tbody>", page.text, re.DOTALL)
    assert re.findall(r'field-(?:current_status|masked_ssin)">([^<]*)<', row) == [
        f"{status} (decided on 05/03/2026)",
        shown,
    ]
    assert "status when filed" in page_text(page)
    assert found(admin_client, {"status__exact": "S"}) == {filed["S"].number}


def test_a_declaration_is_found_by_its_number(admin_client, filed):
    for declaration in filed.values():
        for text in (declaration.number, dimona.format(declaration.number), f" {declaration.number} "):
            assert found(admin_client, {"q": text}) == {declaration.number}
    assert found(admin_client, {"q": filed["A"].number}, "period") == {filed["A"].number}
    assert found(admin_client, {"q": "d’hoore"}, "period") == {filed["A"].number}
    assert found(admin_client, {"q": ZOE}, "period") == set()


@pytest.mark.parametrize("status", ["A", "B", "S", "W"])
def test_the_list_is_narrowed_by_status(admin_client, filed, status):
    assert found(admin_client, {"status__exact": status}) == {
        each.number for each in filed.values() if each.status == status
    }


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ({"kind__exact": "out"}, ""),
        ({"submitted_at__year": "2026"}, "ABS"),
        ({"submitted_at__year": "2025"}, ""),
        ({"status__exact": "A", "q": "nieuwkomer"}, ""),
    ],
)
def test_the_list_is_narrowed_by_other_columns(admin_client, filed, query, statuses):
    assert found(admin_client, query) == {filed[status].number for status in statuses}


def test_the_list_is_narrowed_by_type_and_committee(admin_client, filed):
    pending = filed["S"]
    assert found(admin_client, {"worker_type__id__exact": pending.worker_type_id}) == {pending.number}
    everything = {declaration.number for declaration in filed.values()}
    assert found(admin_client, {"joint_committee__id__exact": pending.joint_committee_id}) == everything


def test_a_search_of_nul_bytes_is_no_failure(admin_client, filed):
    assert admin_client.get(address("changelist"), {"q": "\0"}).status_code == 200


@pytest.mark.parametrize("model", ["declaration", "period"])
def test_nothing_is_added_changed_or_deleted(admin_client, filed, model):
    row = (Declaration if model == "declaration" else Period).objects.first()
    before = (row.status, row.start_date) if model == "declaration" else row.start_date
    assert admin_client.get(address("add", model)).status_code == 403
    assert admin_client.post(address("add", model), {}).status_code == 403
    assert admin_client.post(address("change", model, row.pk), {"start_date": "2020-01-01"}).status_code == 403
    assert admin_client.get(address("delete", model, row.pk)).status_code == 403
    assert admin_client.post(address("delete", model, row.pk), {"post": "yes"}).status_code == 403
    admin_client.post(
        address("changelist", model), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    )
    row.refresh_from_db()
    assert ((row.status, row.start_date) if model == "declaration" else row.start_date) == before
    assert 'type="submit" value="Save"' not in admin_client.get(address("change", model, row.pk)).text


def test_strangers_see_nothing(client, filed):
    for declaration in filed.values():
        answer = client.get(address("change", "declaration", declaration.pk))
        assert answer.status_code == 302
        assert "/admin/login/" in answer.url


def test_the_number_of_queries_of_the_list_does_not_grow(
    admin_client, client, at, filed, django_assert_max_num_queries
):
    for ssin in ("88010110175", "88010110274", "88010110373", "88010110472"):
        submit(answers_for("XXX", "OTH", ssin=ssin), timezone.now())
    with django_assert_max_num_queries(16):
        assert len(found(admin_client, {})) == 7


def test_the_number_of_queries_of_the_list_does_not_grow_with_decisions(
    admin_client, client, filed, django_assert_max_num_queries
):
    other = submit(answers_by_name("XXX", "OTH", family_name="Andere"), timezone.now())
    third = submit(answers_by_name("XXX", "OTH", family_name="Derde"), timezone.now())
    for declaration, ssin in ((filed["S"], "90021412402"), (other, "88010110175"), (third, "")):
        decide(declaration, ssin)
    with django_assert_max_num_queries(16):
        assert len(found(admin_client, {})) == 5
