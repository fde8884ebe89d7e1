"""Replay every period from its declarations, hold every number that was given against its declaration, and the
reviewers' queue against what was filed and decided.

Each line names a period or a declaration by its number, and what is not as it should be: a column that is not what
the accepted declarations make of it; a declaration that no period in that state takes; one that is missing, or has a
number that was never given; a lock that no reviewer set; what awaits a decision and is not in the queue, or is there
and does not.

It cannot see what no other row tells: a change made alike in every place that keeps it; a joint committee or a type of
worker exchanged, in a later declaration, for another row of the same code; what a declaration keeps beside the period
(answers, anomalies, language, draft, receipt, family name, an acceptance with or without a warning, and when it was
sent, unless it cancelled the period); what a refused or pending declaration says; who decided or locked, and why; and
declarations that are gone together with their numbers and, if they were accepted, with their whole period.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Prefetch, QuerySet

from declarations.enums import Status
from declarations.filing.ledger import CODED_FIELDS, differences, lock_differences
from declarations.filing.submission import FIRST_RANK
from declarations.models import Declaration, DeclarationRank, Period, QueueEntry
from declarations.records import seals
from declarations.records.batches import batches
from referentials.numbers import dimona


def accepted() -> QuerySet[Declaration]:
    """The declarations accepted when they were filed, without what they keep encrypted."""
    statuses = [status for status in Status if status.is_accepted]
    rows = Declaration.objects.filter(status__in=statuses).select_related("decision", *CODED_FIELDS)
    return rows.defer("answers", "decision__note")


def differences_in(period: Period, declarations: Iterable[Declaration]) -> list[str]:
    """The differences of a period, given its declarations accepted when they were filed."""
    decision = getattr(period, "decision", None)
    opened = [decision.declaration] if decision and Status(decision.status).is_accepted else []
    in_order = sorted([*opened, *declarations], key=lambda declaration: declaration.number)
    return [*differences(period, in_order), *lock_differences(period, period.locks.all())]


def reread_differences(period: Period) -> list[str]:
    """The differences of a period, read with its declarations by one query: what is filed meanwhile is none."""
    declarations = list(accepted().filter(period=period).select_related("period__decision"))
    if not declarations and not Period.objects.filter(pk=period.pk).exists():
        # It was removed meanwhile; its number is looked for among the tombstones.
        return []
    as_read = declarations[0].period if declarations else None
    return differences_in(as_read or period, declarations)


def given_numbers(numbers: Iterable[str]) -> set[str]:
    """Those of the numbers that were given to a declaration."""
    ranks = [int(start) - FIRST_RANK for number in numbers if (start := number[: dimona.RANK_LENGTH]).isdecimal()]
    given = DeclarationRank.objects.filter(pk__in=ranks)
    return {dimona.from_rank(FIRST_RANK + rank.pk) for rank in given}


def missing_numbers(ranks: Iterable[DeclarationRank]) -> list[str]:
    """The numbers of these ranks that no declaration has."""
    numbers = [dimona.from_rank(FIRST_RANK + rank.pk) for rank in ranks]
    found = set(Declaration.objects.filter(number__in=numbers).values_list("number", flat=True))
    return [number for number in numbers if number not in found]


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
        yield from self.period_differences()
        yield from self.numbers_never_given()
        yield from self.missing_declarations()
        yield from self.queue_differences()

    def period_differences(self) -> Iterator[str]:
        """Where a period is not what its declarations make of it."""
        decided = ("decision__declaration", *(f"decision__declaration__{name}" for name in CODED_FIELDS))
        rows = Period.objects.select_related(*decided).defer("decision__note", "decision__declaration__answers")
        rows = rows.prefetch_related(Prefetch("declarations", accepted()), "locks")
        for batch in batches(rows, "number"):
            self.read["periods"] += len(batch)
            for period in batch:
                if differences_in(period, period.declarations.all()):
                    yield from (f"{period.number}: {what}" for what in reread_differences(period))

    def numbers_never_given(self) -> Iterator[str]:
        """The declarations whose number was never given."""
        for batch in batches(Declaration.objects.only("number"), "number"):
            self.read["declarations"] += len(batch)
            numbers = [declaration.number for declaration in batch]
            given = given_numbers(numbers)
            yield from (f"{number}: this number was never given" for number in numbers if number not in given)

    def missing_declarations(self) -> Iterator[str]:
        """The numbers that were given and have no declaration; but for those removed, as a tombstone says."""
        missing = [number for batch in batches(DeclarationRank.objects.all()) for number in missing_numbers(batch)]
        removed = seals.removed_numbers() if missing else set()
        yield from (f"{number}: this declaration is missing" for number in missing if number not in removed)

    def queue_differences(self) -> Iterator[str]:
        """What is missing in the queue and what is there without a reason, each told by one reading of all of them."""
        for batch in batches(Declaration.objects.missing_from_queue(), "number"):
            yield from (f"{row.number}: awaits a decision and is not in the queue" for row in batch)
        for queued in batches(
            QueueEntry.objects.misplaced().select_related("declaration").only("declaration__number")
        ):
            yield from (f"{row.declaration.number}: does not stand in the queue as it was filed" for row in queued)
