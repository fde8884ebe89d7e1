"""Fills a database with so many stored declarations: `DATABASE_URL=… python -m benchmarks.rows 1000000`.

A hundred are filed by the domain call: students' days, three for each worker, five of them refused, and twice twelve
of workers whom nobody knows; at five employers. The office decides the first twelve of these, locks periods, looks at
SSINs, exports, signs in and changes tables, twelve times each. The rest are copies of these rows, made by the database
itself: each copy of the hundred has its own workers, employers, numbers and random hashes, and lies a little earlier
within the last two years. So the density is the same at every size: twenty declarations an employer, three a worker.
The other twelve wait in the latest tenth of the copies, ten copies at least, and are decided in the older ones, so
that queue and logs are a full page at every size. What is encrypted is copied as it is, and the keyed hashes of the
copies fit nothing: `verify_chain` would say so, and nothing that is measured reads them.

Prints what the benchmark then looks for, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils import timezone

HUNDRED = 100
# Between the keys of one copy and of the next.
STRIDE = 1000
# Periods of the one worker who has many; their numbers lie far from those of the copies.
THOUSAND = 1_000
FIRST_OF_THE_THOUSAND = 8_000_000_000
SPREAD = timedelta(days=730)
# Whom nobody knows, among the hundred: so many are decided in every copy, and as many in the older ones alone.
DOZEN = 12
# How far from the keys of a dozen's decisions those of the other dozen's are.
ASIDE = STRIDE // 2
EMPLOYERS = ("0852093431", "0999010324", "0999010621", "0999010720", "0999010819")


class Dialect:
    """How a database says what differs from copy to copy; `{column}` is a column, `{minutes}` how much earlier."""

    hash = "lower(hex(randomblob(32)))"
    token = "lower(hex(randomblob(16)))"  # noqa: S105 - the words for a random one
    uuid = "lower(hex(randomblob(16)))"
    moment = "strftime('%Y-%m-%d %H:%M:%f', {column}, '-' || ({minutes}) || ' minutes')"
    day = "date({column}, '-' || (({minutes}) / 1440) || ' days')"


class PostgresDialect(Dialect):
    """PostgreSQL's."""

    hash = "md5(random()::text) || md5(random()::text)"
    token = "md5(random()::text)"  # noqa: S105 - the words for a random one
    uuid = "gen_random_uuid()"
    moment = "{column} - ({minutes}) * interval '1 minute'"
    day = "{column} - (({minutes}) / 1440)::integer"


# -- the hundred -----------------------------------------------------------------------------------------------


