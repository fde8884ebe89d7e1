"""The fields of the steps: tolerant in what they read, exact in what they say when they cannot.

Every text that a field writes itself is raised with the code EXPLAINED; the form files it under the official
"invalid" code of the field. All other errors get the catalogue's words (see `base`).
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
# Said by this service on its own account: the office has no code for it.
UNCODED = "uncoded"

# Longer than any day or time that can be read; what is longer is not even tried.
MAX_DATE_LENGTH = 40
ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
TYPED_DAY = re.compile(r"(\d{1,2})\s*[-/. ]\s*(\d{1,2})\s*[-/. ]\s*(\d+)", re.ASCII)
# As on a telephone that offers digits alone.
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
    """An error in words of its own, filed under the field's "invalid" code."""
    return ValidationError(message, code=EXPLAINED)


def split_day(text: str) -> tuple[int, int, int] | None:
    """Year, month and day of a text typed day first, or ISO; None when it reads as neither.

    Raises ValidationError, explained, for a year not of four digits.
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
    """An address on one line, "-" when nothing of it is known."""
    if box:
        number = _("%(number)s box %(box)s") % {"number": number, "box": box}
    lines = (extra, f"{street} {number}".strip(), f"{postal_code} {town}".strip(), country)
    return ", ".join(filter(None, lines)) or "-"


def read_day(text: str) -> date | None:
    """The day that a text names; None when it names none."""
    try:
        parts = split_day(text)
        return date(*parts) if parts else None
    except (ValidationError, ValueError):
        return None


def as_stored(value: date | time | int | None) -> str:
    """A day, an hour or a number as a draft keeps it: days in ISO, hours as HH:MM; empty for None."""
    return f"{value:%H:%M}" if isinstance(value, time) else str(value or "")


@cache
def _calendar_icon() -> SafeString:
    return render_to_string("components/_icon.html", {"name": "calendar"})


class DayInput(TextInput):
    """A text field for a day, with a button that opens the browser's own calendar where scripts run."""

    def __init__(self) -> None:
        super().__init__(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "day"})

    def format_value(self, value: Any) -> str | None:
        """A stored ISO day the way the page's language writes it; anything else as it was typed."""
        if isinstance(value, str) and ISO_DAY.fullmatch(value):
            return display_iso(value)
        return super().format_value(value)

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """The text field, the button, and the field of the browser's calendar."""
        typed = super().render(name, value, attrs, renderer)
        button = {"icon": _calendar_icon(), "words": gettext("Open the calendar:")}
        return format_html(DAY_HTML, typed=typed, id=self.build_attrs(self.attrs, attrs)["id"], **button)


class DayField(forms.Field):
    """A day typed dd/mm/yyyy in every language (also with `-`, `.`, spaces, fewer zeros), ddmmyyyy, or ISO."""

    widget = DayInput
    default_error_messages = {"impossible": _("This date does not exist.")}

    def to_python(self, value: Any) -> date | None:
        """None when empty. Raises ValidationError, explained for a year not of four digits or an impossible day."""
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
        """The day as the page's language writes it."""
        return display_day(value)


class BirthDateField(DayField):
    """A birth date as ISO text; day and month may be 00 when only the year is known (domain reference 3.9)."""

    def clean(self, value: Any) -> str:
        """ISO text, empty when empty. Raises ValidationError as DayField does."""
        text = visible(str(value or "")).strip()
        parts = split_day(text) if text else None
        if parts and parts[1:] == (0, 0) and 1 <= parts[0] <= 9999:
            return f"{parts[0]:04}-00-00"
        day = super().clean(value)
        return day.isoformat() if day else ""

    def display(self, value: Any) -> str:
        """The ISO text as the page's language writes it, zeros included."""
        return display_iso(value)


class TimeField(forms.Field):
    """An hour of the day, 24 hours: 8:00, 08.00, 8h30, 0830 or 8h."""

    widget = TextInput(attrs={"inputmode": "text", "autocomplete": "off", "class": "time", "placeholder": ""})

    def to_python(self, value: Any) -> time | None:
        """None when empty. Raises ValidationError, explained for an hour or a minute that no clock shows."""
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


class NoMaxlengthField(forms.CharField):
    """A text whose limit is told, not enforced by the browser, which cuts what is pasted without a word."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without maxlength."""
        return {name: value for name, value in super().widget_attrs(widget).items() if name != "maxlength"}


class LineField(NoMaxlengthField):
    """A line as it is typed."""

    widget = TextInput


class CheckboxField(forms.BooleanField):
    """A box to tick."""

    widget = CheckboxInput


class TextField(LineField):
    """A line of text in NFC; characters that are not printed (control, format, bidirectional) are refused."""

    def __init__(
        self, *, max_length: int, is_allowed: Callable[[str], bool] = is_text_character, **kwargs: Any
    ) -> None:
        self.is_allowed = is_allowed
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> str:
        """The text in NFC. Raises ValidationError, explained: refused characters are named if they can be seen."""
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
    """A person's name or a part of it (ruling 17)."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, is_allowed=is_name_character, **kwargs)
        self.widget.attrs["spellcheck"] = "false"

    def to_python(self, value: Any) -> str:
        """As TextField; a name has one letter at least."""
        name = super().to_python(value)
        if name and not any(unicodedata.category(character)[0] == "L" for character in name):
            raise explained_error(_("Enter at least one letter."))
        return name


# Digits are offered on a phone; the browser suggests no earlier number.
NUMBER_ATTRIBUTES = {"autocomplete": "off", "inputmode": "numeric", "class": "number"}


class NumberField(LineField):
    """An official number, typed with or without dots, dashes and spaces; the value is its compact form.

    `number` is a module of `referentials.numbers`.
    """

    def __init__(self, number: ModuleType, **kwargs: Any) -> None:
        self.number = number
        super().__init__(max_length=40, **kwargs)
        self.widget.attrs.update(NUMBER_ATTRIBUTES)

    def to_python(self, value: Any) -> str:
        """Compact, empty when empty. Raises ValidationError as `check_number` does."""
        text = super().to_python(value)
        return check_number(self.number, text) if text else ""

    def display(self, value: str) -> str:
        """With the dots and dashes of that number."""
        return str(self.number.format(value))


def check_number(number: ModuleType, text: str, **options: Any) -> str:
    """The compact number. Raises ValidationError that says which check failed: length, digits, check digits, date."""
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
