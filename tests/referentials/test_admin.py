"""The tables in the admin: every page opens, saved rows are marked, nothing is deleted, employers are found."""

import re
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Q
from django.urls import reverse

from declarations.admin.search import find_matches
from referentials import loading, tables
from referentials.admin import CappedPaginator
from referentials.bases import Dated
from referentials.models import Employer, RiskCode, TablesVersion, WorkerType
from referentials.numbers import enterprise, nsso

pytestmark = pytest.mark.django_db

MODELS = [model for model in apps.get_app_config("referentials").get_models() if model is not TablesVersion]


def address(model, page: str, *args) -> str:
    """The address of an admin page: `changelist`, `add`, `change` or `delete`."""
    return reverse(f"admin:referentials_{model._meta.model_name}_{page}", args=args)


def typed(client, url: str, **changes) -> dict[str, Any]:
    """The fields that the form at `url` sends, with `changes`."""
    form = client.get(url).context["adminform"].form
    values = {**{name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}, **changes}
    return {name: "on" if value is True else value for name, value in values.items() if value not in (None, False)}


def listed(client, model, **query) -> list[str]:
    """The rows on the list page, as text."""
    return [str(row) for row in client.get(address(model, "changelist"), query).context["cl"].result_list]


def test_every_table_is_there():
    assert {model for model in MODELS if not admin.site.is_registered(model)} == set()
    assert set(loading.TABLES.values()) | {Employer} == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_every_page_opens(admin_client, model):
    row = model.objects.first()
    for url in (address(model, "changelist"), address(model, "add"), address(model, "change", row.pk)):
        assert admin_client.get(url).status_code == 200
    assert admin_client.get(address(model, "changelist"), {"q": "1"}).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_ever_deleted(admin_client, model):
    row = model.objects.first()
    assert admin_client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    admin_client.post(
        address(model, "changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    )
    assert model.objects.filter(pk=row.pk).exists()


def test_strangers_are_sent_to_the_sign_in(client):
    answer = client.get(address(WorkerType, "changelist"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("admin:login"))


@pytest.mark.parametrize("model", [model for model in MODELS if issubclass(model, Dated)])
def test_saving_a_change_marks_the_row_and_moves_the_version(admin_client, model):
    row, before = model.objects.filter(valid_until=None).first(), TablesVersion.objects.get().number
    url = address(model, "change", row.pk)
    answer = admin_client.post(url, typed(admin_client, url, source="a letter of the minister"))
    assert answer.status_code == 302, answer.context["errors"]
    row.refresh_from_db()
    assert row.is_edited
    assert row.source == "a letter of the minister"
    assert TablesVersion.objects.get().number != before


def test_saving_without_a_change_does_not_mark_it(admin_client):
    row = WorkerType.objects.get(code="STU")
    url = address(WorkerType, "change", row.pk)
    assert admin_client.post(url, typed(admin_client, url)).status_code == 302
    row.refresh_from_db()
    assert not row.is_edited


def test_a_row_added_by_hand_is_marked_and_served_at_once(admin_client):
    tables.current()
    labels = {f"label_{language}": "Nieuw" for language in ("nl", "fr", "de", "en")}
    data = {"code": "007", "nature": "WORKER", "source": "test", "valid_from": "2027-01-01", **labels}
    assert admin_client.post(address(RiskCode, "add"), data).status_code == 302
    row = RiskCode.objects.get(code="007")
    assert row.is_edited
    assert row in tables.current().risk_codes


def test_a_second_row_of_a_code_in_force_is_refused(admin_client):
    row = RiskCode.objects.get(code="001")
    data = typed(admin_client, address(RiskCode, "change", row.pk), code="001", valid_from="2027-01-01")
    answer = admin_client.post(address(RiskCode, "add"), data)
    assert answer.status_code == 200
    assert "in force on one of these days" in str(answer.context["errors"])


def test_the_code_of_a_row_stays(admin_client):
    row = RiskCode.objects.get(code="001")
    url = address(RiskCode, "change", row.pk)
    admin_client.post(url, typed(admin_client, url, code="777", source="test"))
    row.refresh_from_db()
    assert (row.code, row.source) == ("001", "test")


def test_filter_by_validity(admin_client, at):
    at("2026-03-02 09:00")
    RiskCode.objects.filter(code="001").update(valid_until=date(2026, 3, 1))
    RiskCode.objects.filter(code="002").update(valid_until=date(2026, 3, 2))
    RiskCode.objects.filter(code="003").update(valid_from=date(2026, 3, 3))
    RiskCode.objects.exclude(code__in=["001", "002", "003"]).delete()
    assert {
        wanted: [text[:3] for text in listed(admin_client, RiskCode, validity=wanted)]
        for wanted in ("valid", "past", "future")
    } == {"valid": ["002"], "past": ["001"], "future": ["003"]}
    assert len(listed(admin_client, RiskCode)) == 3


def test_search_by_label_in_any_language(admin_client):
    for words in ("Etudiant", "Student", "STU"):
        assert any(text.endswith("STU") for text in listed(admin_client, WorkerType, q=words))
    assert listed(admin_client, WorkerType, q="loodgieter") == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Comptoir", True),
        ("  COMPTOIR de l'ex", True),
        ("Comptoir de l’Exemple (démo)", True),
        ("Exemple", False),
        ("%", False),
        ("*", False),
        ("0852093431", True),
        ("852093431", True),
        ("0852.093.431", True),
        ("BE 0852 093 431", True),
        ("be0852093431", True),
        ("1277920-67", True),
        ("1277920 67", True),
        ("0001277920-67", True),
        ("0852.093.432", False),
    ],
)
def test_an_employer_is_found_however_its_number_is_typed(admin_client, words, found):
    assert listed(admin_client, Employer, q=words) == (["Comptoir de l’Exemple (démo)"] if found else [])


def test_the_list_shows_numbers_in_the_official_form(admin_client):
    page = admin_client.get(address(Employer, "changelist"))
    for row in page.context["cl"].result_list:
        shown = enterprise.format(row.enterprise_number) if row.enterprise_number else "-"
        assert f'<td class="field-enterprise">{shown}</td>' in page.text
        for name, number in (("nsso", row.nsso_number), ("provisional_nsso", row.provisional_nsso_number)):
            assert f'<td class="field-{name}">{nsso.format(number) if number else "-"}</td>' in page.text


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_a_day_is_typed_day_first(admin_client, language):
    url = address(RiskCode, "change", RiskCode.objects.get(code="001").pk)
    data = typed(admin_client, url, valid_from="01/02/2025")
    assert admin_client.post(url, data, headers={"accept-language": language}).status_code == 302
    assert RiskCode.objects.get(code="001").valid_from == date(2025, 2, 1)


def test_a_number_in_a_name_is_a_beginning_too(admin_client):
    Employer.objects.create(name="0852093431 Demo", language="nl", nsso_number="935467")
    assert listed(admin_client, Employer, q="0852.093.431") == ["0852093431 Demo", "Comptoir de l’Exemple (démo)"]


def test_the_search_key_follows_the_name(admin_client):
    row = Employer.objects.get(enterprise_number="0852093431")
    url = address(Employer, "change", row.pk)
    assert admin_client.post(url, typed(admin_client, url, name="Œuvres de l’Été")).status_code == 302
    assert listed(admin_client, Employer, q="oeuvres de l'ete") == ["Œuvres de l’Été"]


def test_a_letter_that_unicode_does_not_decompose_is_found_by_its_base_letter(admin_client):
    employer = Employer.objects.create(name="Łódź Trans", language="nl", nsso_number="935467")
    assert listed(admin_client, Employer, q="Lodz") == ["Łódź Trans"]
    assert find_matches("lodz trans").employers == [employer.pk]


def test_names_are_sorted_as_a_reader_looks_for_them(admin_client):
    Employer.objects.all().delete()
    for number, name in zip(("0999010324", "0999010423", "0999010522"), ("zagerij", "Été", "Eurodemo"), strict=True):
        Employer.objects.create(name=name, language="fr", enterprise_number=number)
    assert listed(admin_client, Employer) == ["Été", "Eurodemo", "zagerij"]


@pytest.mark.parametrize(
    "found",
    [
        Q(search_key__begins="compt"),
        Q(search_key__begins="compt") | Q(enterprise_number="0852093431") | Q(nsso_number="852093431"),
    ],
)
def test_a_search_reads_an_index(found):
    """It must not read a million employers. With ten rows, PostgreSQL must be told not to scan the table."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Employer.objects.filter(found).order_by().explain()
    assert re.search("SEARCH .* USING INDEX|Index Cond", plan), plan
    assert not re.search("SCAN referentials_employer|Seq Scan", plan), plan


def test_counting_stops_where_nobody_turns_pages(admin_client, monkeypatch):
    page = admin_client.get(address(Employer, "changelist"))
    assert "are listed: search for the others" not in page.content.decode()
    assert page.context["cl"].result_count == Employer.objects.count()
    monkeypatch.setattr(CappedPaginator, "max_count", 4)
    page = admin_client.get(address(Employer, "changelist"))
    assert "Only the first 4 are listed: search for the others." in page.content.decode()
    assert page.context["cl"].result_count == 4


def test_the_matrix_names_both_labels(admin_client):
    page = admin_client.get(address(loading.TABLES["allowed_pairs"], "changelist"), {"q": "302"})
    assert "Hospitality / Occasional worker" in page.content.decode()