def file_hundred(now: datetime) -> None:
    """File them by the domain call, as of now."""
    from tests.support import builders
    from tests.support.serving.journey import ssin

    for place in range(HUNDRED):
        worker, day = ssin(5000 + place // 3), now.date() - timedelta(days=1 + place % 3)
        typed = {"employer_number": EMPLOYERS[place // 3 % 5], **student(day)}
        if place >= HUNDRED - 2 * DOZEN:
            # Whom nobody knows: pending.
            typed |= {**builders.without(builders.BY_NAME, "knows_ssin"), "knows_ssin": "no", **anybody(day)}
        elif place >= HUNDRED - 2 * DOZEN - 5:
            # The same day again: refused.
            typed |= {**builders.BY_SSIN, "ssin": ssin(5000), **student(now.date() - timedelta(days=1))}
            typed["employer_number"] = EMPLOYERS[0]
        else:
            typed |= {**builders.BY_SSIN, "ssin": worker}
        builders.submit({**builders.START, **typed}, now)


def student(day: date) -> dict[str, str]:
    """Two hours of a student on that day."""
    typed = f"{day:%d/%m/%Y}"
    hours = {"start_time": "10:00", "end_time": "12:00", "planned_hours": "2"}
    return {"joint_committee": "XXX", "worker_type": "STU", "start_date": typed, "end_date": typed, **hours}


def add_periods(number: int, now: datetime) -> str:
    """One more worker, with so many periods of one day each until today at the first employer; the SSIN."""
    from declarations.models import Declaration, DeclarationRank, Period
    from referentials.numbers import dimona
    from tests.support import builders
    from tests.support.serving.journey import ssin

    typed = {**builders.START, **builders.BY_SSIN, "ssin": ssin(9000), "employer_number": EMPLOYERS[0]}
    first = builders.submit({**typed, **student(now.date() - timedelta(days=number))}, now)
    opened = Declaration.objects.get(pk=first.pk).period
    if opened is None:
        raise ValueError(first.status)
    values = {field.attname: getattr(opened, field.attname) for field in Period._meta.concrete_fields}
    for name in ("id", "number", "start_date", "end_date"):
        del values[name]
    ranks = DeclarationRank.objects.bulk_create(DeclarationRank() for _each in range(number - 1))
    days = (now.date() - timedelta(days=number - place) for place in range(1, number))
    Period.objects.bulk_create(
        Period(number=dimona.from_rank(FIRST_OF_THE_THOUSAND + rank.pk), start_date=day, end_date=day, **values)
        for rank, day in zip(ranks, days, strict=True)
    )
    return ssin(9000)


def anybody(day: date) -> dict[str, str]:
    """A declaration that asks for no SSIN."""
    return {"worker_type": "OTH", "end_date": "", "start_time": "", "end_time": "", "planned_hours": ""}


def work_at_the_office(now: datetime) -> None:
    """A dozen of what the office does and logs, as of now."""
    from axes.models import AccessFailureLog, AccessLog
    from django.contrib.admin.models import CHANGE, LogEntry
    from django.contrib.auth.models import User

    from declarations.filing import decisions
    from declarations.models import Declaration, ListExport, Period, SsinAccess
    from referentials import tables

    by = User.objects.create_user("reviewer", is_staff=True)
    for declaration in Declaration.objects.awaiting_decision()[:DOZEN]:
        decisions.decide(declaration, ssin="", note="Unknown.", by=by, at=now, tables=tables.current())
        SsinAccess.objects.create(accessed_at=now, accessed_by=by, declaration=declaration)
        LogEntry.objects.create(user=by, object_id=str(by.pk), object_repr="reviewer", action_flag=CHANGE)
        exported = {"list_name": "declarations.period", "file_format": "csv", "row_count": 7}
        ListExport.objects.create(exported_at=now, exported_by=by, **exported)
        for model in (AccessFailureLog, AccessLog):
            model.objects.create(username="reviewer", ip_address="2001:db8::1", user_agent="", path_info="/")
    for period in Period.objects.all()[: DOZEN // 2]:
        for is_locked in (True, False):
            decisions.set_lock(period, is_locked=is_locked, note="Looked at.", by=by, at=now)


# -- the copies ------------------------------------------------------------------------------------------------


Model = type[models.Model]


@dataclass(frozen=True)
class Copying:
    """How the tables in `copied` are copied `copies` times."""

    copied: tuple[Model, ...]
    copies: int
    dialect: Dialect

    def statement(self, model: Model, ks: str = "TRUE", aside: Mapping[Model, int] = MappingProxyType({})) -> str:
        """The INSERT of a table's copies; those k alone that fulfil a condition, keys of tables moved `aside`."""
        quote, table = connection.ops.quote_name, model._meta.db_table
        fields = {str(field.column): field for field in model._meta.concrete_fields}
        values = [self._value(field, quote(name), aside) for name, field in fields.items()]
        numbers = f"SELECT CAST(1 AS bigint) UNION ALL SELECT k + 1 FROM numbers WHERE k < {self.copies}"  # noqa: S608
        key = quote(str(model._meta.pk.column))
        return (
            f"INSERT INTO {quote(table)} ({', '.join(quote(name) for name in fields)}) "  # noqa: S608 - our own names
            f"WITH RECURSIVE numbers(k) AS ({numbers}) "
            f"SELECT {', '.join(values)} FROM {quote(table)} CROSS JOIN numbers WHERE {key} < {STRIDE} AND {ks}"
        )

    def _value(self, field: models.Field[Any, Any], column: str, aside: Mapping[Model, int]) -> str:
        """What a column holds in copy k."""
        app, dialect = field.model._meta.app_label, self.dialect
        if field.related_model in self.copied:
            return f"{column} + k * {STRIDE} + {aside.get(field.related_model, 0)}"
        if field.primary_key:
            return f"{column} + k * {STRIDE} + {aside.get(field.model, 0)}"
        if app == "referentials":
            return OF_AN_EMPLOYER.get(field.name, "{column}").format(column=column, key=f"(id + k * {STRIDE})")
        if field.name.endswith(("hash", "mac")):
            return f"CASE WHEN {column} = '' THEN '' ELSE {dialect.hash} END"
        rank = f"(CAST(substr({column}, 1, 10) AS bigint) + k * {STRIDE})"
        by_name = {
            "number": f"CAST({rank} * 100 + CASE WHEN {rank} % 97 = 0 THEN 97 ELSE {rank} % 97 END AS text)",
            "receipt_token": dialect.token,
            "state": "'sent'",
        }
        by_type = {"UUIDField": dialect.uuid, "DateTimeField": dialect.moment, "DateField": dialect.day}
        words = by_name.get(field.name) or by_type.get(field.get_internal_type(), column)
        # The logs of other apps are read in the order of their keys, which is that of their moments.
        place = "k" if app == "declarations" else f"({self.copies} - k)"
        minutes = f"{place} * {int(SPREAD.total_seconds() // 60)} / {self.copies + 1}"
        return words.format(column=column, minutes=minutes)


def multiply(copies: int) -> None:
    """Add so many copies of every row that the hundred and the office left."""
    from axes.models import AccessFailureLog, AccessLog
    from django.contrib.admin.models import LogEntry

    from declarations.models import (
        Decision,
        DecisionAnomaly,
        Declaration,
        DeclarationAnomaly,
        DeclarationRank,
        ListExport,
        Notification,
        Period,
        PeriodLock,
        QueueEntry,
        SsinAccess,
        Worker,
    )
    from referentials.models import Employer

    whole: tuple[Model, ...] = (
        Employer, DeclarationRank, Worker, Period, Declaration, DeclarationAnomaly, Decision, DecisionAnomaly,
        Notification, PeriodLock, SsinAccess, ListExport, LogEntry, AccessLog, AccessFailureLog,
    )  # fmt: skip
    dialect = PostgresDialect() if connection.vendor == "postgresql" else Dialect()
    copying, waiting = Copying(whole, copies, dialect), max(10, (copies + 1) // 10)
    other: Mapping[Model, int] = {Declaration: DOZEN, Decision: ASIDE, DecisionAnomaly: ASIDE}
    with transaction.atomic(), connection.cursor() as cursor:
        for model in whole:
            cursor.execute(copying.statement(model))
        for model in (Decision, DecisionAnomaly):
            cursor.execute(copying.statement(model, f"k >= {waiting}", other))
        cursor.execute(copying.statement(QueueEntry, f"k < {waiting}"))
        for reset in connection.ops.sequence_reset_sql(no_style(), list(whole)):
            cursor.execute(reset)


# Unique, and a name that a search for the first one does not find.
OF_AN_EMPLOYER = {
    "name": "'K' || k || ' ' || {column}",
    "search_key": "'k' || k || {column}",
    "enterprise_number": "CASE WHEN {column} IS NULL THEN NULL ELSE CAST(1100000000 + {key} AS text) END",
    "nsso_number": "CASE WHEN {column} IS NULL THEN NULL ELSE CAST(100000000 + {key} AS text) END",
    "provisional_nsso_number": "CASE WHEN {column} IS NULL THEN NULL ELSE CAST(5000000000 + {key} AS text) END",
}


# -- what is looked for ----------------------------------------------------------------------------------------


def sample() -> Iterator[tuple[str, Any]]:
    """The session of somebody of the office, and rows of the first hundred."""
    from django.contrib.auth.models import User

    from declarations.models import Declaration, Period
    from tests.support.staff import signed_in_client

    account = User.objects.create_superuser("bench", password=None)
    yield "cookie", signed_in_client(account).cookies[settings.SESSION_COOKIE_NAME].value
    period = Period.objects.select_related("worker", "employer").earliest("pk")
    yield "period_number", period.number
    yield "worker", period.worker_id
    yield "ssin", period.worker.ssin
    yield "employer", period.employer_id
    yield "enterprise_number", period.employer.enterprise_number
    yield "employer_name", period.employer.name
    stored = Declaration.objects.count()
    yield "stored", stored
    # The last page of a list of all of them, or of as many as a list shows.
    yield "last", min(100, stored // 100)
    yield "waiting", Declaration.objects.awaiting_decision()[0].number


def main() -> None:
    """File the hundred, do the office’s work, multiply both, count what the figures page counts, print the sample."""
    django.setup()
    file_hundred(timezone.localtime())
    work_at_the_office(timezone.localtime())
    multiply(int(sys.argv[1]) // HUNDRED - 1)
    busy_ssin = add_periods(THOUSAND, timezone.localtime())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    call_command("count_declarations", stdout=sys.stderr)
    print(json.dumps({**dict(sample()), "busy_ssin": busy_ssin}))


if __name__ == "__main__":
    main()
