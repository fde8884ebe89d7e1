"""The fields of the steps: tolerant of notations, precise in their errors.

A field raises its own messages with the code EXPLAINED; the form files them under the field's official "invalid" code.
All other errors get the catalogue's texts (see `base`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date, time
from functools import cache
from types import ModuleType
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from referentials.numbers import errors
from referentials.numbers.digits import visible

from ...formatting import display_day, display_iso
from ...names import is_name_character, is_text_character
from .widgets import CheckboxInput, TextInput

EXPLAINED = "explained"
# The code of errors for which the office has no code.
UNCODED = "uncoded"

# Longer than any valid day or time; longer texts are not parsed.
MAX_DATE_LENGTH = 40
ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
TYPED_DAY = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d+)", re.ASCII)
# The notation for a numeric keypad.
DIGITS_OF_DAY = re.compile(r"(\d{2})(\d{2})(\d{2}|\d{4})", re.ASCII)
DAY_HTML = """\
<div class="day-field">
{typed}
<button class="day-open" type="button" aria-labelledby="{id}_open {id}_label" hidden>{icon}\
<span class="visually-hidden" id="{id}_open">{words}</span></button>
<input class="day-native" type="date" tabindex="-1" aria-hidden="true" hidden>
</div>"""
TYPED_TIME = re.compile(r"(\d{1,2})\s*(?:[:.hHuU]\s*(\d{2})?|(\d{2}))\s*[hHuU]?", re.ASCII)


def explained_error(message: Any) -> ValidationError:
    """An error with its own message, filed under the field's "invalid" code."""
    return ValidationError(message, code=EXPLAINED)


def split_day(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of a text in day-first or ISO notation; None for any other text.

    Raises ValidationError, explained, for a year without four digits.
    """
    if len(text) > MAX_DATE_LENGTH:
        return None
    if match := ISO_DAY.fullmatch(text):
        year, month, day = match.groups()
    elif match := TYPED_DAY.fullmatch(text) or DIGITS_OF_DAY.fullmatch(text):
        day, month, year = match.groups()
        if len(year) != 4:
            raise explained_error(_("Enter the year in four digits, for example 27/03/2026."))
    else:
        return None
    return int(year), int(month), int(day)


def display_address(
    street: str, number: str, box: str, postal_code: str, town: str, country: str = "", *, extra: str = ""
) -> str:
    """An address on one line; "-" if all parts are empty."""
    if box:
        number = _("%(number)s box %(box)s") % {"number": number, "box": box}
    lines = (extra, f"{street} {number}".strip(), f"{postal_code} {town}".strip(), country)
    return ", ".join(filter(None, lines)) or "-"


def read_day(text: str) -> date | None:
    """The day that a text denotes; None if it denotes none."""
    try:
        parts = split_day(text)
        return date(*parts) if parts else None
    except (ValidationError, ValueError):
        return None


def as_stored(value: date | time | int | None) -> str:
    """A day (ISO), a time (HH:MM) or a number as a draft stores it; empty for None."""
    return f"{value:%H:%M}" if isinstance(value, time) else str(value or "")


@cache
def _calendar_icon() -> SafeString:
    return render_to_string("components/_icon.html", {"name": "calendar"})


class DayInput(TextInput):
    """A text field for a day with a button that opens the browser's calendar, if JavaScript runs."""

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "day"})

    def format_value(self, value: Any) -> str | None:
        """A stored ISO day in the format of the active language; any other text as typed."""
        if isinstance(value, str) and ISO_DAY.fullmatch(value):
            return display_iso(value)
        return super().format_value(value)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The text field, the button and the browser's date field."""
        typed = super().render(name, value, attrs, renderer)
        button = {"icon": _calendar_icon(), "words": gettext("Open the calendar:")}
        return format_html(DAY_HTML, typed=typed, id=self.build_attrs(self.attrs, attrs)["id"], **button)


class StepField(forms.Field):
    """What the forms and templates of the steps ask of a field, beyond Django's attributes.

    `is_starred` marks it as required on the page; None means as far as Django requires it. `brings_fields` tells that
    its choice decides which other fields there are; `glossary` explains the codes of its list.
    """

    is_starred: bool | None = None
    brings_fields = False
    glossary: Callable[[], SafeString] | None = None

    def display(self, value: Any) -> str:
        """The value as the overview shows it."""
        return str(value)


class DayField(StepField):
    """A day typed dd/mm/yyyy in every language (also with `-`, `.`, spaces, fewer zeros), ddmmyyyy, or ISO."""

    widget = DayInput
    default_error_messages = {"impossible": _("This date does not exist.")}

    def to_python(self, value: Any) -> date | None:
        """None if empty. Raises ValidationError, explained for a year without four digits or an impossible day."""
        text = visible(str(value or "")).strip()
        if not text:
            return None
        parts = split_day(text)
        if parts is None:
            raise ValidationError("", code="invalid")
        try:
            return date(*parts)
        except ValueError:
            raise explained_error(self.error_messages["impossible"]) from None

    def display(self, value: Any) -> str:
        """The day in the format of the active language."""
        return display_day(value)


