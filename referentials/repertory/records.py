"""The office's own records: a CSV file with columns of `Employer`, at least one of them a number.

A column that is absent from the file stays unchanged in the repertory. An empty cell resets its column to the default
of a new employer, except that an empty number, name or language is ignored.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from ..loading import columns
from ..models import Employer
from ..numbers.employer import NUMBERS, compact
from .reporting import RejectedLine, quote
from .sources import LineReader, file_source, rows
from .staging import Staging

COLUMNS = columns(Employer)
SAY_NOTHING_WHEN_EMPTY = {*NUMBERS, "name", "language"}
CACHE_SIZE = 1 << 14


@lru_cache(CACHE_SIZE)
def parse_cell(column: str, text: str) -> Any:
    """The value of a cell that is not empty, in the type of `Employer`. Raises RejectedLine."""
    field: models.Field = Employer._meta.get_field(column)  # type: ignore[assignment]
    if isinstance(field, models.BooleanField) and text not in ("0", "1"):
        raise RejectedLine(f"{column}: write 0 or 1")
    try:
        return field.clean(compact(column, text) if column in NUMBERS else text, None)
    except ValidationError as error:
        raise RejectedLine(f"{column}: {' '.join(error.messages)}") from error
    except ValueError as error:
        raise RejectedLine(f"{column}: {quote(text)} is {error}") from error


def facts_of(cells: dict[str, str]) -> dict[str, Any]:
    """The values of a line by column. Raises RejectedLine."""
    facts = {}
    for column, text in cells.items():
        if text:
            facts[column] = parse_cell(column, text)
        elif column not in SAY_NOTHING_WHEN_EMPTY:
            facts[column] = Employer._meta.get_field(column).get_default()  # type: ignore[union-attr]
    if not any(number in facts for number in NUMBERS):
        raise RejectedLine("no number")
    return facts


def stage(path: Path, staging: Staging, reader: LineReader) -> None:
    """Stage the lines of the file. Raises SourceError."""
    source = file_source(path)
    for line, cells in rows(source, (), COLUMNS, reader):
        try:
            staging.add_record(line, facts_of(dict(zip(reader.columns, cells, strict=True))))
        except RejectedLine as rejected:
            reader.report.reject(source.name, line, rejected)
    reader.report.progress.clear()
