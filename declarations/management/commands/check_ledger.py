"""Check periods, numbers and the reviewers' queue against the declarations and decisions.

Every period is replayed from its declarations, every issued number must have its declaration, and the queue must
contain exactly the undecided declarations.

Each line names a period or a declaration by its number, and what is wrong: a column that differs from what the
accepted declarations produce; a declaration that a period in that state cannot accept; a declaration that is missing,
or has a number that was never issued; a lock that no reviewer set; an undecided declaration that is not in the queue,
or a queue entry that does not belong there.

The command cannot detect what no other row contradicts: the same change made in every place that stores a value; a
joint committee or a type of worker replaced, in a later declaration, by another row of the same code; what a
declaration stores beside the period (answers, anomalies, language, draft, receipt, family name, acceptance with or
without a warning, and the filing time, unless it cancelled the period); the content of a refused or pending
declaration; who decided or locked, and why; and declarations removed together with their numbers and, if they were
accepted, with their whole period.
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
    """The declarations accepted when they were filed, without their encrypted columns."""
    statuses = [status for status in Status if status.is_accepted]
    rows = Declaration.objects.filter(status__in=statuses).select_related("decision", *CODED_FIELDS)
    return rows.defer("answers", "decision__note")


def differences_in(period: Period, declarations: Iterable[Declaration]) -> list[str]:
    """The differences in a period, given the declarations accepted when they were filed."""
    decision = getattr(period, "decision", None)
    opened = [decision.declaration] if decision and Status(decision.status).is_accepted else []
    in_order = sorted([*opened, *declarations], key=lambda declaration: declaration.number)
    return [*differences(period, in_order), *lock_differences(period, period.locks.all())]


def reread_differences(period: Period) -> list[str]:
    """The differences in a period read together with its declarations in one query, as of one moment."""
    declarations = list(accepted().filter(period=period).select_related("period__decision"))
    if not declarations and not Period.objects.filter(pk=period.pk).exists():
        # It was removed meanwhile; the check of missing declarations looks its number up in the tombstones.
        return []
    as_read = declarations[0].period if declarations else None
    return differences_in(as_read or period, declarations)


def given_numbers(numbers: Iterable[str]) -> set[str]:
    """The subset of numbers that were issued."""
    ranks = [int(start) - FIRST_RANK for number in numbers if (start := number[: dimona.RANK_LENGTH]).isdecimal()]
    given = DeclarationRank.objects.filter(pk__in=ranks)
    return {dimona.from_rank(FIRST_RANK + rank.pk) for rank in given}


def missing_numbers(ranks: Iterable[DeclarationRank]) -> list[str]:
    """The numbers of these ranks that have no declaration."""
    numbers = [dimona.from_rank(FIRST_RANK + rank.pk) for rank in ranks]
    found = set(Declaration.objects.filter(number__in=numbers).values_list("number", flat=True))
    return [number for number in numbers if number not in found]


class Command(BaseCommand):
    """check_ledger; only reads, and may run while declarations are filed."""

    help = "Replays every period from its declarations and prints each difference; exit 1 when there is one."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        """Print a line per difference, then the number of rows read. Exits with 1 if there is a difference."""
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
        """All differences."""
        yield from self.period_differences()
        yield from self.numbers_never_given()
        yield from self.missing_declarations()
        yield from self.queue_differences()

    def period_differences(self) -> Iterator[str]:
        """The periods that differ from the result of their declarations."""
        decided = ("decision__declaration", *(f"decision__declaration__{name}" for name in CODED_FIELDS))
        rows = Period.objects.select_related(*decided).defer("decision__note", "decision__declaration__answers")
        rows = rows.prefetch_related(Prefetch("declarations", accepted()), "locks")
        for batch in batches(rows, "number"):
            self.read["periods"] += len(batch)
            for period in batch:
                if differences_in(period, period.declarations.all()):
                    yield from (f"{period.number}: {what}" for what in reread_differences(period))

    def numbers_never_given(self) -> Iterator[str]:
        """The declarations whose number was never issued."""
        for batch in batches(Declaration.objects.only("number"), "number"):
            self.read["declarations"] += len(batch)
            numbers = [declaration.number for declaration in batch]
            given = given_numbers(numbers)
            yield from (f"{number}: this number was never given" for number in numbers if number not in given)

    def missing_declarations(self) -> Iterator[str]:
        """The issued numbers without a declaration, unless a tombstone says that it was removed."""
        missing = [number for batch in batches(DeclarationRank.objects.all()) for number in missing_numbers(batch)]
        removed = seals.removed_numbers() if missing else set()
        yield from (f"{number}: this declaration is missing" for number in missing if number not in removed)

    def queue_differences(self) -> Iterator[str]:
        """The declarations missing from the queue, then the misplaced entries."""
        for batch in batches(Declaration.objects.missing_from_queue(), "number"):
            yield from (f"{row.number}: awaits a decision and is not in the queue" for row in batch)
        for queued in batches(
            QueueEntry.objects.misplaced().select_related("declaration").only("declaration__number")
        ):
            yield from (f"{row.declaration.number}: does not stand in the queue as it was filed" for row in queued)
