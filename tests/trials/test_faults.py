"""What the clerks take for a fault: each is shown one."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.serving.http_browser import Exchange
from tests.support.serving.journey import JourneyError
from trials.faults.clerks import PatientClerk, Typed
from trials.faults.outcome import otherwise_than_typed

POSTED = {"csrfmiddlewaretoken": "one", "worker-ssin": 'a "b" <c>', "draft_copy": "x"}


def answer(status: int, fields: Mapping[str, str]) -> Exchange:
    """An answer to a post, with a form of those fields."""
    inputs = "\n".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in fields.items())
    return Exchange("POST", "/en/in/0/worker/", POSTED, status, "", f"<form>{inputs}</form>", 0, 0.0)


def clerk() -> PatientClerk:
    pool: Any = SimpleNamespace(port=0)
    return PatientClerk(pool)


def test_a_clerk_sends_what_the_page_offers():
    page = {"csrfmiddlewaretoken": "two", "worker-ssin": "a &quot;b&quot; &lt;c&gt;", "draft_copy": "x"}
    assert clerk().again(answer(503, page)) == {**POSTED, "csrfmiddlewaretoken": "two"}


@pytest.mark.parametrize(
    ("status", "fields"),
    [(500, {}), (503, {}), (503, {"csrfmiddlewaretoken": "two", "draft_copy": "x"}), (502, POSTED)],
)
def test_a_clerk_misses_what_was_typed(status: int, fields: dict[str, str]):
    with pytest.raises(JourneyError, match="what was typed is gone"):
        clerk().again(answer(status, fields))


def test_what_was_filed_otherwise_is_named():
    typed = [Typed("a", {"ssin": "1", "employer_reference": "E 1"}), Typed("b", {"ssin": "2"}), Typed("c", {})]
    stored = {"a": {"ssin": "1", "employer_reference": "E 2", "more": "x"}, "c": {}}
    assert list(otherwise_than_typed(typed, stored)) == [
        "draft a: filed {'employer_reference': 'E 2'}, typed {'ssin': '1', 'employer_reference': 'E 1'}",
        "draft b: filed {'ssin': None}, typed {'ssin': '2'}",
    ]
