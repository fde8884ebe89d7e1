"""Steps 3 and 4: which fields a committee and a type ask for, what may stay empty, what is forbidden."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ..support.builders import (
    BY_TYPE,
    CARDS,
    CONSTRUCTION_USER,
    SMALL_STATUTE,
    USER,
    WORKPLACE,
    answers_for,
    step_form,
    without,
)
from ..support.pages import codes_of

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

TODAY = date(2026, 3, 2)
SSIN = {"ssin": "85073003328"}


def characteristics(committee: str, worker_type: str, **changes: str):
    """The posted form of step 3 with nothing but those values."""
    answers = {"joint_committee": committee, "worker_type": worker_type, **changes}
    return step_form("characteristics", answers, TODAY, SSIN)


def period(committee: str, worker_type: str, *left_out: str, **changes: str):
    """The posted form of step 4: the type's own answers with changes."""
    answers = {**without(answers_for(committee, worker_type), *left_out), **changes}
    before: dict[str, Any] = {**SSIN, "joint_committee": committee, "worker_type": worker_type}
    return step_form("period", answers, TODAY, before)


# -- step 3 ----------------------------------------------------------------------------------------------------

FIRST = {"joint_committee", "worker_type"}
USER_FIELDS = {
    "user_enterprise_number", "user_name", "user_street", "user_house_number", "user_box", "user_postal_code",
    "user_town", "user_country", "user_joint_committee",
}  # fmt: skip
WORKPLACE_FIELDS = {"works_elsewhere", "workplace_box", *WORKPLACE}


@pytest.mark.parametrize(
    ("committee", "worker_type", "asked"),
    [
        ("", "", set()),
        ("XXX", "", set()),
        ("XXX", "OTH", set()),
        ("XXX", "STU", WORKPLACE_FIELDS),
        ("XXX", "IVT", set(SMALL_STATUTE)),
        ("XXX", "TRI", set(SMALL_STATUTE)),
        ("XXX", "STG", set(SMALL_STATUTE)),
        ("124", "", set()),
        ("124", "BCW", set(CARDS)),
        ("124", "RTA", set(CARDS)),
        ("124", "STU", {*CARDS, *WORKPLACE_FIELDS}),
        ("124", "IVT", {*CARDS, *SMALL_STATUTE}),
        ("322", "", USER_FIELDS),
        ("322", "OTH", USER_FIELDS),
        ("322", "EXT", USER_FIELDS),
        ("322", "BCW", USER_FIELDS | set(CARDS)),
        ("322", "DWD", USER_FIELDS | set(CARDS)),
        ("322", "STU", USER_FIELDS | set(CARDS) | WORKPLACE_FIELDS),
        ("322", "TRI", USER_FIELDS | set(CARDS) | set(SMALL_STATUTE)),
        ("302", "EXT", set()),
    ],
)
def test_the_blocks_follow_the_committee_and_the_type(committee, worker_type, asked):
    form = characteristics(committee, worker_type)
    assert set(form.fields) == FIRST | asked
    assert {field.name for group in form.groups for field in group.fields} == FIRST | asked


