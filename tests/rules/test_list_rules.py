"""The table as a reader of the law sees it: `manage.py list_rules`, and the page."""

from __future__ import annotations

import re
from html import escape
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from declarations.rules import RULES

LANGUAGES = ["nl", "fr", "de", "en"]


def lines() -> list[list[str]]:
    """The printed lines, cut where two spaces part the columns."""
    out = StringIO()
    call_command("list_rules", stdout=out)
    return [re.split(r" {2,}", line) for line in out.getvalue().splitlines()]


def test_the_table_has_a_line_for_every_rule() -> None:
    heading, *found = lines()
    assert heading == ["code", "severity", "stage", "kinds", "field", "statement", "source"]
    assert [line[0] for line in found] == [rule.code for rule in RULES]


QUARTER = ["end_date", "start and end are in one quarter", "domain reference 3.2 and 3, note on FLX"]
ON_A_PERIOD = "out, modification, cancellation"


@pytest.mark.parametrize(
    "line",
    [
        ["90373-421", "B", "office", "in", *QUARTER],
        ["90378-421", "B", "office", "modification", *QUARTER],
        ["00913-355", "B", "step", ON_A_PERIOD, "period_number", "period is not cancelled", "domain reference 4.3"],
        ["00913-356", "B", "step", "out", "period_number", "period has no end yet", "domain reference 4.1"],
        ["90378-444", "B", "office", "modification", "start_date", "something is changed", "domain reference 4.2"],
        [
            "90378-460",
            "NP",
            "office",
            "modification",
            "start_date",
            "later end is declared in time",
            "domain reference 5",
        ],
    ],
    ids=lambda line: line[0],
)
def test_a_line_of_the_table(line: list[str]) -> None:
    assert line in lines()


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_gives_each_rule_its_words_in_every_language(client: Client, language: str) -> None:
    answer = client.get(f"/{language}/rules/")
    items = answer.text.split('<li class="anomaly')[1:]
    for rule, row, item in zip(RULES, answer.context["rows"], items, strict=True):
        assert row["anomaly"].rule in ("", rule.name)
        assert escape(row["anomaly"].labels[language]) in item
        assert escape(getattr(row["anomaly"], f"repair_{language}")) in item
        assert f'<span class="code">{rule.code}</span>' in item
        assert f"{rule.name} ({escape(rule.source)})" in item
        assert item.startswith(" anomaly-blocking") is (rule.severity == "B")


@pytest.mark.django_db
def test_the_page_has_other_words_for_a_modification(client: Client) -> None:
    rows = client.get("/en/rules/").context["rows"]
    labels = {row["rule"].code: row["anomaly"].label for row in rows}
    for of_an_in, of_a_modification in [(code, code.replace("90373", "90378")) for code in labels if "90373" in code]:
        assert labels[of_an_in] != labels[of_a_modification]
