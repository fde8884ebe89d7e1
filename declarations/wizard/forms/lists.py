"""Drop-down lists. The options of long lists, such as two hundred countries, are rendered once for all forms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import Any, cast

from django import forms
from django.utils.choices import BaseChoiceIterator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from referentials import tables as tables_of
from referentials.bases import Labelled
from referentials.folding import fold
from referentials.tables import Tables

from .fields import StepField
from .widgets import FixedChoices, RadioSelect, Select

OPTION = '<option value="{}">{}</option>'


class SelectField(StepField, forms.ChoiceField):
    """A choice from a list. The widget may offer fewer choices than the field accepts."""

    widget: Any = Select

    def __init__(self, *, choices: Iterable[tuple[str, Any]] = (), **kwargs: Any) -> None:
        super().__init__(choices=FixedChoices(choices), **kwargs)

    def display(self, value: str) -> str:
        """The label of the code in the language of the page."""
        choices = cast(Iterable[tuple[str, Any]], self.choices)
        return next((str(label) for code, label in choices if code == value), value)


class RadioField(SelectField):
    """A choice between a few options, as radio buttons."""

    widget = RadioSelect


class OptionList(BaseChoiceIterator):
    """The rows of a table, in the alphabetical order of the active language, and their rendered options."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows: dict[str, Labelled] = {row.code: row for row in sorted(rows, key=lambda row: fold(row.label))}
        self.options = format_html_join("\n", OPTION, self)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return ((code, row.label) for code, row in self.rows.items())

    def render_options(self, selected: str) -> SafeString:
        """The options as HTML, with the code `selected` selected."""
        start = format_html('<option value="{}"', selected)
        # Both are escaped already; only the attribute is added.
        return mark_safe(self.options.replace(start, f"{start} selected", 1))  # noqa: S308


def option_list(tables: Tables, name: str, day: date) -> OptionList:
    """The options of a table on `day`, in the active language."""
    return _option_list(tables, name, day, get_language() or "")


@lru_cache(maxsize=32)
def _option_list(tables: Tables, name: str, day: date, language: str) -> OptionList:
    return OptionList(tables_of.valid_on(getattr(tables, name), day))


def places(tables: Tables, day: date) -> list[tuple[str, str]]:
    """The Belgian postal codes on `day` with their towns, in the active language."""
    return [(row.code, row.label) for row in tables_of.valid_on(tables.postal_codes, day)]


class LongSelect(Select):
    """A drop-down list of an `OptionList`, with options rendered in advance."""

    choices: Any

    def render_options(self, chosen: list[str]) -> SafeString:
        """The options, with the only code in `chosen` selected."""
        return self.choices.render_options(*chosen)


class LongSelectField(SelectField):
    """A choice from a long list; its choices are an `OptionList`."""

    widget = LongSelect
    choices: Any

    def valid_value(self, value: Any) -> bool:
        """Whether a row has that code."""
        return str(value) in self.choices.rows

    def display(self, value: str) -> str:
        """The label of the code, in the language of the page."""
        row = self.choices.rows.get(value)
        return row.label if row else value
