"""The rules on the committee, the type, and the blocks they bring."""

from __future__ import annotations

import pytest

from declarations.rules import characteristics


@pytest.mark.parametrize("pair_exists", [True, False])
def test_committee_and_type_go_together(pair_exists: bool) -> None:
    assert characteristics.committee_and_type_go_together(pair_exists) is pair_exists


@pytest.mark.parametrize(
    ("pair_exists", "in_force", "holds"),
    [
        (True, True, True),
        # Case 6: O17 on 2021-12-31, A17 on 2022-01-01. Case 10: STG on 2019-12-31.
        (True, False, False),
        # Case 3: 302/OTH never exists, and is told as that only.
        (False, False, True),
    ],
)
def test_characteristics_are_in_force_on_the_start_date(pair_exists: bool, in_force: bool, holds: bool) -> None:
    assert characteristics.characteristics_are_in_force_on_the_start_date(pair_exists, in_force) is holds


@pytest.mark.parametrize("is_open", [True, False])
def test_type_is_open_to_the_employer(is_open: bool) -> None:
    assert characteristics.type_is_open_to_the_employer(is_open) is is_open


@pytest.mark.parametrize(
    ("requires_ssin", "ssin", "holds"),
    [
        (True, "85073003328", True),
        # Case 3: 302/EXT without SSIN.
        (True, "", False),
        (False, "", True),
        (False, "85073003328", True),
    ],
)
def test_ssin_is_given_when_the_type_requires_it(requires_ssin: bool, ssin: str, holds: bool) -> None:
    assert characteristics.ssin_is_given_when_the_type_requires_it(requires_ssin, ssin) is holds


@pytest.mark.parametrize(
    ("nature", "risk_nature", "holds"),
    [
        ("WORKER", "WORKER", True),
        ("EMPLOYEE", "EMPLOYEE", True),
        # Case 10: WORKER with risk 401, one of the employees'.
        ("WORKER", "EMPLOYEE", False),
        ("EMPLOYEE", "WORKER", False),
        ("WORKER", None, True),
        ("", None, True),
    ],
)
def test_risk_fits_the_nature_of_the_work(nature: str, risk_nature: str | None, holds: bool) -> None:
    assert characteristics.risk_fits_the_nature_of_the_work(nature, risk_nature) is holds


@pytest.mark.parametrize(
    ("first_month_card", "next_month_card", "holds"),
    [
        ("3636", "3737", True),
        # Case 9.
        ("3636", "3636", False),
        ("3636", "003636", False),
        ("3636", "36360", True),
        ("", "", True),
        ("3636", "", True),
        ("", "3636", True),
    ],
)
def test_cards_of_both_months_differ(first_month_card: str, next_month_card: str, holds: bool) -> None:
    assert characteristics.cards_of_both_months_differ(first_month_card, next_month_card) is holds


@pytest.mark.parametrize(
    ("number", "name", "is_named", "is_named_once"),
    [
        ("0412345614", "", True, True),
        ("", "Bouw NV", True, True),
        # Case 9: 322 without user.
        ("", "", False, True),
        ("0412345614", "Bouw NV", True, False),
    ],
)
def test_user_undertaking_is_named_once(number: str, name: str, is_named: bool, is_named_once: bool) -> None:
    assert characteristics.user_undertaking_is_named(True, number, name) is is_named
    assert characteristics.user_undertaking_is_named(False, number, name)
    assert characteristics.user_undertaking_is_named_once(number, name) is is_named_once


@pytest.mark.parametrize(
    ("committee", "allowed", "holds"),
    [
        ("124", ("124",), True),
        ("302", ("124",), False),
        ("", ("124",), False),
        ("320", ("144", "145", "302", "320"), True),
        ("12", ("124",), False),
        ("302", (), True),
        ("", (), True),
    ],
)
def test_user_committee_fits_the_type(committee: str, allowed: tuple[str, ...], holds: bool) -> None:
    assert characteristics.user_committee_fits_the_type(committee, allowed) is holds
