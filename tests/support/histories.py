"""Complete histories of periods, filed by `submission.submit`, and the output of `check_ledger` on them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.db import models

from declarations.enums import Status
from declarations.filing import submission
from declarations.models import Declaration
from referentials import tables

from .builders import START, answers_for, cleaned_answers, kind_of, submit
from .shorthand import BRUSSELS

NOW = datetime(2026, 3, 2, 9, tzinfo=BRUSSELS)
LATER = datetime(2026, 3, 4, 9, tzinfo=BRUSSELS)
STUDENT = "01050907729"
SEVERAL = ["88010110175", "88010110274", "85073003328", STUDENT, "79430345062"]
REOPENED = {"end_date": "", "remove_end_date": "on"}


def period_answers(number: str, kind: str, radio: str = "other", **typed: str) -> dict[str, str]:
    """Answers for a declaration on a period that starts on Monday."""
    dates = {"start_date": "2/3/2026"} if kind == "modification" and radio != "student" else {}
    of_the_period = {"kind": kind, "period_number": number, "period_characteristics": radio}
    return {**START, **of_the_period, **dates, **typed}


def submit_after(answers: dict[str, str], *acts: Callable[[], Any]) -> Declaration:
    """A declaration whose first page precedes the acts, and whose Confirm follows them."""
    kind, values, current = kind_of(answers), cleaned_answers(answers, NOW), tables.current()
    for act in acts:
        act()
    values["period"].refresh_from_db()
    shown = submission.assess(kind, values, at=LATER, tables=current).fingerprint
    return submission.submit(
        kind,
        values,
        submission.Submission(uuid4(), "en", {}, {"en": {}}),
        at=LATER,
        tables=current,
        displayed_fingerprint=shown,
    )


def close_and_reopen() -> str:
    """A period that was closed, reopened and closed again, with one refused OUT; its number."""
    number = submit(answers_for("XXX", "OTH"), NOW).number
    close = period_answers(number, "out", end_date="6/3/2026")
    assert submit_after(close, lambda: submit(close, NOW)).status == Status.REFUSED
    submit(period_answers(number, "modification", **REOPENED), NOW)
    submit(period_answers(number, "out", end_date="13/3/2026"), NOW)
    return number


def cancel_student_period() -> str:
    """A student's period that was modified and cancelled, with a refused second Cancellation; its number."""
    number = submit(answers_for("XXX", "STU", ssin=STUDENT), NOW).number
    submit(period_answers(number, "modification", "student", end_date="20/3/2026", planned_hours="10"), NOW)
    cancel = period_answers(number, "cancellation")
    assert submit_after(cancel, lambda: submit(cancel, NOW)).status == Status.REFUSED
    return number


def modify_hours() -> None:
    """A day by the hour, whose hours and then whose day are modified."""
    number = submit(answers_for("302", "EXT"), NOW).number
    hours = {"start_time": "11:00", "end_date": "2/3/2026", "end_time": "15:00"}
    submit(period_answers(number, "modification", "hour", **hours), NOW)
    earlier = {**hours, "start_date": "1/3/2026", "end_date": "1/3/2026"}
    assert (
        submit(period_answers(number, "modification", "hour", **earlier), NOW).status == Status.ACCEPTED_WITH_WARNING
    )


def run_check_ledger(**options: Any) -> tuple[int, list[str]]:
    """The exit code and the output lines of `check_ledger`."""
    said, code = StringIO(), 0
    try:
        call_command("check_ledger", stdout=said, **options)
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, said.getvalue().splitlines()


def ledger_differences() -> list[str]:
    """The reported differences, after checking that exit code and last line agree."""
    code, lines = run_check_ledger()
    differences = lines[:-1]
    assert lines[-1].endswith(f" declarations, {len(differences)} differences.")
    assert code == bool(differences)
    return differences


def tamper(model: type[models.Model], row: str, /, **columns: Any) -> None:
    """Update columns of the row with that number, bypassing the model."""
    models.QuerySet(model).filter(number=row).update(**columns)
