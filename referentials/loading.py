"""Comparison of the published tables (CSV files) with the database, and their loading.

Loading adds and updates rows; closing a row is an update. It never deletes a row and never overwrites a row edited in
the admin. Once the file agrees with an edited row, later changes of the file apply to that row again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q

from .bases import Dated, TablesVersion
from .models import (
    AllowedPair,
    Anomaly,
    Country,
    Employer,
    JointCommittee,
    Nationality,
    PostalCode,
    Quota,
    RiskCode,
    TraineeStatus,
    WorkerType,
)

DATA = Path(__file__).parent / "data"

# The order matters: pairs and quotas refer to the codes of the first two.
TABLES: dict[str, type[Dated]] = {
    "joint_committees": JointCommittee,
    "worker_types": WorkerType,
    "allowed_pairs": AllowedPair,
    "risk_codes": RiskCode,
    "trainee_statuses": TraineeStatus,
    "quotas": Quota,
    "anomalies": Anomaly,
    "countries": Country,
    "nationalities": Nationality,
    "postal_codes": PostalCode,
}

Row = TypeVar("Row", bound=models.Model)


class LoadError(Exception):
    """Invalid data, reported as `file:line: what is unexpected`; nothing was written."""


@contextmanager
def load_error_at(place: str) -> Iterator[None]:
    """Turn a ValidationError raised in the block into a LoadError that names the place."""
    try:
        yield
    except ValidationError as error:
        raise LoadError(f"{place}: {' '.join(error.messages)}") from error


class Action(Enum):
    """What loading does about a difference."""

    ADD = "new"
    UPDATE = "changed"
    KEEP_EDITED = "edited by hand, kept"
    LEAVE_UNLISTED = "not in the file, left"

    @property
    def is_written(self) -> bool:
        """Whether the action changes the database."""
        return self in (Action.ADD, Action.UPDATE)


@dataclass(frozen=True)
class Difference:
    """A row that differs between the file and the database.

    `place` is the file and line. `row` is the row of the file, or the stored row when the file has none. `changes`
    maps each field that differs to its value in the database and its value in the file.
    """

    act: Action
    place: str
    row: Dated
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)

    def __str__(self) -> str:
        key = " ".join(str(value) for value in self.row.natural_key if value)
        changes = "; ".join(f"{name} {old!r} → {new!r}" for name, (old, new) in self.changes.items())
        return f"{self.place}: {key}: {self.act.value}" + (f" ({changes})" if changes else "")


def load() -> dict[str, list[Difference]]:
    """Load every table in one transaction and return the differences by table. Raises LoadError."""
    with transaction.atomic():
        by_table = {name: compare(name) for name in TABLES}
        for name, differences in by_table.items():
            _write(TABLES[name], [each for each in differences if each.act.is_written])
        if any(each.act.is_written for differences in by_table.values() for each in differences):
            TablesVersion.renew()
    return by_table


def compare(name: str) -> list[Difference]:
    """The differences between the file of table `name` and the database, in file order. Raises LoadError."""
    model, path = TABLES[name], DATA / f"{name}.csv"
    stored = {row.natural_key: row for row in model._default_manager.all()}
    rows: dict[tuple[Any, ...], Dated] = {}
    differences = []
    for place, row in read(path, model):
        if row.natural_key in rows:
            raise LoadError(f"{place}: a line above has the same key")
        rows[row.natural_key] = row
        differences.append(_difference(place, row, stored))
    unlisted = [Difference(Action.LEAVE_UNLISTED, path.name, row) for key, row in stored.items() if key not in rows]
    return [each for each in differences if each] + unlisted


def _difference(place: str, row: Dated, stored: dict[tuple[Any, ...], Dated]) -> Difference | None:
    stored_row = stored.get(row.natural_key)
    if stored_row is None:
        return Difference(Action.KEEP_EDITED if _overlaps_edited_row(row, stored.values()) else Action.ADD, place, row)
    values = {name: (getattr(stored_row, name), getattr(row, name)) for name in columns(type(row))}
    changes = {name: (old, new) for name, (old, new) in values.items() if old != new}
    if changes and stored_row.is_edited:
        return Difference(Action.KEEP_EDITED, place, row, changes)
    if stored_row.is_edited:
        changes = {"is_edited": (True, False)}
    row.pk = stored_row.pk
    return Difference(Action.UPDATE, place, row, changes) if changes else None


def _overlaps_edited_row(row: Dated, stored: Iterable[Dated]) -> bool:
    """Whether an edited row of the same code is in force on a day of this one, because its first day was edited."""
    return any(other.is_edited and other.identity == row.identity and other.overlaps(row) for other in stored)


def _write(model: type[Dated], differences: list[Difference]) -> None:
    """Write the rows, then validate them. The base manager leaves it to `load` to renew the version, once."""
    added = [each.row for each in differences if each.act is Action.ADD]
    updated = [each.row for each in differences if each.act is Action.UPDATE]
    model._base_manager.bulk_create(added)
    if updated:
        model._base_manager.bulk_update(updated, [*columns(model), "is_edited"])
    for each in differences:
        with load_error_at(each.place):
            each.row.clean()


def load_demo_employers() -> list[Employer]:
    """Add the demo employers whose numbers are all new to the repertory, and return them. Raises LoadError."""
    added = []
    with transaction.atomic():
        for place, employer in read(DATA / "demo_employers.csv", Employer):
            if not _is_known(employer):
                with load_error_at(place):
                    employer.full_clean()
                employer.save()
                added.append(employer)
    return added


def _is_known(employer: Employer) -> bool:
    names = ("enterprise_number", "nsso_number", "provisional_nsso_number")
    any_of_them = Q(*((f"{name}__in", employer.numbers) for name in names), _connector=Q.OR)
    return Employer.objects.filter(any_of_them).exists()


def columns(model: type[models.Model]) -> list[str]:
    """The columns of the model's CSV file: the editable fields without the primary key."""
    return [each.name for each in model._meta.concrete_fields if each.editable and not each.primary_key]


def read(path: Path, model: type[Row]) -> Iterator[tuple[str, Row]]:
    """The rows of a file, unsaved, each with its place `file:line`. Raises LoadError."""
    try:
        file = path.open(encoding="utf-8", newline="")
    except FileNotFoundError as error:
        raise LoadError(f"{path.name}: the file is missing") from error
    with file:
        lines = csv.DictReader(file, strict=True)
        if unexpected := set(lines.fieldnames or []) ^ set(columns(model)):
            raise LoadError(f"{path.name}:1: missing or unknown columns: {', '.join(sorted(unexpected))}")
        for line in lines:
            place = f"{path.name}:{lines.line_num}"
            yield place, _row(place, line, model)


def _row(place: str, line: dict[str, str], model: type[Row]) -> Row:
    if None in line or None in line.values():
        raise LoadError(f"{place}: the number of cells is not the number of columns")
    return model(**{name: _value(f"{place}: {name}", model, name, text) for name, text in line.items()})


def _value(place: str, model: type[models.Model], name: str, text: str) -> Any:
    model_field: models.Field = model._meta.get_field(name)  # type: ignore[assignment]
    if isinstance(model_field, models.BooleanField) and text not in ("0", "1"):
        raise LoadError(f"{place}: write 0 or 1")
    with load_error_at(place):
        return model_field.clean(None if text == "" and model_field.null else text, None)
