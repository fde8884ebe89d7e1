"""Reading of long tables in batches, with constant memory and without making filings wait."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

BATCH = 1000
Row = TypeVar("Row", bound=Model)


def batches(rows: QuerySet[Row], key: str = "pk", size: int | None = None) -> Iterator[list[Row]]:
    """The rows in lists of `size`, ordered by `key`, a unique column.

    No cursor stays open between two batches; on SQLite an open cursor would block every filing.
    """
    size = size or BATCH
    batch: list[Any] = list(rows.order_by(key)[:size])
    while batch:
        yield batch
        batch = list(rows.filter(**{f"{key}__gt": getattr(batch[-1], key)}).order_by(key)[:size])