@pytest.mark.parametrize(
    ("committee", "worker_type", "changes", "found"),
    [
        ("", "", {}, {"joint_committee": ["00046-001"], "worker_type": ["00655-001"]}),
        ("999", "OTH", {}, {"joint_committee": ["00046-003"]}),
        ("XXX", "QUA", {}, {"worker_type": ["00655-003"]}),
        ("XXX", "IVT", {}, {"nature": ["01231-001"], "trainee_status": ["00053-001"]}),
        ("XXX", "IVT", {**SMALL_STATUTE, "risk_code": ""}, {}),
        ("XXX", "IVT", {**SMALL_STATUTE, "nature": "X"}, {"nature": ["01231-003"]}),
        ("XXX", "IVT", {**SMALL_STATUTE, "nature": "WORKER", "risk_code": "006"}, {}),
        ("XXX", "IVT", {**SMALL_STATUTE, "nature": "WORKER"}, {"risk_code": ["00041-521"]}),
        ("XXX", "IVT", {**SMALL_STATUTE, "risk_code": "999"}, {"risk_code": ["00041-003"]}),
        ("XXX", "IVT", {**SMALL_STATUTE, "trainee_status": "F3"}, {"trainee_status": ["00053-003"]}),
        ("124", "BCW", CARDS, {}),
        ("124", "BCW", {}, {"first_month_card": ["00663-001"], "next_month_card": ["00664-001"]}),
        ("124", "BCW", {**CARDS, "next_month_card": "3636"}, {"next_month_card": ["00664-353"]}),
        ("124", "BCW", {**CARDS, "first_month_card": "1" * 13}, {"first_month_card": ["00663-003"]}),
        ("124", "BCW", {**CARDS, "first_month_card": "0"}, {"first_month_card": ["00663-003"]}),
        ("124", "BCW", {**CARDS, "next_month_card": "A1"}, {"next_month_card": ["00664-003"]}),
        ("322", "DWD", USER, {}),
        ("322", "DWD", {**USER, "first_month_card": "1"}, {"next_month_card": ["00664-001"]}),
        ("322", "DWD", {**USER, "user_joint_committee": "124"},
         {"first_month_card": ["00663-001"], "next_month_card": ["00664-001"]}),
        ("322", "OTH", {}, {"user_enterprise_number": ["90107-351"]}),
        ("322", "OTH", {"user_enterprise_number": "0852093432"}, {"user_enterprise_number": ["00131-003"]}),
        ("322", "OTH", {"user_enterprise_number": "0412345614"}, {"user_enterprise_number": ["00131-235"]}),
        ("322", "OTH", {**USER, "user_joint_committee": "322"}, {"user_joint_committee": ["00046-003"]}),
        ("322", "BCW", {**USER, **CARDS}, {"user_joint_committee": ["00046-001"]}),
        ("322", "OTH", {"user_name": "Firma GmbH"},
         {"user_street": ["00517-001"], "user_house_number": ["00518-001"], "user_postal_code": ["00520-001"],
          "user_town": ["00522-001"], "user_country": ["00523-001"]}),
        ("322", "OTH", {"user_name": "F" * 96, "user_street": "s" * 42, "user_house_number": "1" * 10,
                        "user_box": "b" * 4, "user_postal_code": "1" * 9, "user_town": "t" * 40,
                        "user_country": "00103"}, {}),
        ("322", "OTH", {"user_name": "F" * 97}, {"user_name": ["00153-003"]}),
        ("322", "OTH", {"user_name": "Firma", "user_street": "s" * 43, "user_house_number": "1" * 11,
                        "user_box": "b" * 5, "user_postal_code": "1" * 10, "user_town": "t" * 41,
                        "user_country": "DE"},
         {"user_street": ["00517-003"], "user_house_number": ["00518-003"], "user_box": ["00519-003"],
          "user_postal_code": ["00520-003"], "user_town": ["00522-003"], "user_country": ["00523-003"]}),
        ("322", "OTH", {**USER, "user_street": "s" * 43, "user_town": "\0"}, {}),
        ("XXX", "STU", {}, {}),
        ("XXX", "STU", {"works_elsewhere": "on", **WORKPLACE}, {}),
        ("XXX", "STU", {"workplace_name": "w" * 97, "workplace_country": "x"}, {}),
        ("XXX", "STU", {"works_elsewhere": "on"},
         {"workplace_name": ["00776-001"], "workplace_street": ["00517-001"],
          "workplace_house_number": ["00518-001"], "workplace_postal_code": ["00520-001"],
          "workplace_town": ["00522-001"], "workplace_country": ["00523-001"]}),
        ("XXX", "STU", {"works_elsewhere": "on", **WORKPLACE, "workplace_name": "w" * 97},
         {"workplace_name": ["00776-003"]}),
        ("XXX", "OTH", {**CARDS}, {"__all__": ["00663-005", "00664-005"]}),
        ("XXX", "OTH", {"nature": "WORKER"}, {"__all__": ["01231-005"]}),
        ("XXX", "OTH", {"risk_code": "401", "trainee_status": "F1"}, {"__all__": ["00041-005", "00053-005"]}),
        ("XXX", "OTH", {"user_enterprise_number": CONSTRUCTION_USER}, {"__all__": ["00131-005"]}),
        ("XXX", "OTH", {"user_name": "Firma"}, {"__all__": ["00153-005"]}),
        ("XXX", "OTH", {"user_joint_committee": "302"}, {"__all__": ["00046-005"]}),
        ("XXX", "OTH", {"workplace_name": "Elders"}, {"__all__": ["00776-005"]}),
    ],
)  # fmt: skip
def test_step_3_says_what_is_wrong_under_its_code(committee, worker_type, changes, found):
    assert codes_of(characteristics(committee, worker_type, **changes)) == found


def test_an_occasional_worker_is_known_by_ssin():
    answers = {"joint_committee": "144", "worker_type": "EXT"}
    assert codes_of(step_form("characteristics", answers, TODAY)) == {"worker_type": ["00024-001"]}
    assert step_form("characteristics", answers, TODAY, SSIN).is_valid()


# -- step 4 ----------------------------------------------------------------------------------------------------

END_IS_MANDATORY = {"A17", "EXT", "FLX", "IVT", "O17", "S17", "STG", "STU", "T17", "TRI"}
HAS_TIMES, HAS_HOURS = {"EXT", "FLX", "STU"}, {"O17", "S17", "STU"}


