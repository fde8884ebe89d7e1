"""Rows of every sealed kind, the commands on the chain, and tampering with rows by SQL."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models
from django.utils import timezone

from declarations.encryption import EncryptedJSONField, EncryptedTextField
from declarations.enums import Status
from declarations.filing import decisions
from declarations.models import Period, Tombstone
from declarations.records import seals
from referentials import tables

from .builders import BY_NAME, ORDINARY, ZOE, answers_for, submit, without

ZOFIA = "90021412402"


def period_answers(period: Period, kind: str, **answers: str) -> dict[str, str]:
    """Answers for a declaration on a period."""
    return {
        "identifier_kind": "enterprise",
        "employer_number": ORDINARY,
        "kind": kind,
        "period_number": period.number,
        **answers,
    }


def seed_sealed_rows(at: Any) -> dict[str, Any]:
    """Three accepted declarations, one with an anomaly; one refused, two decided; two locks and two tombstones."""
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    User.objects.create_user("another", is_staff=True)
    moment = at("2026-03-03 09:00")
    student = submit(answers_for("XXX", "STU"), at("2026-03-02 08:00"))
    late = submit(answers_for("XXX", "OTH", ssin=ZOE), at("2026-03-03 09:00"))
    submit(answers_for("XXX", "OTH", ssin=ZOE), moment)
    ended = submit(period_answers(late.period, "out", end_date="20/3/2026"), moment)
    by_name = {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}
    pending, nobody = submit(by_name, moment), submit({**by_name, "family_name": "Niemand"}, moment)
    assert [row.status for row in (student, late, ended, pending)] == ["A", "W", "A", "S"]
    of_the_day = {"by": reviewer, "at": moment, "tables": tables.current()}
    decision = decisions.decide(pending, ssin=ZOFIA, note="seen", **of_the_day)
    decisions.decide(nobody, ssin="", note="unknown", **of_the_day)
    assert decision.status == Status.ACCEPTED_WITH_WARNING
    lock(late.period, reviewer, is_locked=True)
    lock(late.period, reviewer, is_locked=False)
    for number in ("900000990130", "900000990227"):
        tombstone(number, [])
    return {"student": student, "late": late, "ended": ended, "pending": pending, "decision": decision}


def lock(period: Period, by: User, *, is_locked: bool) -> None:
    """Lock or unlock a period."""
    decisions.set_lock(period, is_locked=is_locked, note="inspection", by=by, at=timezone.now())


def tombstone(number: str, removed: list[list[Any]]) -> Tombstone:
    """A tombstone as retention writes it, not sealed yet."""
    row = Tombstone(period_number=number, removed_at=timezone.now(), reason="kept long enough", removed_rows=removed)
    row.content_mac = seals.mac_of(row)
    row.save()
    return row


def command(name: str, *arguments: str) -> tuple[int, list[str]]:
    """The exit code and the output lines of a command."""
    written, code = StringIO(), 0
    try:
        call_command(name, *arguments, stdout=written)
    except SystemExit as left:
        code = int(str(left.code))
    return code, written.getvalue().splitlines()


def seal_all(*arguments: str) -> str:
    """Seal everything and return the head."""
    code, lines = command("seal_declarations", *arguments)
    assert code == 0, lines
    return lines[-1].removeprefix("Head: ")


def chain_breaks(*arguments: str) -> list[str]:
    """The breaks that verify_chain reports."""
    code, lines = command("verify_chain", *arguments)
    found = [line.partition(": ")[2].removesuffix(".") for line in lines if line.startswith(("First break", "Then"))]
    assert code == (1 if found else 0)
    return found


# -- tampering -------------------------------------------------------------------------------------------------

NOTHING: dict[type[models.Field], Any] = {
    models.DateField: date(2026, 12, 31),
    models.TimeField: time(3, 3),
    models.PositiveSmallIntegerField: 7,
    models.JSONField: {"start_date": "2026-01-01"},
}


def other_value(field: Any, value: Any) -> Any:
    """Another valid value for that column."""
    if isinstance(field, models.ForeignKey):
        return field.related_model._base_manager.exclude(pk=value).order_by("pk").values_list("pk", flat=True)[0]
    if isinstance(field, EncryptedJSONField):
        return {**value, "values": {**value["values"], "family_name": "Other"}}
    if isinstance(field, EncryptedTextField):
        return f"{value}, or not"
    if value is None or isinstance(field, models.JSONField):
        return NOTHING[type(field)]
    return changed_value(value)


def changed_value(value: Any) -> Any:
    """Another value of the same type and length."""
    if isinstance(value, UUID):
        return uuid4()
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, date):
        # Later for an end, earlier for a start, so that the start stays before the end.
        return value + timedelta(days=1 if value.day > 20 else -1)
    if isinstance(value, time):
        return value.replace(minute=59)
    if isinstance(value, int):
        return type(value)(not value) if isinstance(value, bool) else value + 900
    return ("x" if value[:1] != "x" else "y") + value[1:]


def execute(statement: str, *values: Any) -> None:
    """Run SQL, bypassing the models."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount


def overwrite(row: models.Model, name: str, value: Any) -> None:
    """Change a column of a row by SQL."""
    field = row._meta.get_field(name)
    stored = field.get_db_prep_save(value, connection)
    execute(f'UPDATE {row._meta.db_table} SET "{field.column}" = %s WHERE id = %s', stored, row.pk)


def remove(row: models.Model) -> None:
    """Delete a row and its dependent rows by SQL."""
    for related in row._meta.related_objects:
        for each in related.related_model._base_manager.filter(**{related.field.name: row.pk}):
            remove(each)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk])


def swap(first: models.Model, second: models.Model) -> None:
    """Exchange the primary keys of two rows."""
    table = first._meta.db_table
    for old, new in ((first.pk, 0), (second.pk, first.pk), (0, second.pk)):
        execute(f"UPDATE {table} SET id = %s WHERE id = %s", new, old)
