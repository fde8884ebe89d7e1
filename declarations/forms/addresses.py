"""The fields of an address, and the lists of countries and nationalities beside them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from referentials import tables as tables_of
from referentials.tables import Tables

from ..identity import fold
from .fields import PickField, TextField

BELGIUM = "00150"


def by_label(tables: Tables, name: str, day: date) -> list[tuple[str, str]]:
    """The options of a table in force on `day`, in the alphabetical order of the page's language."""
    return _sorted_options(tables, name, day, get_language() or "")


@lru_cache(maxsize=32)
def _sorted_options(tables: Tables, name: str, day: date, language: str) -> list[tuple[str, str]]:
    rows = tables_of.on(getattr(tables, name), day)
    return [(row.code, row) for row in sorted(rows, key=lambda row: fold(row.label))]


def address_fields(names: tuple[str, ...], street_length: int = 42) -> dict[str, forms.Field]:
    """Street, number, box, postal code, town and country, with the limits of domain reference 3.9.

    `street_length` counts characters: a worker's own street takes fewer than that of a user or a workplace.
    """
    street, house_number, box, postal_code, town, country = names
    return {
        street: TextField(label=pgettext_lazy("street", "Address"), max_length=street_length, required=False),
        house_number: TextField(label=_("House number"), max_length=10, required=False),
        box: TextField(label=_("Mailbox"), max_length=4, required=False),
        postal_code: TextField(label=_("Postal code"), max_length=9, required=False),
        town: TextField(label=_("City"), max_length=40, required=False),
        country: PickField(label=_("Country"), initial=BELGIUM, required=False),
    }
