"""The rules on quotas, and the excess that only the office reads."""

from __future__ import annotations

import pytest

from declarations.enums import DeclarationKind
from declarations.rules import RULES, QuotaUse, findings, quotas


def use(
    limit: int,
    used: int,
    added: int,
    *,
    holder: str = "worker",
    unit: str = "hours",
    strict: bool = False,
    replaced: int = 0,
) -> QuotaUse:
    return QuotaUse("STUDENT", holder, unit, limit, used, added, strict, replaced)


@pytest.mark.parametrize(
    ("limit", "used", "added", "excess"),
    [
        # Case 5: a student's hours of 2025, 2024 and 2022.
        (650, 640, 20, 10),
        (600, 640, 20, 60),
        (475, 640, 20, 185),
        (650, 640, 10, 0),
        (650, 640, 11, 1),
        (650, 0, 1, 0),
        (650, 700, 0, 50),
    ],
)
def test_the_excess_is_what_goes_over_the_limit(limit: int, used: int, added: int, excess: int) -> None:
    assert use(limit, used, added).excess == excess
    assert quotas.no_quota_of_the_worker_is_exceeded((use(limit, used, added),)) is (excess == 0)


@pytest.mark.parametrize(
    ("limit", "used", "added", "replaced", "excess"),
    [
        # A Modification that makes the period count more, as much, or less than it did; `used` is without it.
        (650, 640, 20, 19, 10),
        (650, 640, 20, 1, 10),
        (650, 640, 20, 20, 0),
        (650, 640, 20, 21, 0),
        (650, 640, 20, 999, 0),
        (650, 640, 10, 5, 0),
        (650, 640, 11, 10, 1),
        # It counted nothing in this year or quarter: what it adds is new.
        (650, 640, 20, 0, 10),
        # Days.
        (50, 50, 1, 1, 0),
        (50, 50, 1, 0, 1),
        (50, 49, 1, 0, 0),
        (50, 50, 0, 1, 0),
    ],
)
def test_what_is_changed_goes_over_only_where_it_counts_more(
    limit: int, used: int, added: int, replaced: int, excess: int
) -> None:
    changed = use(limit, used, added, replaced=replaced)
    assert changed.excess == excess
    assert quotas.no_quota_of_the_worker_is_exceeded((changed,)) is (excess == 0)


OVER, WITHIN = (650, 640, 20), (650, 640, 10)


@pytest.mark.parametrize(
    ("uses", "strict", "worker", "employer"),
    [
        ((), True, True, True),
        ((use(*WITHIN), use(*WITHIN, strict=True), use(*WITHIN, holder="employer")), True, True, True),
        ((use(*OVER),), True, False, True),
        # Case 6: O17 over its quota is refused.
        ((use(*OVER, strict=True),), False, True, True),
        ((use(*OVER, holder="employer"),), True, True, False),
        ((use(*WITHIN), use(*OVER)), True, False, True),
        ((use(*OVER, replaced=20), use(*OVER, strict=True, replaced=19)), False, True, True),
    ],
)
def test_each_rule_looks_at_its_own_quotas(
    uses: tuple[QuotaUse, ...], strict: bool, worker: bool, employer: bool
) -> None:
    assert quotas.no_strict_quota_of_the_worker_is_exceeded(uses) is strict
    assert quotas.no_quota_of_the_worker_is_exceeded(uses) is worker
    assert quotas.no_quota_of_the_employer_is_exceeded(uses) is employer


@pytest.mark.parametrize(
    ("uses", "code", "severity", "detail"),
    [
        ((use(*OVER),), "90017-369", "NP", "10 hours"),
        ((use(*WITHIN), use(650, 640, 11)), "90017-369", "NP", "1 hour"),
        ((use(25, 25, 1, unit="days", strict=True),), "90017-369", "B", "1 day"),
        ((use(300, 290, 20, strict=True), use(100, 95, 20, strict=True)), "90017-369", "B", "10 hours, 15 hours"),
        ((use(200, 199, 3, unit="days", holder="employer"),), "90256-369", "NP", "2 days"),
        ((use(*OVER, replaced=19), use(*OVER, replaced=20)), "90017-369", "NP", "10 hours"),
    ],
)
def test_the_office_reads_how_much_goes_over(
    uses: tuple[QuotaUse, ...], code: str, severity: str, detail: str
) -> None:
    of_quotas = [rule for rule in RULES if rule.parameters == ("quota_uses",)]
    (finding,) = findings(of_quotas, {"quota_uses": uses})
    assert (finding.code, finding.rule.severity, finding.detail) == (code, severity, detail)
    # An OUT ends what was counted, a Cancellation takes it back.
    assert finding.rule.kinds == (DeclarationKind.IN, DeclarationKind.MODIFICATION)
