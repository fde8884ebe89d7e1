"""Replay every period from its declarations, and hold every number given against the declaration that has it.

Each line names a period or a declaration and what is not as the declarations make it: a column of a period, an accepted
declaration that is missing, was put in or cannot stand where it stands, one that says of the period what is not so, a
number without its declaration, a declaration without its number.

It cannot see what no other row tells: when the office locked a period; a change made alike in every place that keeps
it; a joint committee or a type of worker exchanged, in a later declaration, for another row of the same code; what a
declaration keeps beside the period (its answers and anomalies, language, draft, receipt, family name, an acceptance
with or without a warning, the moment of sending, unless it cancelled the period); what a refused or pending declaration
says; and a declaration that is gone with its number and, if it was accepted, the whole of its period.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from django.core.management.base import BaseCommand
from django.db.models import Model, Prefetch, QuerySet

from declarations.enums import Status
from declarations.ledger import CODED_FIELDS, differences
from declarations.models import Declaration, DeclarationRank, Period
from declarations.numbers import dimona
from declarations.submission import FIRST_RANK

BATCH = 1000
Row = TypeVar("Row", bound=Model)


def batches(rows: QuerySet[Row], key: str) -> Iterator[list[Row]]:
    """The rows, so many at a time, in the order of their `key`, a unique column.

    No cursor stays open between two batches: on SQLite it would keep every filing waiting.
    """
    batch = list(rows.order_by(key)[:BATCH])
    while batch:
        yield batch
        batch = list(rows.filter(**{f"{key}__gt": getattr(batch[-1], key)}).order_by(key)[:BATCH])


def accepted() -> QuerySet[Declaration]:
    """The accepted declarations in the order of their numbers, without what they keep encrypted."""
    statuses = [status for status in Status if status.is_accepted]
    rows = Declaration.objects.filter(status__in=statuses).select_related(*CODED_FIELDS)
    return rows.defer("answers").order_by("number")


def look_again(period: Period) -> list[str]:
    """The differences of a period that is read with its declarations by one query, so that none comes between."""
    declarations = list(accepted().filter(period=period).select_related("period", *CODED_FIELDS))
    as_read = declarations[0].period if declarations else None
    return list(differences(as_read or period, declarations))


def given_among(numbers: Iterable[str]) -> set[str]:
    """Those of the numbers that were given to a declaration."""
    ranks = [int(start) - FIRST_RANK for number in numbers if (start := number[: dimona.RANK_LENGTH]).isdecimal()]
    given = DeclarationRank.objects.filter(pk__in=ranks)
    return {dimona.from_rank(FIRST_RANK + rank.pk) for rank in given}


class Command(BaseCommand):
    """check_ledger; it only reads, and may run while declarations are filed."""

    help = "Replays every period from its declarations and prints each difference; exit 1 when there is one."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        """A line per difference, then how much was read."""
        self.read: Counter[str] = Counter()
        found = 0
        for difference in self.differences():
            found += 1
            self.stdout.write(difference)
        if verbosity:
            self.stdout.write(
                f"{self.read['periods']} periods, {self.read['declarations']} declarations, {found} differences."
            )
        if found:
            sys.exit(1)

    def differences(self) -> Iterator[str]:
        """Every difference."""
        yield from self.of_the_periods()
        yield from self.of_the_declarations()
        yield from self.of_the_ranks()

    def of_the_periods(self) -> Iterator[str]:
        """Where a period is not what its declarations make of it."""
        rows = Period.objects.prefetch_related(Prefetch("declarations", accepted()))
        for batch in batches(rows, "number"):
            self.read["periods"] += len(batch)
            for period in batch:
                if any(differences(period, list(period.declarations.all()))):
                    yield from (f"{period.number}: {what}" for what in look_again(period))

    def of_the_declarations(self) -> Iterator[str]:
        """The declarations whose number was never given."""
        for batch in batches(Declaration.objects.only("number"), "number"):
            self.read["declarations"] += len(batch)
            numbers = [declaration.number for declaration in batch]
            given = given_among(numbers)
            yield from (f"{number}: this number was never given" for number in numbers if number not in given)

    def of_the_ranks(self) -> Iterator[str]:
        """The numbers that were given and have no declaration."""
        for batch in batches(DeclarationRank.objects.all(), "pk"):
            numbers = [dimona.from_rank(FIRST_RANK + rank.pk) for rank in batch]
            found = set(Declaration.objects.filter(number__in=numbers).values_list("number", flat=True))
            yield from (f"{number}: this declaration is missing" for number in numbers if number not in found)
