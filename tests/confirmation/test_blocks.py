"""What was filed is found by the name of its field: masked, repeated and compared without looking at texts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import reverse
from django.utils.translation import override

from declarations.confirmation.blocks import SSIN, Block, Row, masked
from declarations.confirmation.content import Outcome, parts
from declarations.models import Declaration
from referentials.bases import LANGUAGES

from ..support.builders import BY_NAME, ERIC, MONDAY, answers_for, submit_pages, without
from ..support.periods import CANCELLATION, MODIFICATION, OUT, open_period, period_answers
from ..support.staff import member, signed_in_client

pytestmark = pytest.mark.django_db

ON_A_PERIOD = {
    OUT: {"end_date": "5/3/2026"},
    MODIFICATION: {"start_date": "2/3/2026", "end_date": "6/3/2026"},
    CANCELLATION: {},
}
MASK = "••.••.••-•••.28"


@pytest.fixture(autouse=True)
def now(at):
    return at(MONDAY)


@pytest.fixture
def of_every_kind(client) -> list[Declaration]:
    by_name = {**without(answers_for("XXX", "STU"), "ssin"), **BY_NAME}
    period = open_period()
    return [
        submit_pages(client, answers_for("XXX", "OTH")),
        submit_pages(client, by_name),
        *(submit_pages(client, period_answers(period, kind, **typed)) for kind, typed in ON_A_PERIOD.items()),
    ]


def store_overviews(declaration: Declaration, change: Any) -> None:
    """Put another overview in the place of the stored one, as an earlier form of a number would have left it."""
    overviews = json.loads(change(json.dumps(declaration.answers["overviews"], ensure_ascii=False)))
    Declaration._base_manager.filter(pk=declaration.pk).update(answers={**declaration.answers, "overviews": overviews})


@pytest.mark.parametrize("text", ["85 07 30 033 28", "850730-033-28", "85.07.30–033.28", ERIC])
@pytest.mark.parametrize("group", ["Auditor", "Reviewer"])
def test_an_ssin_in_another_form_is_masked_in_the_office(client, text, group):
    declaration = submit_pages(client, answers_for("XXX", "OTH"))
    store_overviews(declaration, lambda stored: stored.replace("85.07.30-033.28", text))
    assert text in str(Declaration.objects.get().overview)
    page = reverse("admin:declarations_declaration_change", args=[declaration.pk])
    shown = signed_in_client(member(group)).get(page).text
    assert text not in shown
    assert f"<dt>SSIN</dt><dd>{MASK}</dd>" in shown


@pytest.mark.parametrize("text", ["85.07.30-033.28", "85 07 30 033 28", MASK, "-"])
def test_masking_goes_by_the_name_alone(text):
    rows = [Row(SSIN, "SSIN", text), Row("family_name", "SSIN", "85.07.30-033.28")]
    number, name = masked(rows)
    assert number == Row(SSIN, "SSIN", MASK if text != "-" else "••.••.••-•••.")
    assert name is rows[1]


def test_every_stored_row_has_its_field_in_every_language(of_every_kind):
    for declaration in of_every_kind:
        by_language = {
            language: [(slug, field) for slug, block in blocks.items() for field in block["rows"]]
            for language, blocks in declaration.answers["overviews"].items()
        }
        assert by_language.keys() == set(LANGUAGES)
        fields = by_language["en"]
        assert all(name.isidentifier() for _slug, name in fields), fields
        assert len(set(fields)) == len(fields), fields
        assert all(others == fields for others in by_language.values())


def test_every_row_of_a_receipt_has_its_field(of_every_kind):
    for declaration in of_every_kind:
        for part in parts(declaration, Outcome.from_declaration(declaration)):
            fields = [row.field for row in part.rows]
            assert all(name.isidentifier() for name in fields), fields
            assert len(set(fields)) == len(fields), fields


def test_a_row_with_an_ssin_is_named_so(of_every_kind):
    for declaration in of_every_kind:
        for slug, block in declaration.overview.items():
            for row in Block.from_json(slug, block).rows:
                looks_so = row.value in (MASK, "85.07.30-033.28", "850730-033.28")
                assert looks_so == (row.field == SSIN), row


def test_what_a_modification_changed_does_not_depend_on_the_order_of_its_rows(client):
    declaration = submit_pages(client, period_answers(open_period(), MODIFICATION, **ON_A_PERIOD[MODIFICATION]))

    def changed() -> dict[str, str]:
        found = Declaration.objects.get(pk=declaration.pk)
        changes = next(part for part in parts(found, Outcome.from_declaration(found)) if part.slug == "changes")
        return {row.field: row.value for row in changes.rows}

    def reverse_rows(stored: str) -> str:
        overviews = json.loads(stored)
        for blocks in overviews.values():
            blocks["period"]["rows"] = dict(reversed(blocks["period"]["rows"].items()))
        return json.dumps(overviews)

    before = changed()
    assert before == {"start_date": "02/03/2026", "end_date": "no ending date → 06/03/2026"}
    store_overviews(declaration, reverse_rows)
    assert changed() == before


def test_the_receipt_names_the_employer_and_the_worker_by_field(client):
    declaration = submit_pages(client, answers_for("XXX", "OTH"), "fr")
    with override("fr"):
        found = {part.slug: [row.field for row in part.rows] for part in parts(
            declaration, Outcome.from_declaration(declaration)
        )}  # fmt: skip
    assert found["employer"] == ["employer_name", "enterprise_number", "nsso_number", "employer_address"]
    assert found["worker"] == ["ssin", "family_name", "given_name"]
