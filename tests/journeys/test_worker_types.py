"""Every type of worker through the real pages, and every pair of committee and type that does not exist."""

from __future__ import annotations

from datetime import timedelta

import pytest

from declarations.enums import Status

from ..support.builders import (
    AGENCY,
    BROADCASTER,
    BY_SSIN,
    BY_TYPE,
    CARDS,
    CONSTRUCTION,
    MONDAY,
    RESTAURANT,
    START,
    Walk,
    answers_for,
    codes,
    submit,
    submit_pages,
    submitted_declaration,
    without,
)

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

# Domain reference 2.2, copied by hand: what each committee allows.
ALLOWED = {
    "XXX": "A17 ALT DWD FLX IVT O17 OTH PMP S17 STG STU T17 TRI",
    "124": "BCW DWD IVT RTA STU TRI",
    "140": "ALT DWD IVT OTH STU TRI",
    "144": "EXT",
    "145": "EXT",
    "149": "ALT DWD IVT OTH STU TRI",
    "302": "EXT",
    "320": "EXT",
    "322": "BCW DWD EXT FLX IVT OTH STU TRI",
}
TYPES = sorted({code for allowed in ALLOWED.values() for code in allowed.split()})
IMPOSSIBLE = {committee: [code for code in TYPES if code not in allowed] for committee, allowed in ALLOWED.items()}


def test_the_matrix_is_whole():
    assert sum(len(allowed.split()) for allowed in ALLOWED.values()) == 43
    assert sum(len(codes) for codes in IMPOSSIBLE.values()) == 9 * 16 - 43
    assert len(TYPES) == 16
    assert sorted(BY_TYPE) == TYPES


@pytest.mark.parametrize(
    ("committee", "worker_type", "employer_number"),
    [
        ("XXX", "ALT", CONSTRUCTION),
        ("124", "BCW", CONSTRUCTION),
        ("140", "DWD", CONSTRUCTION),
        ("302", "EXT", RESTAURANT),
        ("XXX", "FLX", RESTAURANT),
        ("XXX", "IVT", CONSTRUCTION),
        ("XXX", "O17", CONSTRUCTION),
        ("XXX", "OTH", CONSTRUCTION),
        ("XXX", "PMP", BROADCASTER),
        ("124", "RTA", CONSTRUCTION),
        ("XXX", "S17", CONSTRUCTION),
        ("XXX", "STG", CONSTRUCTION),
        ("XXX", "STU", CONSTRUCTION),
        ("XXX", "T17", BROADCASTER),
        ("XXX", "TRI", CONSTRUCTION),
        ("322", "OTH", AGENCY),
        ("322", "BCW", AGENCY),
        ("322", "EXT", AGENCY),
    ],
)
def test_a_type_is_filed_and_accepted(client, at, committee, worker_type, employer_number):
    at(MONDAY)
    declaration = submit_pages(client, answers_for(committee, worker_type, employer_number=employer_number))
    assert (declaration.status, codes(declaration)) == (Status.ACCEPTED, set())
    assert (declaration.joint_committee.code, declaration.worker_type.code) == (committee, worker_type)
    assert declaration.period.number == declaration.number


def test_article_17_of_before_2022_is_accepted_late(client, at):
    """It can only be filed back, so the warning of lateness comes with it."""
    at(MONDAY)
    declaration = submit_pages(client, answers_for("XXX", "A17"))
    assert (declaration.status, codes(declaration)) == (Status.ACCEPTED_WITH_WARNING, {"90373-460"})


@pytest.mark.parametrize("committee", ALLOWED)
def test_the_page_offers_what_the_committee_allows(client, at, committee):
    at(MONDAY)
    walk = Walk(client).to("characteristics", answers_for("XXX", "OTH"))
    walk.post("characteristics", {"joint_committee": committee}, go="refresh")
    offered = [
        code for code, _label in walk.get("characteristics").context["form"]["worker_type"].field.widget.choices
    ]
    assert offered == ["", *ALLOWED[committee].split()]


@pytest.mark.parametrize("committee", ALLOWED)
def test_a_pair_that_does_not_exist_is_refused(client, at, settings, committee):
    """Posted by hand to the steps; every preview refuses it, and so does the last one's receipt."""
    at(MONDAY)
    settings.PREVIEWS_PER_WORKER_AND_CLIENT = (len(TYPES), timedelta(hours=1))
    walk = Walk(client).to("characteristics", START | BY_SSIN)
    for worker_type in IMPOSSIBLE[committee]:
        answers = without(answers_for(committee, worker_type), *CARDS)
        walk.next("characteristics", answers)
        walk.next("period", answers)
        preview = walk.get("overview").context["preview"]
        assert preview["status"] == Status.REFUSED, worker_type
        assert "90374-349" in {anomaly["code"] for anomaly in preview["anomalies"]}, worker_type
    declaration = submitted_declaration(walk.confirm())
    assert declaration.status == Status.REFUSED
    assert declaration.anomalies.filter(code="90374-349", field="worker_type").exists()
    assert declaration.period is None


@pytest.mark.parametrize(
    ("committee", "worker_type"), [(committee, each) for committee, types in IMPOSSIBLE.items() for each in types]
)
def test_the_office_refuses_every_pair_that_does_not_exist(at, committee, worker_type):
    answers = without(answers_for(committee, worker_type), *CARDS)
    declaration = submit(answers, at(MONDAY))
    assert (declaration.status, declaration.period) == (Status.REFUSED, None)
    assert declaration.anomalies.filter(code="90374-349", field="worker_type").exists()
