"""Titled lists of named values, as the overview, the receipt and the letter show them.

A row is found by the name of its field, never by its place, its label or its text: those change with the language,
the type of worker and the official form of a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BoundField

from referentials.numbers import ssin

# Shown only where the filer typed it; masked for everybody else (ruling 11).
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
    """A titled list of rows; on the overview also the step that changes it and a reference to fill."""

    slug: str
    title: Any
    rows: Rows
    change_step: str = ""
    field: BoundField | None = None

    def as_json(self) -> dict[str, Any]:
        """The block as plain texts in the language of the page: its title, and label and value by field."""
        rows = {row.field: [str(row.label), str(row.value)] for row in self.rows}
        return {"title": str(self.title), "rows": rows}

    @classmethod
    def from_json(cls, slug: str, stored: Mapping[str, Any]) -> Block:
        """The block that `as_json` stored under that slug."""
        rows = [Row(field, *texts) for field, texts in stored["rows"].items()]
        return cls(slug, stored["title"], rows)


def masked(rows: Iterable[Row]) -> Rows:
    """The rows with the SSIN masked, for whoever did not type it: its last two characters remain."""
    return [replace(row, value=ssin.mask(row.value)) if row.field == SSIN else row for row in rows]
