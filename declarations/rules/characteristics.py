"""Rules on the joint committee, the worker type, and the fields that depend on them."""

from __future__ import annotations

from ..enums import Stage
from .registry import IN_AND_MODIFICATION, rule


@rule("90374-349", field="worker_type", source="domain reference 2.2; ruling 19")
def committee_and_type_go_together(pair_exists: bool) -> bool:
    """Only pairs of joint committee and worker type in the table may be declared."""
    return pair_exists


@rule("00910-008", field="start_date", source="domain reference 2.3; ruling 19", kinds=IN_AND_MODIFICATION)
def characteristics_are_in_force_on_the_start_date(pair_exists: bool, characteristics_are_in_force: bool) -> bool:
    """The committee, the worker type and their pair are in force on the starting date.

    For a pair that never existed, 90374-349 is reported instead.
    """
    return characteristics_are_in_force or not pair_exists


@rule("00655-350", field="worker_type", source="domain reference 2.2, note 12")
def type_is_open_to_the_employer(is_open_to_employer: bool) -> bool:
    """Article 17 for public television is open to public broadcasters only, mandates to assemblies only."""
    return is_open_to_employer


@rule("00024-001", field="worker_type", source="domain reference 3.4 and 3.9", stage=Stage.STEP)
def ssin_is_given_when_the_type_requires_it(requires_ssin: bool, ssin: str) -> bool:
    """An occasional worker can be declared by SSIN only."""
    return bool(ssin) or not requires_ssin


@rule("00041-521", field="risk_code", source="domain reference 3.8", stage=Stage.STEP)
def risk_fits_the_nature_of_the_work(nature: str, risk_nature: str | None) -> bool:
    """The risk code, if given, belongs to the nature of the work: employee or manual worker."""
    return risk_nature is None or risk_nature == nature


@rule("00664-353", field="next_month_card", source="domain reference 3.6; ruling 12", stage=Stage.STEP)
def cards_of_both_months_differ(first_month_card: str, next_month_card: str) -> bool:
    """The C3.2A card of the next month is not the same as that of the first month."""
    # The zones are numeric: numbers that differ in leading zeros are the same card.
    return not first_month_card or first_month_card.lstrip("0") != next_month_card.lstrip("0")


@rule("90107-351", field="user_enterprise_number", source="domain reference 3.7", stage=Stage.STEP)
def user_undertaking_is_named(requires_user: bool, user_enterprise_number: str, user_name: str) -> bool:
    """For agency work the user undertaking is given: by enterprise number, or by name if it is foreign."""
    return bool(user_enterprise_number or user_name) or not requires_user


@rule("90107-352", field="user_name", source="domain reference 3.7", stage=Stage.STEP)
def user_undertaking_is_named_once(user_enterprise_number: str, user_name: str) -> bool:
    """The user undertaking is given by enterprise number or by name, not by both."""
    return not (user_enterprise_number and user_name)


@rule("90374-349", field="user_joint_committee", source="domain reference 2.2, notes 2 and 5, and 3.7")
def user_committee_fits_the_type(user_joint_committee: str, user_committees: tuple[str, ...]) -> bool:
    """If agencies may lend a worker type to some sectors only, the user's committee is one of these."""
    return not user_committees or user_joint_committee in user_committees
