"""`manage.py list_rules`: the table as a reader of the law sees it."""

from __future__ import annotations

import re
from io import StringIO

from django.core.management import call_command

from declarations.rules import RULES


def test_the_table_has_a_line_for_every_rule() -> None:
    out = StringIO()
    call_command("list_rules", stdout=out)
    heading, *lines = (re.split(r" {2,}", line) for line in out.getvalue().splitlines())
    assert heading == ["code", "severity", "stage", "kinds", "field", "statement", "source"]
    assert [line[0] for line in lines] == [rule.code for rule in RULES]
    assert [
        "90373-421",
        "B",
        "office",
        "in",
        "end_date",
        "start and end are in one quarter",
        "domain reference 3.2 and 3, note on FLX",
    ] in lines
