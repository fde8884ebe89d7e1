"""The published tables, as CSV files, compared with the database and loaded into it.

Loading adds rows and updates rows (closing one is an update). It never deletes, and never overwrites a row edited in
the admin; once the file says the same as such a row, the row follows the file again.
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

# In this order: pairs and quotas name the codes of the first two.
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
    """Bad data, told as `file:line: what is wrong`; nothing was written."""


@contextmanager
def load_error_at(place: str) -> Iterator[None]:
    """A block whose ValidationError becomes a LoadError that names the place."""
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
        """Whether the database changes."""
        return self in (Action.ADD, Action.UPDATE)


@dataclass(frozen=True)
class Difference:
    """One row that the file and the database tell differently.

    `place` is the file and line; `row` the row of the file, or the database's when the file has none; `changes` the
    fields that differ, each with the value in the database and the one in the file.
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
    """Load every table in one transaction; what differed, by table. Raises LoadError."""
    with transaction.atomic():
        found = {name: compare(name) for name in TABLES}
        for name, differences in found.items():
            _write(TABLES[name], [each for each in differences if each.act.is_written])
        if any(each.act.is_written for differences in found.values() for each in differences):
            TablesVersion.renew()
    return found


def compare(name: str) -> list[Difference]:
    """How the file of table `name` and the database differ, in the order of the file. Raises LoadError."""
    model, path = TABLES[name], DATA / f"{name}.csv"
    stored = {row.natural_key: row for row in model._default_manager.all()}
    rows: dict[tuple[Any, ...], Dated] = {}
    differences = []
    for place, row in read(path, model):
        if row.natural_key in rows:
            raise LoadError(f"{place}: a line above has the same key")
        rows[row.natural_key] = row
        differences.append(_difference(place, row, stored))
    left = [Difference(Action.LEAVE_UNLISTED, path.name, row) for key, row in stored.items() if key not in rows]
    return [each for each in differences if each] + left


def _difference(place: str, row: Dated, stored: dict[tuple[Any, ...], Dated]) -> Difference | None:
    twin = stored.get(row.natural_key)
    if twin is None:
        return Difference(Action.KEEP_EDITED if _overlaps_edited_row(row, stored.values()) else Action.ADD, place, row)
    values = {name: (getattr(twin, name), getattr(row, name)) for name in columns(type(row))}
    changes = {name: (old, new) for name, (old, new) in values.items() if old != new}
    if changes and twin.is_edited:
        return Difference(Action.KEEP_EDITED, place, row, changes)
    if twin.is_edited:
        changes = {"is_edited": (True, False)}
    row.pk = twin.pk
    return Difference(Action.UPDATE, place, row, changes) if changes else None


def _overlaps_edited_row(row: Dated, stored: Iterable[Dated]) -> bool:
    """Whether a row edited by hand is in force on a day of this one: the first day was edited as well."""
    return any(other.is_edited and other.identity == row.identity and other.overlaps(row) for other in stored)


def _write(model: type[Dated], differences: list[Difference]) -> None:
    """Write and check the rows; through the base manager, so that the version is drawn once for all tables."""
    added = [each.row for each in differences if each.act is Action.ADD]
    updated = [each.row for each in differences if each.act is Action.UPDATE]
    model._base_manager.bulk_create(added)
    if updated:
        model._base_manager.bulk_update(updated, [*columns(model), "is_edited"])
    for each in differences:
        with load_error_at(each.place):
            each.row.clean()


def load_demo_employers() -> list[Employer]:
    """Add the invented employers none of whose numbers is in the repertory yet; those added. Raises LoadError."""
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
    """The columns of the model's file: its fields, less the key of the database and what only the admin sets."""
    return [each.name for each in model._meta.concrete_fields if each.editable and not each.primary_key]


def read(path: Path, model: type[Row]) -> Iterator[tuple[str, Row]]:
    """The rows of a file, unsaved, each with its place `file:line`. Raises LoadError."""
    try:
        file = path.open(encoding="utf-8", newline="")
    except FileNotFoundError as error:
        raise LoadError(f"{path.name}: the file is missing") from error
    with file:
        lines = csv.DictReader(file, strict=True)
        if wrong := set(lines.fieldnames or []) ^ set(columns(model)):
            raise LoadError(f"{path.name}:1: missing or unknown columns: {', '.join(sorted(wrong))}")
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
