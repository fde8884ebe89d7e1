"""Checks after the faults: nothing lost, duplicated or half-written, and everything filed as typed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..shared import outcome
from ..shared.application import Release
from ..shared.outcome import Timeline
from .clerks import PatientClerkPool, Typed
from .databases import Postgres, Sqlite

COLUMNS = "{:<40} {:>8} {:>9} {:>15} {:>15}"
WITHOUT_NOTIFICATION = """
    SELECT number FROM declarations_declaration
    WHERE id NOT IN (SELECT declaration_id FROM declarations_notification)
"""
VALUES = (
    "import json; from declarations.models import Declaration; "
    "print(json.dumps({str(each.draft): each.answers['values'] for each in Declaration.objects.all()}, default=str))"
)


def print_table(timeline: Timeline, pool: PatientClerkPool) -> None:
    """Print receipts, error pages and the longest wait for each fault."""
    print(COLUMNS.format("fault", "seconds", "receipts", "pages in place", "longest answer"))
    for name, since, until in timeline.spans():
        receipts = sum(since <= each.at < until for each in pool.filed)
        seen = [each for each in pool.errors if since <= each.at < until]
        longest = max((seconds for at, seconds in pool.seconds if since <= at < until), default=0)
        print(COLUMNS.format(name, f"{until - since:.0f}", receipts, len(seen), f"{longest:.1f} s"))
        for (method, step), count in Counter((each.method, each.step) for each in seen).most_common(4):
            print(f"    {count} × {method} {step}")
    for what, count in Counter(each.what for each in pool.errors).items():
        print(f"{count} × {what}")


def unnoticed(timeline: Timeline, pool: PatientClerkPool) -> Iterator[str]:
    """A line per fault that no clerk noticed."""
    for name, since, until in timeline.spans():
        if not any(since <= each.at < until for each in pool.errors):
            yield f"{name}: no clerk was told"


def faults(pool: PatientClerkPool, database: Sqlite | Postgres, release: Release) -> list[str]:
    """Everything that is wrong."""
    stored = release.manage(database.url, "shell", "-c", VALUES).splitlines()[-1]
    return [
        *outcome.faults(pool, database, release),
        *(f"{number}: nobody is notified" for (number,) in database.rows(WITHOUT_NOTIFICATION)),
        *otherwise_than_typed(pool.typed, json.loads(stored)),
    ]


def otherwise_than_typed(typed: Sequence[Typed], stored: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """A line per declaration that was not filed as typed."""
    for each in typed:
        filed = stored.get(each.draft, {})
        if wrong := {name: filed.get(name) for name, value in each.values.items() if filed.get(name) != value}:
            yield f"draft {each.draft}: filed {wrong}, typed {dict(each.values)}"
