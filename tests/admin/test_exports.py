"""Exports of lists: the rows of the list, no formulas, no full SSIN, each export recorded."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import reverse

from declarations.admin import exports
from declarations.models import Declaration, ListExport
from referentials.models import Employer
from referentials.numbers import enterprise

from ..support.builders import BY_NAME, ERIC, MONDAY, RESTAURANT, ZOE, answers_for, submit, without
from ..support.staff import member, signed_in_client

pytestmark = pytest.mark.django_db

DECLARATIONS = ("declarations", "declaration")
NINE = datetime.fromisoformat("2026-03-02 09:00")


@pytest.fixture
def filed(at) -> list[Declaration]:
    """An accepted, a refused and a pending declaration, in that order."""
    return [
        submit(answers_for("XXX", "OTH"), at(MONDAY)),
        submit(answers_for("XXX", "T17", ssin=ZOE, employer_number=RESTAURANT), at("2026-03-02 10:00")),
        submit({**without(answers_for("XXX", "STU"), "ssin"), **BY_NAME}, at("2026-03-02 11:00")),
    ]


def address(which: tuple[str, str], file_format: str = "csv") -> str:
    return reverse("admin:export", args=[*which, file_format])


def export(client, which=DECLARATIONS, file_format: str = "csv", query: str = ""):
    return client.post(address(which, file_format) + query)


def content(answer) -> bytes:
    assert answer.status_code == 200, answer
    return b"".join(answer.streaming_content)


def table(answer) -> list[list[str]]:
    """The cells of a CSV file, as a Belgian spreadsheet reads them."""
    text = content(answer).decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:], newline=""), delimiter=";"))


def sheet(answer) -> tuple[str, list[tuple[str, str]]]:
    """The sheet of an XLSX file as XML, and its cells: type and text."""
    with zipfile.ZipFile(io.BytesIO(content(answer))) as book:
        text = book.read("xl/worksheets/sheet1.xml").decode("utf-8")
    cells = re.findall(r'<c r="\w+"[^>]*?(?: t="(\w+)")?>(?:<is><t[^>]*>|<v>)([^<]*)', text)
    return text, cells


def numbers(rows: list[list[str]]) -> list[str]:
    return [row[0].replace(" ", "") for row in rows[1:]]


# -- what is in the file ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("", [2, 1, 0]),
        ("?o=0", [0, 1, 2]),
        ("?status__exact=B", [1]),
        ("?q=nieuwkomer", [2]),
        ("?q=comptoir&status__exact=A", [0]),
        (f"?q={ZOE}", [1]),
        ("?submitted_at__day=3", []),
        ("?p=7", [2, 1, 0]),
        ("?q=%00", [2, 1, 0]),
    ],
)
def test_the_file_holds_the_rows_of_the_list_in_its_order(admin_client, filed, query, which):
    assert numbers(table(export(admin_client, query=query))) == [filed[each].number for each in which]


def test_the_columns_are_those_of_the_list_and_the_ssin_is_masked(admin_client, filed):
    heading, *rows = table(export(admin_client))
    assert heading[:6] == ["Number", "Type of declaration", "Status", "Sent at", "Employer", "Worker"]
    accepted = rows[-1]
    assert accepted[1:4] == ["Dimona IN", filed[0].current_status.label, "2026-03-02 09:00:00"]
    assert accepted[5:] == ["••.••.••-•••.28", "XXX – OTH", "2026-03-02", ""]
    for file_format in ("csv", "xlsx"):
        text = content(export(admin_client, file_format=file_format))
        assert ERIC.encode() not in text
        assert b"85.07.30" not in text


def test_a_sheet_holds_texts_days_and_numbers(admin_client, filed):
    _text, cells = sheet(export(admin_client, file_format="xlsx", query="?status__exact=A"))
    assert ("inlineStr", "••.••.••-•••.28") in cells
    # 2 March 2026 as days since 1900, and the same day at nine.
    assert {("", "46083"), ("", "46083.375")} <= set(cells)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Comptoir", "Comptoir"),
        ("", ""),
        ("A-B", "A-B"),
        ("1+1=2", "1+1=2"),
        ("me@example.org", "me@example.org"),
        ("9000 0000 01", "9000 0000 01"),
        ("=1+1", "'=1+1"),
        ("+32 2 509", "'+32 2 509"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\ta", "'\ta"),
        ("\ra", "'\ra"),
        ("\n=1", "'\n'=1"),
        ("＝1+1", "'＝1+1"),
        ("a,=1", "a,'=1"),
        ("a; -1", "a;' -1"),
        ("a\t@b", "a\t'@b"),
        ("a\r\n+b", "a\r\n'+b"),
    ],
)
def test_what_a_spreadsheet_would_calculate_is_made_harmless(text, expected):
    assert exports.escape_formulas(text) == expected


@pytest.mark.parametrize("name", ['=HYPERLINK("http://example.org";"x")', "+1", "-1", "@x", "\tx", "x;=1", "=1\n=2"])
def test_no_name_is_calculated(admin_client, name):
    Employer.objects.filter(enterprise_number=RESTAURANT).update(name=name)
    row = table(export(admin_client, ("referentials", "employer"), query=f"?q={RESTAURANT}"))[1]
    assert row[0] == exports.escape_formulas(name) != name
    text, cells = sheet(export(admin_client, ("referentials", "employer"), "xlsx", f"?q={RESTAURANT}"))
    assert "<f>" not in text
    assert ("inlineStr", enterprise.format(RESTAURANT)) in cells
    assert {kind for kind, _text in cells} == {"inlineStr"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(1899, 12, 31), "1899-12-31"),
        (date(2026, 3, 2), date(2026, 3, 2)),
        (NINE, NINE),
        ("x" * 40_000, "x" * 32_767),
        (7, 7),
        (None, None),
    ],
)
def test_a_sheet_takes_what_it_can_store(value, expected):
    assert exports.xlsx_value(value) == expected


def test_every_list_can_be_exported(admin_client, filed):
    lists = [model for model, each in admin.site._registry.items() if getattr(each, "is_list", True)]
    assert len(lists) > 20
    # A test that flushes the database leaves no roles.
    Group.objects.get_or_create(name="Reviewer")
    for model in lists:
        answer = export(admin_client, (model._meta.app_label, model._meta.model_name))
        assert len(content(answer)) > 10, model


@pytest.mark.parametrize("page", [reverse("admin:declarations_declaration_changelist"), "/admin/referentials/quota/"])
def test_the_list_has_the_buttons_with_its_filters(admin_client, filed, page):
    text = admin_client.get(page, {"q": "a b"}).text
    assert re.search(r'<form method="post" action="/admin/export/\w+/\w+/csv/\?q=a\+b">', text)
    assert re.search(r'formaction="/admin/export/\w+/\w+/xlsx/\?q=a\+b"', text)
    assert "at most 20,000 rows" in text


def test_the_queries_do_not_grow_with_the_rows(admin_client, filed, at, django_assert_max_num_queries):
    for ssin in ("88010110175", "88010110274", "88010110373", "88010110472"):
        submit(answers_for("XXX", "OTH", ssin=ssin), at("2026-03-02 12:00"))
    with django_assert_max_num_queries(18):
        assert len(table(export(admin_client))) == 8


# -- permission, number of rows, and the record ----------------------------------------------------------------

LISTS = [
    DECLARATIONS,
    ("declarations", "period"),
    ("referentials", "employer"),
    ("referentials", "quota"),
    ("axes", "accesslog"),
]


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        ("Reviewer", [200, 200, 200, 403, 403]),
        ("Auditor", [403] * 5),
        ("Referential editor", [403] * 5),
        ("", [403] * 5),
    ],
)
def test_who_may_export_exports_what_they_may_see(role, statuses):
    client = signed_in_client(member(role))
    answers = [export(client, which) for which in LISTS]
    assert [answer.status_code for answer in answers] == statuses
    assert all(content(answer) for answer in answers if answer.status_code == 200)
    assert ListExport.objects.count() == statuses.count(200)


@pytest.mark.parametrize("role", ["Reviewer", "Auditor"])
def test_who_may_not_export_has_no_button(role):
    page = signed_in_client(member(role)).get(reverse("admin:declarations_declaration_changelist"))
    assert ("/admin/export/" in page.text) is (role == "Reviewer")


def test_a_stranger_is_asked_to_sign_in(client):
    assert "/admin/login/" in export(client)["Location"]


@pytest.mark.parametrize(
    ("which", "file_format", "query", "expected"),
    [
        (("declarations", "nothing"), "csv", "", 404),
        (("declarations", "seal"), "csv", "", 404),
        (("declarations", "dailycount"), "csv", "", 404),
        (DECLARATIONS, "pdf", "", 404),
        (DECLARATIONS, "csv", "?nothing=1", 302),
        (DECLARATIONS, "csv", "?submitted_at__year=x", 302),
        (DECLARATIONS, "csv", "?worker__ssin_hash=x", 400),
    ],
)
def test_what_is_no_list_is_no_file(admin_client, which, file_format, query, expected):
    assert export(admin_client, which, file_format, query).status_code == expected
    assert not ListExport.objects.exists()


def test_a_link_exports_nothing(admin_client, filed):
    answer = admin_client.get(address(DECLARATIONS) + "?q=a")
    assert answer["Location"] == reverse("admin:declarations_declaration_changelist") + "?q=a"
    assert not ListExport.objects.exists()


def test_a_list_that_is_too_long_is_not_cut_short(admin_client, filed, monkeypatch):
    monkeypatch.setattr(exports, "MAX_ROWS", 2)
    answer = admin_client.post(address(DECLARATIONS), follow=True)
    assert "more than 2 rows" in answer.text
    assert not ListExport.objects.exists()
    assert len(table(export(admin_client, query="?q=comptoir"))) == 3


def test_each_export_is_recorded(admin_client, admin_user, filed, at):
    moment = at("2026-03-03 14:00")
    content(export(admin_client, query="?status__exact=A&q=comptoir"))
    content(export(admin_client, file_format="xlsx", query=f"?q={ERIC}"))
    first, second = ListExport.objects.order_by("pk")
    assert (first.exported_at, first.exported_by, first.list_name) == (moment, admin_user, "declarations.declaration")
    assert (first.file_format, first.row_count, first.filters) == ("csv", 1, "status__exact=A; q=comptoir")
    assert (second.file_format, second.row_count, second.filters) == ("xlsx", 1, "q=••.••.••-•••.28")


def test_the_auditor_reads_who_exported(filed):
    content(export(signed_in_client(member("Reviewer")), query="?q=comptoir"))
    page = signed_in_client(member("Auditor")).get(reverse("admin:declarations_listexport_changelist"))
    assert "q=comptoir" in page.text
    assert User.objects.get(username="member Reviewer").username in page.text
