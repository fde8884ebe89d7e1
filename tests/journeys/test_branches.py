"""Answers that no longer apply never reach the declaration (docs/decisions/0001; rulings 12 and 19).

formtools files whatever any step ever held.
"""

from __future__ import annotations

import pytest

from ..support.builders import (
    BORN_2001,
    BY_NAME,
    ERIC,
    MONDAY,
    START,
    WORKPLACE,
    Walk,
    answers_for,
    submit_pages,
    submitted_declaration,
)

pytestmark = [pytest.mark.django_db, pytest.mark.pages]


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def test_the_branch_not_chosen_never_reaches_the_declaration_by_ssin(client):
    """By default the answers of both branches are filed: here a name typed before the SSIN was found."""
    walk = Walk(client).to("worker", START)
    walk.next("worker", BY_NAME)
    walk.next("worker", {**BY_NAME, "knows_ssin": "yes", "ssin": ERIC})
    for step in ("characteristics", "period"):
        walk.next(step, answers_for("XXX", "OTH"))
    assert "Nieuwkomer" not in walk.get("overview").text
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.worker.ssin, declaration.family_name_hash) == (ERIC, "")
    assert "Nieuwkomer" not in str(declaration.answers)
    assert "Zandstraatje" not in str(declaration.answers)


def test_the_branch_not_chosen_never_reaches_the_declaration_by_name(client):
    """By default the answers of both branches are filed: here an SSIN of somebody else, typed before."""
    walk = Walk(client).to("worker", START)
    walk.next("worker", {"knows_ssin": "yes", "ssin": BORN_2001})
    walk.next("worker", {**BY_NAME, "ssin": BORN_2001})
    for step in ("characteristics", "period"):
        walk.next(step, answers_for("XXX", "OTH"))
    declaration = submitted_declaration(walk.confirm())
    assert declaration.worker is None
    assert BORN_2001 not in str(declaration.answers)
    assert "Nieuwkomer" in str(declaration.answers["values"])


def test_the_fields_of_another_type_never_reach_the_declaration(client):
    """By default the answers given for the type chosen first are filed with the one chosen last."""
    walk = Walk(client).to("overview", answers_for("XXX", "STU", works_elsewhere="on", **WORKPLACE))
    walk.next("characteristics", answers_for("XXX", "OTH"))
    declaration = submitted_declaration(walk.confirm())
    assert declaration.worker_type.code == "OTH"
    assert (declaration.start_time, declaration.end_time, declaration.planned_hours) == (None, None, None)
    values = declaration.answers["values"]
    assert not {name for name in values if name.startswith("workplace") or name in ("planned_hours", "start_time")}
    assert "Elders" not in str(declaration.answers)


def test_a_workplace_unticked_again_never_reaches_the_declaration(client):
    """By default what was typed under a box that is not ticked any more is filed."""
    declaration = submit_pages(client, answers_for("XXX", "STU", **WORKPLACE))
    assert "Elders" not in str(declaration.answers)
