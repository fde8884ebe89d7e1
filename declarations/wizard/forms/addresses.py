"""The fields of an address."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .fields import TextField
from .lists import LongSelectField

BELGIUM = "00150"


def address_fields(names: tuple[str, ...], street_length: int = 42) -> dict[str, forms.Field]:
    """Street, number, box, postal code, town and country, with the limits of domain reference 3.9.

    `street_length` is in characters: a worker's own street has a lower limit than that of a user or a workplace.
    """
    street, house_number, box, postal_code, town, country = names
    return {
        street: TextField(label=pgettext_lazy("street", "Address"), max_length=street_length, required=False),
        house_number: TextField(label=_("House number"), max_length=10, required=False),
        box: TextField(label=_("Mailbox"), max_length=4, required=False),
        postal_code: TextField(label=_("Postal code"), max_length=9, required=False),
        town: TextField(label=_("City"), max_length=40, required=False),
        country: LongSelectField(label=_("Country"), initial=BELGIUM, required=False),
    }
