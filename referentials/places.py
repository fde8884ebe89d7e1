"""Countries, nationalities and Belgian towns, as annexes 5 and 23 code them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .bases import OLDEST_FIRST, Dated, Labelled, one_row_per_key


class Country(Labelled, Dated):
    """A country of annex 5, identified by five digits, with its names from CLDR."""

    code = models.CharField(_("code"), max_length=5)
    iso2 = models.CharField(_("ISO code"), max_length=2)

    class Meta:
        ordering = ["code", OLDEST_FIRST]
        constraints = one_row_per_key("country_key", "code")
        verbose_name = _("country")
        verbose_name_plural = _("countries")

    def __str__(self) -> str:
        return self.label


class Nationality(Labelled, Dated):
    """A nationality of annex 5, identified by five digits."""

    code = models.CharField(_("code"), max_length=5)

    class Meta:
        ordering = ["code", OLDEST_FIRST]
        constraints = one_row_per_key("nationality_key", "code")
        verbose_name = _("nationality")
        verbose_name_plural = _("nationalities")

    def __str__(self) -> str:
        return self.label


class PostalCode(Labelled, Dated):
    """A Belgian postal code and a town it serves (the label). It is a suggestion, never a reason to refuse."""

    natural_key_fields = ("code", "label_nl", "valid_from")

    code = models.CharField(_("code"), max_length=4)

    class Meta:
        ordering = ["code", "label_nl", OLDEST_FIRST]
        constraints = one_row_per_key("postal_code_key", "code", "label_nl")
        verbose_name = _("postal code")
        verbose_name_plural = _("postal codes")

    def __str__(self) -> str:
        return f"{self.code} {self.label}"
