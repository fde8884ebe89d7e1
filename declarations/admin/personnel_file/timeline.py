"""The timeline of a worker or of an employer, a page of a year at a time.

However many rows there are, a page holds at most `PAGE_SIZE` entries found by their key, and takes as many queries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Coalesce

from referentials.models import Employer

from ...models import Decision, DecisionAnomaly, Declaration, DeclarationAnomaly, Period, Worker
from .entries import TimelineEntry, history_entry

PAGE_SIZE = 25
# Of one period; an OUT and some Modifications are usual, what is more is in the list of declarations.
MAX_DECLARATIONS = 20
LATEST_FIRST = ("-start_date", "-number")
# Where a period holds its latest declarations: a part of them does not stand for them all.
LATEST_ATTRIBUTE = "latest_declarations"
CHARACTERISTICS = ("employer", "worker", "joint_committee", "worker_type")


@dataclass(frozen=True)
class PageKey:
    """Where a page begins: after the entry of that starting date and number. Numbers are those of one series."""

    start_date: date
    number: str

    @classmethod
    def parse(cls, text: str) -> PageKey | None:
        """The key that `str` wrote; None for anything else."""
        found = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.(\d{12})", text, re.ASCII)
        try:
            return cls(date.fromisoformat(found[1]), found[2]) if found else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.start_date.isoformat()}.{self.number}"

    @property
    def entries_after(self) -> Q:
        """The entries that come after it in the order of `LATEST_FIRST`, found by an index on the starting date."""
        same_day = Q(start_date=self.start_date, number__lt=self.number)
        return Q(start_date__lte=self.start_date) & (Q(start_date__lt=self.start_date) | same_day)


@dataclass(frozen=True)
class PersonnelFile:
    """Whose file it is: a worker's, an employer's, or a worker's at one employer."""

    worker: Worker | None = None
    employer: Employer | None = None

    @property
    def _owners(self) -> dict[str, Any]:
        return {name: row for name, row in (("worker", self.worker), ("employer", self.employer)) if row}

    def periods(self) -> QuerySet[Period]:
        """Every period."""
        return Period.objects.filter(**self._owners)

    def without_period(self) -> list[QuerySet[Declaration]]:
        """The declarations that opened no period: refused or pending, by the filing or by the decision.

        Whom only a reviewer identified is the worker of the decision: a query of its own, each by its index.
        """
        none = Declaration.objects.filter(period=None, **({"employer": self.employer} if self.employer else {}))
        declared: QuerySet[Declaration] = none.filter(decision__period=None)
        if self.worker is None:
            return [declared]
        # As an expression: SQLite would take the index of what is empty, and walk all that was ever refused.
        decided = none.alias(opened=Coalesce("decision__period_id", 0)).filter(opened=0)
        return [declared.filter(worker=self.worker), decided.filter(decision__worker=self.worker)]

    def years(self, today: date) -> list[int]:
        """The years from the first to the last starting date, this one included, the latest first."""
        first = last = today.year
        for rows in (self.periods(), *self.without_period()):
            days = rows.values_list("start_date", flat=True)
            for day in (*days.order_by("start_date")[:1], *days.order_by("-start_date")[:1]):
                first, last = min(first, day.year), max(last, day.year)
        return list(range(last, first - 1, -1))


def timeline(
    file: PersonnelFile, year: int, after_key: PageKey | None = None
) -> tuple[list[TimelineEntry], PageKey | None]:
    """A page of the entries that fall in the year, the latest start first, and the key of the next page, if any.

    A period falls in each year that it runs in; one that is cancelled, and a declaration without a period, in that of
    its starting date.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    runs = Q(cancelled_at=None) & (Q(end_date=None) | Q(end_date__gte=first))
    periods = file.periods().filter(Q(start_date__lte=last) & (Q(start_date__gte=first) | runs))
    found: list[Any] = _page(periods, after_key)
    for declarations in file.without_period():
        decided = declarations.select_related("decision__worker", "decision__decided_by").defer("answers")
        found += _page(decided.filter(start_date__range=(first, last)), after_key)
    found.sort(key=lambda row: (row.start_date, row.number), reverse=True)
    page = found[:PAGE_SIZE]
    _prefetch(page)
    next_key = PageKey(page[-1].start_date, page[-1].number) if len(found) > PAGE_SIZE else None
    return [_entry(row) for row in page], next_key


def _page(rows: QuerySet[Any], after_key: PageKey | None) -> list[Any]:
    """The first rows after the key, one more than a page to tell whether there are more."""
    rows = rows.filter(after_key.entries_after) if after_key else rows
    return list(rows.select_related(*CHARACTERISTICS).order_by(*LATEST_FIRST)[: PAGE_SIZE + 1])


def _prefetch(page: Sequence[Period | Declaration]) -> None:
    """Everything that the page tells of its rows: as many queries for one row as for all."""
    told = Declaration.objects.defer("answers").select_related("decision__decided_by").order_by("-number")
    periods = [row for row in page if isinstance(row, Period)]
    opened = Prefetch("decision__declaration", told)
    prefetch_related_objects(periods, Prefetch("declarations", told[: MAX_DECLARATIONS + 1], LATEST_ATTRIBUTE), opened)
    declarations = [row for row in page if isinstance(row, Declaration)]
    declarations += [each for period in periods for each in _declarations_of(period)]
    prefetch_related_objects(
        declarations,
        Prefetch("anomalies", DeclarationAnomaly.objects.defer("detail").order_by("pk")),
        Prefetch("decision__anomalies", DecisionAnomaly.objects.defer("detail").order_by("pk")),
    )


def _declarations_of(period: Period) -> list[Declaration]:
    """The latest declarations of the period in their order, with the pending one that a decision opened it by."""
    opening = [period.decision.declaration] if hasattr(period, "decision") else []
    return sorted((*opening, *getattr(period, LATEST_ATTRIBUTE)), key=lambda declaration: declaration.number)


def _entry(row: Period | Declaration) -> TimelineEntry:
    if isinstance(row, Declaration):
        decision: Decision | None = getattr(row, "decision", None)
        return TimelineEntry(row, row.worker or (decision.worker if decision else None), (history_entry(row),))
    declarations = _declarations_of(row)
    told = declarations[-MAX_DECLARATIONS:]
    return TimelineEntry(row, row.worker, tuple(map(history_entry, told)), has_earlier=len(told) < len(declarations))