@pytest.mark.parametrize("worker_type", BY_TYPE)
def test_a_type_asks_for_its_own_dates_and_hours(worker_type):
    """Domain reference, section 3, the whole table."""
    form = period("XXX", worker_type)
    assert form.is_valid(), form.errors
    expected = {"start_date", "end_date"}
    expected |= {"start_time", "end_time"} if worker_type in HAS_TIMES else set()
    expected |= {"planned_hours"} if worker_type in HAS_HOURS else set()
    expected |= {"duration_unit"} if worker_type == "FLX" else set()
    assert set(form.fields) == expected
    stars = {name for name, field in form.fields.items() if field.is_starred}
    assert expected - stars == (set() if worker_type in END_IS_MANDATORY else {"end_date"})
    missing = codes_of(period("XXX", worker_type, *expected))
    assert set(missing) == stars


def test_under_322_the_end_date_is_mandatory_for_every_type():
    assert codes_of(period("322", "OTH", "end_date")) == {"end_date": ["00911-001"]}
    assert period("322", "OTH").is_valid()


@pytest.mark.parametrize(
    ("committee", "worker_type", "changes", "found"),
    [
        ("XXX", "OTH", {"start_date": ""}, {"start_date": ["00910-001"]}),
        ("XXX", "OTH", {"start_date": "1/1/45"}, {"start_date": ["00910-003"]}),
        ("XXX", "OTH", {"start_date": "31/2/2026"}, {"start_date": ["00910-003"]}),
        ("XXX", "OTH", {"end_date": "1/3/2026"}, {"end_date": ["00911-014"]}),
        ("XXX", "OTH", {"end_date": "2/3/2026"}, {}),
        ("XXX", "OTH", {"end_date": "x"}, {"end_date": ["00911-003"]}),
        ("XXX", "OTH", {"planned_hours": "8"}, {"__all__": ["01135-005"]}),
        ("XXX", "OTH", {"start_time": "8:00", "end_time": "9:00"}, {"__all__": ["00777-005", "00778-005"]}),
        ("XXX", "STU", {"planned_hours": ""}, {"planned_hours": ["01135-001"]}),
        ("XXX", "STU", {"planned_hours": "0"}, {"planned_hours": ["01135-003"]}),
        ("XXX", "STU", {"planned_hours": "1"}, {}),
        ("XXX", "STU", {"planned_hours": "999"}, {}),
        ("XXX", "STU", {"planned_hours": "1000"}, {"planned_hours": ["01135-003"]}),
        ("XXX", "STU", {"planned_hours": "-1"}, {"planned_hours": ["01135-003"]}),
        ("XXX", "STU", {"planned_hours": "7.5"}, {"planned_hours": ["01135-003"]}),
        ("XXX", "STU", {"planned_hours": "9" * 5000}, {"planned_hours": ["01135-003"]}),
        ("XXX", "STU", {"start_time": "25:00"}, {"start_time": ["00777-003"]}),
        ("XXX", "STU", {"end_date": "2/3/2026", "end_time": "10:00"}, {"end_time": ["00778-345"]}),
        ("XXX", "STU", {"end_time": "08:00"}, {}),
        ("144", "EXT", {"end_time": "09:59"}, {"end_time": ["00778-345"]}),
        ("144", "EXT", {"end_date": "3/3/2026", "end_time": "03:00"}, {}),
        ("144", "EXT", {"duration_unit": "flat"}, {}),
        ("302", "EXT", {"duration_unit": ""}, {"duration_unit": ["90373-339"]}),
        ("302", "EXT", {"duration_unit": "day"}, {"duration_unit": ["90373-339"]}),
        ("302", "EXT", {"duration_unit": "hour"}, {}),
        ("302", "EXT", {"duration_unit": "flat"}, {"__all__": ["00778-005"]}),
        ("302", "EXT", {"duration_unit": "flat", "end_time": ""}, {}),
        ("302", "EXT", {"duration_unit": "flat", "end_time": "", "start_time": ""}, {"start_time": ["00777-001"]}),
        ("XXX", "FLX", {"duration_unit": ""}, {"duration_unit": ["90373-339"]}),
        ("XXX", "FLX", {"duration_unit": "hour"}, {"duration_unit": ["90373-339"]}),
        ("XXX", "FLX", {"duration_unit": "day", "end_time": ""}, {"end_time": ["00778-001"]}),
        ("XXX", "FLX", {"duration_unit": "period", "end_date": "3/3/2026"}, {"__all__": ["00777-005", "00778-005"]}),
        ("XXX", "FLX", {"duration_unit": "period", "end_date": "3/3/2026", "start_time": "", "end_time": ""}, {}),
        ("XXX", "FLX", {"duration_unit": "period", "start_time": "", "end_time": ""}, {"end_date": ["00911-014"]}),
    ],
)
def test_step_4_says_what_is_wrong_under_its_code(committee, worker_type, changes, found):
    assert codes_of(period(committee, worker_type, **changes)) == found
