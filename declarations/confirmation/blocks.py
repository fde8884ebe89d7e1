"""Titled lists of named values, as shown by the overview, the receipt and the letter.

Look up a row by the name of its field, never by its place, label or text: those change with the language, the type of
worker and the format of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BoundField

from referentials.numbers import ssin

# Shown to the filer who typed it, masked for everyone else (ruling 11).
SSIN = "ssin"


@dataclass(frozen=True)
class Row:
    """One value: the name of its field, its label and its text, both in the language of the page."""

    field: str
    label: Any
    value: Any


Rows = list[Row]


@dataclass
class Block:
    """A titled list of rows; on the overview also the step that changes it and a reference field."""

    slug: str
    title: Any
    rows: Rows
    change_step: str = ""
    field: BoundField | None = None

    def as_json(self) -> dict[str, Any]:
        """The block as plain text in the language of the page: its title, and labels and values by field."""
        rows = {row.field: [str(row.label), str(row.value)] for row in self.rows}
        return {"title": str(self.title), "rows": rows}

    @classmethod
    def from_json(cls, slug: str, stored: Mapping[str, Any]) -> Block:
        """The block stored by `as_json` under that slug."""
        rows = [Row(field, *texts) for field, texts in stored["rows"].items()]
        return cls(slug, stored["title"], rows)


def masked(rows: Iterable[Row]) -> Rows:
    """The rows with the SSIN masked but for its last two characters, for anyone who did not type it."""
    return [replace(row, value=ssin.mask(row.value)) if row.field == SSIN else row for row in rows]
