"""The rules on the employer."""

from __future__ import annotations

import pytest

from declarations.rules import employer

from ..support.shorthand import day, maybe_day


@pytest.mark.parametrize(("is_secured_channel_only", "holds"), [(False, True), (True, False)])
def test_employer_may_use_this_channel(is_secured_channel_only: bool, holds: bool) -> None:
    assert employer.employer_may_use_this_channel(is_secured_channel_only) is holds


@pytest.mark.parametrize(
    ("active_from", "active_until", "start", "holds"),
    [
        ("", "", "1920-01-01", True),
        ("2020-01-01", "", "2019-12-31", False),
        ("2020-01-01", "", "2020-01-01", True),
        ("2020-01-01", "", "2035-12-31", True),
        ("", "2024-02-29", "2024-02-29", True),
        ("", "2024-02-29", "2024-03-01", False),
        ("2020-01-01", "2024-02-29", "2022-06-15", True),
    ],
)
def test_employer_is_active_on_the_start_date(active_from: str, active_until: str, start: str, holds: bool) -> None:
    bounds = (maybe_day(active_from), maybe_day(active_until))
    assert employer.employer_is_active_on_the_start_date(day(start), *bounds) is holds


@pytest.mark.parametrize(
    ("required", "nsso_number", "holds"),
    [
        (True, "127792067", True),
        # Case 10: who has a provisional number only has no definitive one.
        (True, None, False),
        (True, "", False),
        (False, None, True),
        (False, "127792067", True),
    ],
)
def test_employer_has_a_definitive_nsso_number(required: bool, nsso_number: str | None, holds: bool) -> None:
    assert employer.employer_has_a_definitive_nsso_number(required, nsso_number) is holds
