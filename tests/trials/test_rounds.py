"""Declarations on one period from processes of their own: some rounds of each pair, and the judge that checks them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from declarations.models import Period
from trials import racing, rounds
from trials.racing import CANCELLED, CLOSED, UNCHANGED, Act, Contest, StoredDeclaration

from ..support.builders import period

TODAY = date(2026, 3, 2)
PAIRS = {contest.name: contest for contest in racing.contests(TODAY)}


@pytest.mark.slow
@pytest.mark.data
def test_of_declarations_at_the_same_moment_the_first_is_taken_and_the_others_are_told(project):
    """`python -m trials.rounds` runs hundreds of rounds; here each pair has three."""
    command = [sys.executable, "-W", "error", "-m", "trials.rounds", "--rounds", str(3 * len(PAIRS))]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=240, check=False)
    assert done.stdout.endswith("No fault.\n"), done.stdout + done.stderr
    assert (done.returncode, done.stderr) == (0, "")
    for name in PAIRS:
        assert f"\n{name:<36}      3         2 " in done.stdout


# -- the judge -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "order", "expected"),
    [
        ("OUT / OUT", [0, 1], ["", CLOSED]),
        ("OUT / OUT", [1, 0, 3, 2], ["", CLOSED, CLOSED, CLOSED]),
        ("OUT / CANCELLATION", [0, 1], ["", ""]),
        ("OUT / CANCELLATION", [1, 0], ["", CANCELLED]),
        ("OUT / CANCELLATION", [0, 2, 1, 3], ["", CLOSED, "", CANCELLED]),
        ("MODIFICATION to start earlier / OUT", [0, 1], ["", ""]),
        ("MODIFICATION to start earlier / OUT", [1, 0], ["", ""]),
        ("MODIFICATION to start earlier / OUT", [1, 0, 2, 3], ["", "", UNCHANGED, CLOSED]),
        ("MODIFICATION to reopen / OUT", [0, 1], ["", ""]),
        ("MODIFICATION to reopen / OUT", [1, 0], [CLOSED, ""]),
        ("MODIFICATION / MODIFICATION, alike", [0, 1], ["", UNCHANGED]),
        ("MODIFICATION / MODIFICATION, unlike", [0, 1], ["", ""]),
        ("MODIFICATION / MODIFICATION, unlike", [0, 1, 3, 2], ["", "", UNCHANGED, ""]),
        ("CANCELLATION / CANCELLATION", [1, 0], ["", CANCELLED]),
    ],
)
def test_what_each_declaration_is_answered_in_that_order(name, order, expected):
    contest = PAIRS[name]
    assert racing.refusals(contest, [contest.role(process) for process in order]) == expected


def judged(contest: Contest, *acts: tuple[dict[str, Any], list[StoredDeclaration]]) -> list[str]:
    """The faults of a round; each act as what it met with, and its declarations."""
    done = [Act(0, 0, process, **met) for process, (met, _filed) in enumerate(acts)]
    filed: Mapping[UUID, list[StoredDeclaration]] = {
        act.draft: each for act, (_met, each) in zip(done, acts, strict=True)
    }
    return list(racing.faults(contest, done, filed))


FIRST = ({"statuses": [302]}, [StoredDeclaration("1", True, set())])
TOLD = {"statuses": [200, 302], "shown": [{CLOSED}]}
SECOND = (TOLD, [StoredDeclaration("2", False, {CLOSED})])


@pytest.mark.parametrize("acts", [[FIRST, SECOND], [SECOND, FIRST]])
def test_a_round_as_it_must_be(acts):
    assert judged(PAIRS["OUT / OUT"], *acts) == []


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([FIRST, (TOLD, [StoredDeclaration("2", True, set())])], ["accepted", "expected {'00913-356'}"]),
        (
            [FIRST, (TOLD, [StoredDeclaration("2", False, {CANCELLED})])],
            ["refused as cancelled", "expected {'00913-356'}"],
        ),
        ([FIRST, ({**TOLD, "shown": [set()]}, SECOND[1])], ["told of nothing", "after an overview that showed set()"]),
        ([FIRST, ({"statuses": [302]}, SECOND[1])], ["filed unseen", "2 were filed at the first Confirm"]),
        ([({**TOLD, "shown": [set()]}, FIRST[1]), SECOND], ["nobody at once", "0 were filed at the first Confirm"]),
        ([({"statuses": [200, 302]}, FIRST[1]), ({"statuses": [302]}, SECOND[1])], ["the second", "1 were filed"]),
        ([FIRST, ({"statuses": [500], "trouble": "locked"}, [])], ["an error page", "[500] locked"]),
        ([FIRST, (TOLD, [])], ["lost", "0 declarations of one draft"]),
        (
            [FIRST, (TOLD, [*SECOND[1], StoredDeclaration("3", False, {CLOSED})])],
            ["doubled", "2 declarations of one draft"],
        ),
    ],
    ids=lambda value: value[0] if isinstance(value[0], str) else "",
)
def test_a_fault_is_named(acts, expected):
    assert expected[1] in " ".join(judged(PAIRS["OUT / OUT"], *acts))


def test_who_reopens_may_come_before_whom_the_closed_period_was_shown_to():
    """The OUT was begun while the period was open: as it was, when it is reopened."""
    both = [({"statuses": [302]}, [StoredDeclaration(number, True, set())]) for number in ("1", "2")]
    assert judged(PAIRS["MODIFICATION to reopen / OUT"], *both) == []
    assert judged(PAIRS["MODIFICATION to start earlier / OUT"], *both) == ["2 were filed at the first Confirm"]


@pytest.mark.django_db
def test_a_fault_and_a_difference_of_the_ledger_are_reported(capsys):
    acts = [Act(0, 0, process, statuses=[302]) for process in range(2)]
    assert rounds.report(acts, [0.0] * len(PAIRS), 2, TODAY) == ["OUT / OUT: 0 declarations of one draft"] * 2
    assert "1 × OUT not filed + OUT not filed" in capsys.readouterr().out
    assert rounds.ledger() == []
    number = period("XXX", "OTH", "2026-03-02").number
    assert f"{number}: no accepted declaration" in rounds.ledger()
    assert Period.objects.get().number == number
