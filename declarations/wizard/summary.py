"""The blocks of the overview; the same blocks are stored as filed, in each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from referentials.bases import LANGUAGES
from referentials.numbers import ssin

from ..confirmation.blocks import SSIN, Block, Row, Rows
from ..enums import DeclarationKind
from ..filing.ledger import PeriodState
from .forms.base import StepForm
from .forms.changes import characteristics_rows, date_rows, number_row
from .forms.employer import employer_rows

Forms = Mapping[str, StepForm]


@dataclass(frozen=True)
class BlockSpec:
    """The definition of a block: its title, its rows, the step that changes it, and its reference field.

    `step` is the step whose answers it shows.
    """

    slug: str
    title: Any
    rows: Callable[[Forms], Rows]
    change_step: str
    reference: str
    step: str


def _rows_of_step(slug: str) -> Callable[[Forms], Rows]:
    return lambda forms: forms[slug].rows


def _employer(forms: Forms) -> Rows:
    return employer_rows(forms["start"].cleaned_data["employer"])


def _worker(forms: Forms) -> Rows:
    """The masked SSIN of the period's worker: it was not typed in this draft (ruling 11)."""
    period = forms["start"].cleaned_data["period"]
    return [Row(SSIN, _("SSIN"), ssin.mask(period.worker.ssin))]


def _cancelled_period(forms: Forms) -> Rows:
    """The period that the Cancellation removes, as it is now."""
    period = forms["start"].cleaned_data["period"]
    return [number_row(period), *date_rows(PeriodState.from_terms(period))]


def _period_characteristics(forms: Forms) -> Rows:
    return characteristics_rows(forms["start"].cleaned_data["period"])


def _block_specs(worker: Callable[[Forms], Rows], worker_step: str, *others: BlockSpec) -> tuple[BlockSpec, ...]:
    """The employer's and the worker's blocks, then the others; reference fields are placed as in the manual."""
    return (
        BlockSpec("employer", _("Employer"), _employer, "start", "employer_reference", "start"),
        BlockSpec("worker", _("Employee data"), worker, worker_step, "worker_reference", worker_step or "start"),
        *others,
    )


def _details(rows: Callable[[Forms], Rows], step: str) -> BlockSpec:
    return BlockSpec("period", _("Declaration details"), rows, step, "declaration_reference", step)


def _characteristics(rows: Callable[[Forms], Rows], step: str) -> BlockSpec:
    return BlockSpec("characteristics", _("Characteristics of the period"), rows, step, "", step or "start")


DECLARED_CHARACTERISTICS = _characteristics(_rows_of_step("characteristics"), "characteristics")
PERIOD_CHARACTERISTICS = _characteristics(_period_characteristics, "")
BLOCK_SPECS = {
    DeclarationKind.IN: _block_specs(
        _rows_of_step("worker"), "worker", DECLARED_CHARACTERISTICS, _details(_rows_of_step("period"), "period")
    ),
    DeclarationKind.OUT: _block_specs(
        _worker, "", PERIOD_CHARACTERISTICS, _details(_rows_of_step("period"), "period")
    ),
    DeclarationKind.MODIFICATION: _block_specs(
        _worker, "", PERIOD_CHARACTERISTICS, _details(_rows_of_step("period"), "period")
    ),
    DeclarationKind.CANCELLATION: _block_specs(
        _worker, "", PERIOD_CHARACTERISTICS, _details(_cancelled_period, "start")
    ),
}


def blocks(kind: DeclarationKind, forms: Forms) -> list[Block]:
    """The blocks of the answers, from the valid forms by step; a block is empty if its step is not valid."""
    kind_row = Row("kind", _("Type of declaration"), str(kind.label))
    return [
        Block(
            part.slug,
            part.title,
            [*([kind_row] if part.slug == "period" else []), *(part.rows(forms) if part.step in forms else [])],
        )
        for part in BLOCK_SPECS[kind]
    ]


def in_every_language(kind: DeclarationKind, forms: Forms) -> dict[str, dict[str, Any]]:
    """The blocks as plain text, by language and slug, as stored with the declaration."""
    shown = {}
    for language in LANGUAGES:
        with override(language):
            shown[language] = {block.slug: block.as_json() for block in blocks(kind, forms)}
    return shown
