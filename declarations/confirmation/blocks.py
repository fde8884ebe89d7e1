"""Titled lists of labels and values, as the overview, the receipt and the letter show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.forms import BoundField

Rows = list[tuple[Any, str]]


@dataclass
class Block:
    """A titled list of labels and values; on the overview also the step that changes it and a reference to fill."""

    slug: str
    title: Any
    rows: Rows
    change_step: str = ""
    field: BoundField | None = None

    def as_json(self) -> dict[str, Any]:
        """The block as plain texts in the language of the page."""
        return {
            "slug": self.slug,
            "title": str(self.title),
            "rows": [[str(label), value] for label, value in self.rows],
        }
