"""The widgets of the steps, each rendered as one text.

Django renders each input, each option and its attributes with a template of its own, which takes longer than the rest
of the page. The HTML is the same as Django's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.choices import BaseChoiceIterator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ...templatetags.markup import attributes

INPUT = '<input type="{}" name="{}"{}>'
SELECT = '<select name="{}"{}>\n{}\n</select>'
OPTION = '<option value="{}"{}>{}</option>'
CHOICES = '<div class="choices"{}>\n{}\n</div>'
CHOICE = '<div class="choice"><input type="radio" name="{}"{}> <label for="{}">{}</label></div>'


class FixedChoices(BaseChoiceIterator):
    """Choices as (code, label) pairs, used as they are; Django copies and reads a plain list for every form."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        self.pairs = tuple(pairs)

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        return iter(self.pairs)


class TextInput(forms.TextInput):
    """A line of text."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The input; an empty value gives no value attribute."""
        shown = {"value": self.format_value(value)}
        return format_html(INPUT, self.input_type, name, attributes(shown | self.build_attrs(self.attrs, attrs)))


class CheckboxInput(forms.CheckboxInput):
    """A checkbox."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The input, checked for a true value."""
        given = {"value": self.format_value(value), "checked": self.check_test(value)}
        return format_html(INPUT, self.input_type, name, attributes(self.build_attrs(self.attrs, attrs) | given))


class Select(forms.Select):
    """A drop-down list."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The list, with the selected option."""
        options = self.render_options(self.format_value(value))
        return format_html(SELECT, name, attributes(self.build_attrs(self.attrs, attrs)), options)

    def render_options(self, chosen: list[str]) -> SafeString:
        """The options, with the codes in `chosen` selected."""
        marks = {code: SafeString(" selected") for code in chosen}
        return format_html_join(
            "\n", OPTION, ((code, marks.get(str(code), ""), label) for code, label in self.choices)
        )


class RadioSelect(forms.RadioSelect):
    """Radio buttons."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The buttons with their labels; the chosen one is checked."""
        shared, chosen = self.build_attrs(self.attrs, attrs), self.format_value(value)
        rows = []
        for position, (code, label) in enumerate(self.choices):
            own = {"id": f"{shared['id']}_{position}", "checked": str(code) in chosen}
            rows.append((name, attributes({"value": code} | shared | own), own["id"], label))
        return format_html(CHOICES, attributes({"id": shared["id"]}), format_html_join("\n", CHOICE, rows))
