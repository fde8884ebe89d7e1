"""The service killed a few times while clerks file, and the judge that looks what came of it.

`python -m trials.kill_server` kills it by the hundred.
"""

from __future__ import annotations

import pytest

from declarations.models import Declaration, Notification
from trials.kill_server import trial
from trials.shared.clerks import Error

from ..support.builders import MONDAY, answers_for, submit


@pytest.mark.django_db(transaction=True)
def test_some_kills_lose_and_double_nothing(tmp_path):
    faults, figures = trial.run(tmp_path, kills=2, clerks=2, seed=42)
    assert faults == [], figures
    assert figures[0].startswith("2 kills, ")
    assert Declaration.objects.count() >= 2


@pytest.mark.parametrize(
    ("what", "is_told", "is_cut_off"),
    [
        ("ConnectionRefusedError", False, False),
        ("RemoteDisconnected", False, True),
        ("ConnectionResetError", False, True),
        ("500 The server has a problem", True, True),
    ],
)
def test_an_error_page_is_a_fault_and_a_connection_that_breaks_is_none(what, is_told, is_cut_off):
    error = Error(0.0, "POST", "overview", what)
    assert (trial.is_error_page(error), trial.was_cut_off(error)) == (is_told, is_cut_off)


@pytest.mark.django_db
def test_a_declaration_without_its_notification_is_named(at):
    number = submit(answers_for("XXX", "OTH"), at(MONDAY)).number
    assert list(trial.without_a_notification()) == []
    Notification.objects.all().delete()
    assert list(trial.without_a_notification()) == [f"{number}: nobody is notified"]
