"""The timeline of a worker or an employer, one page of a year at a time.

However many rows there are, a page holds at most `PAGE_SIZE` entries, found by their key, and needs a constant number
of queries.
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

from ...models import DecisionAnomaly, Declaration, DeclarationAnomaly, Period, Worker
from .entries import TimelineEntry, history_entry

PAGE_SIZE = 25
# Per period. An OUT and a few Modifications are usual; the list of declarations has the rest.
MAX_DECLARATIONS = 20
LATEST_FIRST = ("-start_date", "-number")
# The attribute with a period's latest declarations; `declarations` would have to hold all of them.
LATEST_ATTRIBUTE = "latest_declarations"
CHARACTERISTICS = ("employer", "worker", "joint_committee", "worker_type")


@dataclass(frozen=True)
class PageKey:
    """The start of a page: the entry before it, by starting date and number. All numbers are of one series."""

    start_date: date
    number: str

    @classmethod
    def parse(cls, text: str) -> PageKey | None:
        """The key written by `str`; None for any other text."""
        match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})\.(\d{12})", text, re.ASCII)
        try:
            return cls(date.fromisoformat(match[1]), match[2]) if match else None
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.start_date.isoformat()}.{self.number}"

    @property
    def entries_after(self) -> Q:
        """The entries after it in the order of `LATEST_FIRST`, found by an index on the starting date."""
        same_day = Q(start_date=self.start_date, number__lt=self.number)
        return Q(start_date__lte=self.start_date) & (Q(start_date__lt=self.start_date) | same_day)


@dataclass(frozen=True)
class PersonnelFile:
    """The subject of a file: a worker, an employer, or a worker at one employer."""

    worker: Worker | None = None
    employer: Employer | None = None

    @property
    def _owners(self) -> dict[str, Any]:
        return {name: row for name, row in (("worker", self.worker), ("employer", self.employer)) if row}

    def periods(self) -> QuerySet[Period]:
        """Every period of the worker, the employer or both."""
        return Period.objects.filter(**self._owners)

    def without_period(self) -> list[QuerySet[Declaration]]:
        """The declarations that opened no period: refused or pending, when filed or by a decision.

        A worker whom only a reviewer identified is found through the decision, in a query of its own, so that each
        query uses its index.
        """
        none = Declaration.objects.filter(period=None, **({"employer": self.employer} if self.employer else {}))
        declared: QuerySet[Declaration] = none.filter(decision__period=None)
        if self.worker is None:
            return [declared]
        # An expression keeps SQLite from using the index on empty periods and reading every refused declaration.
        decided = none.alias(opened=Coalesce("decision__period_id", 0)).filter(opened=0)
        return [declared.filter(worker=self.worker), decided.filter(decision__worker=self.worker)]

    def years(self, today: date) -> list[int]:
        """The years from the first to the last starting date, including the current year, latest first."""
        first = last = today.year
        for rows in (self.periods(), *self.without_period()):
            days = rows.values_list("start_date", flat=True)
            for day in (*days.order_by("start_date")[:1], *days.order_by("-start_date")[:1]):
                first, last = min(first, day.year), max(last, day.year)
        return list(range(last, first - 1, -1))


def timeline(
    file: PersonnelFile, year: int, after_key: PageKey | None = None
) -> tuple[list[TimelineEntry], PageKey | None]:
    """A page of the entries of the year, latest start first, and the key of the next page, if any.

    A period belongs to each year in which it runs. A cancelled period, or a declaration without a period, belongs to
    the year of its starting date.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    runs = Q(cancelled_at=None) & (Q(end_date=None) | Q(end_date__gte=first))
    periods = file.periods().filter(Q(start_date__lte=last) & (Q(start_date__gte=first) | runs))
    rows: list[Any] = _page(periods, after_key)
    for declarations in file.without_period():
        decided = declarations.select_related("decision__worker", "decision__decided_by").defer("answers")
        rows += _page(decided.filter(start_date__range=(first, last)), after_key)
    rows.sort(key=lambda row: (row.start_date, row.number), reverse=True)
    page = rows[:PAGE_SIZE]
    _prefetch(page)
    next_key = PageKey(page[-1].start_date, page[-1].number) if len(rows) > PAGE_SIZE else None
    return [_entry(row) for row in page], next_key


def _page(rows: QuerySet[Any], after_key: PageKey | None) -> list[Any]:
    """The first rows after the key: one more than a page, to know whether there are more."""
    rows = rows.filter(after_key.entries_after) if after_key else rows
    return list(rows.select_related(*CHARACTERISTICS).order_by(*LATEST_FIRST)[: PAGE_SIZE + 1])


def _prefetch(page: Sequence[Period | Declaration]) -> None:
    """Load everything that the page shows of its rows, in a constant number of queries."""
    latest = Declaration.objects.defer("answers").select_related("decision__decided_by").order_by("-number")
    periods = [row for row in page if isinstance(row, Period)]
    opened = Prefetch("decision__declaration", latest)
    limited = Prefetch("declarations", latest[: MAX_DECLARATIONS + 1], LATEST_ATTRIBUTE)
    prefetch_related_objects(periods, limited, opened)
    declarations = [row for row in page if isinstance(row, Declaration)]
    declarations += [each for period in periods for each in _declarations_of(period)]
    prefetch_related_objects(
        declarations,
        Prefetch("anomalies", DeclarationAnomaly.objects.defer("detail").order_by("pk")),
        Prefetch("decision__anomalies", DecisionAnomaly.objects.defer("detail").order_by("pk")),
    )


def _declarations_of(period: Period) -> list[Declaration]:
    """The latest declarations of the period in order, including a pending one whose acceptance opened it."""
    opening = [period.decision.declaration] if hasattr(period, "decision") else []
    return sorted((*opening, *getattr(period, LATEST_ATTRIBUTE)), key=lambda declaration: declaration.number)


def _entry(row: Period | Declaration) -> TimelineEntry:
    if isinstance(row, Declaration):
        return TimelineEntry(row, row.current_worker, (history_entry(row),))
    declarations = _declarations_of(row)
    latest = declarations[-MAX_DECLARATIONS:]
    has_earlier = len(latest) < len(declarations)
    return TimelineEntry(row, row.worker, tuple(map(history_entry, latest)), has_earlier=has_earlier)
