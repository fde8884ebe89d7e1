"""The rules on what a Modification may change: both sides of every boundary."""

from __future__ import annotations

import pytest

from declarations.rules import changes

from ..support.shorthand import dates_and_hours, day, hour, maybe_day, was

NIGHT = "2026-03-27 22:00..2026-03-28 03:00"


@pytest.mark.parametrize(
    ("before", "after", "hours_before", "hours_after", "holds"),
    [
        # Case 11: nothing changed.
        ("2026-03-02..", "2026-03-02..", None, None, False),
        ("2026-03-02..2026-03-31", "2026-03-02..2026-03-31", 20, 20, False),
        (NIGHT, NIGHT, None, None, False),
        # One thing changed.
        ("2026-03-02..", "2026-03-01..", None, None, True),
        ("2026-03-02..", "2026-03-03..", None, None, True),
        ("2026-03-02..2026-03-31", "2026-03-02..2026-03-30", None, None, True),
        ("2026-03-02..2026-03-31", "2026-03-02..", None, None, True),
        ("2026-03-02..", "2026-03-02..2026-03-31", None, None, True),
        (NIGHT, "2026-03-27 21:59..2026-03-28 03:00", None, None, True),
        (NIGHT, "2026-03-27 22:00..2026-03-28 03:01", None, None, True),
        (NIGHT, "2026-03-27 22:00..2026-03-28", None, None, True),
        ("2026-03-27..2026-03-28", "2026-03-27 00:00..2026-03-28", None, None, True),
        ("2026-03-02..2026-03-31", "2026-03-02..2026-03-31", 20, 21, True),
        ("2026-03-02..2026-03-31", "2026-03-02..2026-03-31", 20, None, True),
        # A start that takes the place of the end, and the other way round.
        ("2026-03-02..2026-03-03", "2026-03-03..2026-03-02", None, None, True),
    ],
)
def test_something_is_changed(
    before: str, after: str, hours_before: int | None, hours_after: int | None, holds: bool
) -> None:
    facts = {
        **was(before),
        **dates_and_hours(after),
        "previous_planned_hours": hours_before,
        "planned_hours": hours_after,
    }
    assert changes.something_is_changed(**facts) is holds


@pytest.mark.parametrize(
    ("previous", "start", "holds"),
    [
        ("2026-03-27", "2026-03-26", True),
        ("2026-03-27", "2026-03-27", True),
        # Case 11.
        ("2026-03-27", "2026-03-28", False),
        ("2025-12-31", "2026-01-01", False),
        ("2026-01-01", "2025-12-31", True),
        ("2024-02-28", "2024-02-29", False),
        ("2026-03-27", "0001-01-01", True),
        ("2026-03-27", "9999-12-31", False),
    ],
)
def test_start_is_not_put_off(previous: str, start: str, holds: bool) -> None:
    assert changes.start_is_not_put_off(day(start), day(previous)) is holds


@pytest.mark.parametrize(
    ("previous", "end", "holds"),
    [
        ("", "", True),
        # Case 11.
        ("", "2026-03-31", False),
        ("", "9999-12-31", False),
        ("2026-03-31", "", True),
        ("2026-03-31", "2026-03-31", True),
        ("2026-03-31", "2026-03-30", True),
        ("2026-03-31", "2026-04-01", True),
    ],
)
def test_open_period_is_not_closed(previous: str, end: str, holds: bool) -> None:
    assert changes.open_period_is_not_closed(maybe_day(end), maybe_day(previous)) is holds


@pytest.mark.parametrize(
    ("previous", "end", "holds"),
    [
        ("2026-03-31", "", False),
        ("2026-03-31", "2026-03-31", True),
        ("2026-03-31", "2026-03-15", True),
        ("2026-03-31", "2026-04-15", True),
        # There was none to remove.
        ("", "", True),
        ("", "2026-03-31", True),
    ],
)
def test_mandatory_end_is_kept(previous: str, end: str, holds: bool) -> None:
    ends = (maybe_day(end), maybe_day(previous))
    assert changes.mandatory_end_is_kept(*ends, requires_end_date=True) is holds
    assert changes.mandatory_end_is_kept(*ends, requires_end_date=False)


@pytest.mark.parametrize(
    ("previous", "end", "holds"),
    [
        ("2026-03-31", "2026-03-30", True),
        ("2026-03-31", "2026-03-31", True),
        ("2026-03-31", "2026-04-01", False),
        ("2026-12-31", "2027-01-01", False),
        ("2026-03-31", "9999-12-31", False),
        # To remove it is 90378-368 and not told twice.
        ("2026-03-31", "", True),
        # There was none to put off.
        ("", "2026-03-31", True),
        ("", "", True),
    ],
)
def test_end_of_a_flexi_job_is_not_put_off(previous: str, end: str, holds: bool) -> None:
    start = day("2026-03-01")
    spans = (start, maybe_day(end), None, start, maybe_day(previous), None)
    assert changes.end_of_a_flexi_job_is_not_put_off(True, *spans) is holds
    assert changes.end_of_a_flexi_job_is_not_put_off(False, *spans)


def test_of_a_flexi_job_that_is_moved_whole_the_start_tells_it() -> None:
    moved = (day("2026-03-03"), day("2026-03-03"), hour("18:00"), day("2026-03-02"), day("2026-03-02"), hour("18:00"))
    assert changes.end_of_a_flexi_job_is_not_put_off(True, *moved)
    assert not changes.start_is_not_put_off(day("2026-03-03"), day("2026-03-02"))


@pytest.mark.parametrize(("end", "holds"), [("17:59", True), ("18:00", True), ("18:01", False)])
def test_end_of_a_flexi_job_is_not_put_off_by_a_minute(end: str, holds: bool) -> None:
    today = day("2026-03-02")
    span = (today, today, hour(end), today, today, hour("18:00"))
    assert changes.end_of_a_flexi_job_is_not_put_off(True, *span) is holds
