"""The reference tables in memory, loaded once per process and again when the version row changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from . import cached_sql
from .bases import Dated
from .models import (
    AllowedPair,
    Anomaly,
    Country,
    JointCommittee,
    Nationality,
    PostalCode,
    Quota,
    RiskCode,
    TablesVersion,
    TraineeStatus,
    WorkerType,
)

Row = TypeVar("Row", bound=Dated)


def valid_on(rows: Iterable[Row], day: date) -> list[Row]:
    """The rows in force on `day`, in their order."""
    return [row for row in rows if row.is_valid_on(day)]


def nearest(rows: Iterable[Row], day: date) -> Row | None:
    """The row in force on `day`, else the row whose validity is closest to it; None without rows."""

    def distance(row: Row) -> int:
        if row.is_valid_on(day):
            return 0
        bounds = [bound for bound in (row.valid_from, row.valid_until) if bound]
        return min(abs((bound - day).days) for bound in bounds)

    return min(rows, key=distance, default=None)


@dataclass(frozen=True, eq=False)
class Tables:
    """Every small table at one version. Requests share the rows, so never change them."""

    version: int
    joint_committees: tuple[JointCommittee, ...]
    worker_types: tuple[WorkerType, ...]
    pairs: tuple[AllowedPair, ...]
    risk_codes: tuple[RiskCode, ...]
    trainee_statuses: tuple[TraineeStatus, ...]
    quotas: tuple[Quota, ...]
    countries: tuple[Country, ...]
    nationalities: tuple[Nationality, ...]
    postal_codes: tuple[PostalCode, ...]
    anomalies: dict[tuple[str, str], tuple[Anomaly, ...]] = field(default_factory=dict)

    def anomaly(self, code: str, day: date, rule: str = "") -> Anomaly:
        """The row of that code and rule on `day`, else the code's general row. Raises KeyError without a row."""
        found = nearest(self.anomalies.get((code, rule)) or self.anomalies[code, ""], day)
        if found is None:
            raise KeyError(code)
        return found

    def risk_nature(self, code: str, day: date) -> str | None:
        """The nature of work of a risk code; None for an unknown code."""
        found = nearest((row for row in self.risk_codes if row.code == code), day)
        return found.nature if found else None

    def joint_committee(self, code: str, day: date) -> JointCommittee | None:
        """The committee's row on `day`, else its nearest; None for an unknown code."""
        return nearest((row for row in self.joint_committees if row.code == code), day)

    def joint_committees_on(self, day: date) -> list[JointCommittee]:
        """One row per committee: the one in force on `day`, else the nearest."""
        return [row for row in self.joint_committees if row is self.joint_committee(row.code, day)]

    def worker_type(self, code: str, day: date) -> WorkerType | None:
        """The type's row on `day`, else its nearest; None for an unknown code."""
        return nearest((row for row in self.worker_types if row.code == code), day)

    def pair(self, joint_committee: str, worker_type: str, day: date) -> AllowedPair | None:
        """The row of the pair on `day`, else the nearest; None for a pair that never existed (90374-349)."""
        found = (p for p in self.pairs if (p.joint_committee, p.worker_type) == (joint_committee, worker_type))
        return nearest(found, day)

    def worker_types_of(self, joint_committee: str, day: date) -> list[WorkerType]:
        """The worker types that the committee allows at any time, one row each, in the order of codes (ruling 19)."""
        codes = sorted({pair.worker_type for pair in self.pairs if pair.joint_committee == joint_committee})
        rows = (self.worker_type(code, day) for code in codes)
        return [row for row in rows if row is not None]


_current: Tables | None = None


def current() -> Tables:
    """The current tables: one small query, and a full read only when the version changed."""
    global _current
    (version,) = cached_sql.values(TablesVersion, "number", id=1) or (0,)
    if _current is None or _current.version != version:
        _current = _read(version)
    return _current


def _read(version: int) -> Tables:
    return Tables(
        version=version,
        joint_committees=tuple(JointCommittee.objects.all()),
        worker_types=tuple(WorkerType.objects.all()),
        pairs=tuple(AllowedPair.objects.all()),
        risk_codes=tuple(RiskCode.objects.all()),
        trainee_statuses=tuple(TraineeStatus.objects.all()),
        quotas=tuple(Quota.objects.all()),
        countries=tuple(Country.objects.all()),
        nationalities=tuple(Nationality.objects.all()),
        postal_codes=tuple(PostalCode.objects.all()),
        anomalies=_by_code_and_rule(Anomaly.objects.all()),
    )


def _by_code_and_rule(rows: Iterable[Anomaly]) -> dict[tuple[str, str], tuple[Anomaly, ...]]:
    found: dict[tuple[str, str], tuple[Anomaly, ...]] = {}
    for row in rows:
        found[row.code, row.rule] = (*found.get((row.code, row.rule), ()), row)
    return found