class BirthDateField(DayField):
    """A birth date as ISO text; day and month may be 00 when only the year is known (domain reference 3.9)."""

    def clean(self, value: Any) -> str:
        """ISO text, empty if empty. Raises ValidationError as DayField does."""
        text = visible(str(value or "")).strip()
        parts = split_day(text) if text else None
        if parts and parts[1:] == (0, 0) and 1 <= parts[0] <= 9999:
            return f"{parts[0]:04}-00-00"
        day = super().clean(value)
        return day.isoformat() if day else ""

    def display(self, value: Any) -> str:
        """The ISO text in the format of the active language, zeros included."""
        return display_iso(value)


class TimeField(StepField):
    """A 24-hour time: 8:00, 08.00, 8h30, 0830 or 8h."""

    widget = TextInput(attrs={"inputmode": "text", "autocomplete": "off", "class": "time", "placeholder": ""})

    def to_python(self, value: Any) -> time | None:
        """None if empty. Raises ValidationError, explained for an impossible hour or minute."""
        text = visible(str(value or "")).strip()
        if not text:
            return None
        match = TYPED_TIME.fullmatch(text) if len(text) <= MAX_DATE_LENGTH else None
        if match is None:
            raise ValidationError("", code="invalid")
        hours, minutes = int(match[1]), int(match[2] or match[3] or 0)
        if hours > 23 or minutes > 59:
            raise explained_error(_("Enter a time between 00:00 and 23:59."))
        return time(hours, minutes)

    def display(self, value: time) -> str:
        """HH:MM in every language."""
        return f"{value:%H:%M}"


class NoMaxlengthField(StepField, forms.CharField):
    """A text without the maxlength attribute: browsers would silently cut a pasted text."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """The attributes without maxlength."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class LineField(NoMaxlengthField):
    """A line of text, as typed."""

    widget = TextInput


class CheckboxField(StepField, forms.BooleanField):
    """A checkbox."""

    widget = CheckboxInput


class WholeNumberField(StepField, forms.IntegerField):
    """A whole number."""

    widget = TextInput


class TextField(LineField):
    """A line of text in NFC; non-printable characters (control, format, bidirectional) are refused."""

    def __init__(
        self, *, max_length: int, is_allowed: Callable[[str], bool] = is_text_character, **kwargs: Any
    ) -> None:
        self.is_allowed = is_allowed
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> str:
        """The text in NFC. Raises ValidationError, explained, which names refused characters if they are visible."""
        text = unicodedata.normalize("NFC", super().to_python(value) or "")
        refused = sorted({character for character in text if not self.is_allowed(character)})
        if any(not is_text_character(character) for character in refused):
            raise explained_error(_("This field contains an invisible character. Please type the text again."))
        if refused:
            raise explained_error(
                _("These characters are not allowed here: %(characters)s") % {"characters": " ".join(refused)}
            )
        return text


class NameField(TextField):
    """A person's name, or a part of it (ruling 17)."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, is_allowed=is_name_character, **kwargs)
        self.widget.attrs["spellcheck"] = "false"

    def to_python(self, value: Any) -> str:
        """As TextField; a name has at least one letter."""
        name = super().to_python(value)
        if name and not any(unicodedata.category(character)[0] == "L" for character in name):
            raise explained_error(_("Enter at least one letter."))
        return name


# Phones show a numeric keypad, and the browser suggests no earlier numbers.
NUMBER_ATTRIBUTES = {"autocomplete": "off", "inputmode": "numeric", "class": "number"}


class NumberField(LineField):
    """An official number, with or without dots, dashes and spaces; the value is its compact form.

    `number` is a module of `referentials.numbers`.
    """

    def __init__(self, number: ModuleType, **kwargs: Any) -> None:
        self.number = number
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs.update(NUMBER_ATTRIBUTES)

    def to_python(self, value: Any) -> str:
        """The compact number, empty if empty. Raises ValidationError as `check_number` does."""
        text = super().to_python(value)
        return check_number(self.number, text) if text else ""

    def display(self, value: str) -> str:
        """The number in its official form."""
        return str(self.number.format(value))


def check_number(number: ModuleType, text: str, **options: Any) -> str:
    """The compact number. Raises ValidationError that names the failed check: length, digits, check digits, date."""
    try:
        return str(number.validate(text, **options))
    except errors.NotDigits:
        raise explained_error(_("This number contains characters other than digits.")) from None
    except errors.WrongLength:
        raise explained_error(_("This number has too few or too many digits.")) from None
    except errors.OutOfRange:
        raise explained_error(_("This number does not exist.")) from None
    except errors.ImpossibleDate:
        raise explained_error(
            _("The first six digits are not a possible birth date (in a BIS number 20 or 40 is added to the month).")
        ) from None
    except errors.WrongCheckDigits:
        raise explained_error(_("The check digits do not match: a digit is mistyped or two are swapped.")) from None
