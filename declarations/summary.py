"""What the overview shows, block by block; the same blocks are kept as filed, in each language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from referentials.bases import LANGUAGES

from .enums import DeclarationKind
from .forms.base import StepForm

# Step of the block, its title, the step that changes it, and the reference that stands in it (as in the manual).
BLOCKS = (
    ("employer", _("Employer"), "start", "employer_reference"),
    ("worker", _("Employee data"), "worker", "worker_reference"),
    ("characteristics", _("Characteristics of the period"), "characteristics", ""),
    ("period", _("Declaration details"), "period", "declaration_reference"),
)


@dataclass
class Block:
    """A titled list of labels and values; on the overview also the step that changes it and a reference to fill."""

    slug: str
    title: Any
    rows: list[tuple[Any, str]]
    change_step: str = ""
    field: BoundField | None = None

    def as_filed(self) -> dict[str, Any]:
        """The block as plain texts in the language of the page."""
        return {
            "slug": self.slug,
            "title": str(self.title),
            "rows": [[str(label), value] for label, value in self.rows],
        }


def blocks(kind: DeclarationKind, forms: Mapping[str, StepForm]) -> list[Block]:
    """The blocks of the answers given, from the valid forms by step."""
    kind_row = (_("Type of declaration"), str(kind.label))
    return [
        Block(slug, title, ([kind_row] if slug == "period" else []) + forms[slug].rows)
        for slug, title, _change, _reference in BLOCKS
    ]


def in_every_language(kind: DeclarationKind, forms: Mapping[str, StepForm]) -> dict[str, list[dict[str, Any]]]:
    """The blocks as plain texts, by language: what is kept of the overview."""
    shown = {}
    for language in LANGUAGES:
        with override(language):
            shown[language] = [block.as_filed() for block in blocks(kind, forms)]
    return shown
