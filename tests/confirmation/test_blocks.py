"""What was filed is found and masked by the name of its field, whatever its place, label or punctuation."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from declarations.admin.base import as_filed
from declarations.confirmation.blocks import SSIN, Row, masked
from declarations.confirmation.content import Outcome, parts
from declarations.enums import DeclarationKind
from referentials.bases import LANGUAGES

from ..support.builders import ERIC, MONDAY, answers_for, submit_pages, worker
from ..support.periods import CANCELLATION, MODIFICATION, OUT, declare, open_period_on_pages

FULL, MASKED = "85.07.30-033.28", "••.••.••-•••.28"


@pytest.mark.parametrize(
    ("rows", "typed", "expected"),
    [
        ([Row(SSIN, "SSIN", FULL)], ERIC, [MASKED]),
        ([Row(SSIN, "NISS", "85 07 30 033 28")], ERIC, [MASKED]),
        ([Row(SSIN, "INSZ", MASKED)], "", [MASKED]),
        ([Row("worker_reference", "Reference", FULL)], ERIC, [FULL]),
    ],
    ids=["official form", "other punctuation", "masked when filed", "another field"],
)
def test_the_ssin_is_masked_by_its_field(rows: list[Row], typed: str, expected: list[str]):
    assert [row.value for row in masked(rows, typed)] == expected


@pytest.fixture
def filed(client, at, db):
    at(MONDAY)
    worker()
    return submit_pages(client, answers_for("XXX", "OTH"))


def test_an_ssin_stored_with_other_punctuation_is_masked_too(filed):
    for overview in filed.answers["overviews"].values():
        row = next(row for row in overview["worker"]["rows"] if row["field"] == SSIN)
        row["value"] = "85 07 30 033 28"
    assert "033 28" not in as_filed(filed)
    assert MASKED in as_filed(filed)


def test_every_row_filed_has_a_field_of_its_own_in_each_language(client, at, db):
    at(MONDAY)
    worker()
    period = open_period_on_pages(client)
    declarations = [
        period.declarations.get(),
        declare(client, period, MODIFICATION, start_date="8/3/2026"),
        declare(client, period, OUT, end_date="20/3/2026"),
        declare(client, period, CANCELLATION),
    ]
    assert {declaration.kind for declaration in declarations} == set(DeclarationKind)
    for declaration in declarations:
        fields: list[Any] = [
            [(slug, row["field"]) for slug, block in overview.items() for row in block["rows"]]
            for overview in declaration.answers["overviews"].values()
        ]
        assert len(fields) == len(LANGUAGES)
        assert all(each == fields[0] for each in fields)
        assert max(Counter(fields[0]).values()) == 1
        assert "" not in {field for _slug, field in fields[0]}


def test_the_changes_of_a_modification_are_found_by_field(client, at, db):
    at(MONDAY)
    worker()
    declaration = declare(client, open_period_on_pages(client), MODIFICATION, start_date="8/3/2026")
    for overview in declaration.answers["overviews"].values():
        overview["period"]["rows"].reverse()
    changes = next(
        part for part in parts(declaration, Outcome.from_declaration(declaration)) if part.slug == "changes"
    )
    assert {row.field for row in changes.rows} == {"start_date", "end_date"}
