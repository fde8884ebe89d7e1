"""Base models of the reference tables: validity, source, and labels in four languages."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

LANGUAGES = ("nl", "fr", "de", "en")

# Databases sort an empty `valid_from` differently.
OLDEST_FIRST = F("valid_from").asc(nulls_first=True)


def in_active_language(row: models.Model, field: str) -> str:
    """The text of `field` in the active language: with French active, `label` gives `label_fr`."""
    language = (get_language() or "en")[:2]
    return str(getattr(row, f"{field}_{language if language in LANGUAGES else 'en'}"))


class TablesVersion(models.Model):
    """A single row whose number changes with every change of a dated table, so that processes reload their copy.

    The number is random. A counter would give the same number again, for other contents, after a rollback.
    """

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)

    @classmethod
    def renew(cls) -> None:
        """Change the number, so that every process reloads the tables."""
        cls._default_manager.update_or_create(pk=1, defaults={"number": secrets.randbits(62) + 1})


def tables_changed(**kwargs: object) -> None:
    """Signal receiver for a saved or deleted row of a dated table: renew the version."""
    TablesVersion.renew()


Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class DatedQuerySet(models.QuerySet[Row_co]):
    """Rows with a validity. Bulk writes, which send no signals, also renew the version of the tables."""

    def update(self, **kwargs: Any) -> int:
        """Update the rows as Django does, then renew the version of the tables."""
        count = super().update(**kwargs)
        TablesVersion.renew()
        return count

    def bulk_create(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Create the rows as Django does, then renew the version of the tables."""
        rows = super().bulk_create(*args, **kwargs)
        TablesVersion.renew()
        return rows

    def valid_on(self, day: date) -> DatedQuerySet[Row_co]:
        """The rows in force on `day`. Both bounds are inclusive; an empty bound is open."""
        begun = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
        not_ended = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        return self.filter(begun & not_ended)


class Dated(models.Model):
    """Abstract row with a validity (inclusive days, empty = open), its source, and whether staff edited it."""

    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=300)
    is_edited = models.BooleanField(
        _("edited by hand"), default=False, editable=False, help_text=_("Loading the tables does not change this row.")
    )

    objects = DatedQuerySet.as_manager()

    natural_key_fields: tuple[str, ...] = ("code", "valid_from")

    class Meta:
        abstract = True

    def is_valid_on(self, day: date) -> bool:
        """Whether `day` lies within the validity."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def clean(self) -> None:
        """Refuse a validity that ends before it begins, and one that overlaps another row of the same key."""
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValidationError({"valid_until": _("This day is before the first day of validity.")})
        names = [name for name in self.natural_key_fields if name != "valid_from"]
        others = type(self)._default_manager.filter(**dict(zip(names, self.identity, strict=True)))
        if any(self.overlaps(other) for other in others.exclude(pk=self.pk)):
            raise ValidationError(
                _("Another row with this code is in force on one of these days: close that row first.")
            )

    @property
    def natural_key(self) -> tuple[Any, ...]:
        """The values that identify this row in its table."""
        return tuple(getattr(self, name) for name in self.natural_key_fields)

    @property
    def identity(self) -> tuple[Any, ...]:
        """The natural key without the first day; all rows of one code share it."""
        return tuple(getattr(self, name) for name in self.natural_key_fields if name != "valid_from")

    def overlaps(self, other: Dated) -> bool:
        """Whether both rows are in force on some day."""
        starts = [row.valid_from or date.min for row in (self, other)]
        ends = [row.valid_until or date.max for row in (self, other)]
        return max(starts) <= min(ends)


class Labelled(models.Model):
    """Abstract row with a label in the four languages of the screens."""

    label_nl = models.CharField(_("label (nl)"), max_length=300)
    label_fr = models.CharField(_("label (fr)"), max_length=300)
    label_de = models.CharField(_("label (de)"), max_length=300)
    label_en = models.CharField(_("label (en)"), max_length=300)

    class Meta:
        abstract = True

    @property
    def label(self) -> str:
        """The label in the language of the page."""
        return in_active_language(self, "label")

    @property
    def labels(self) -> dict[str, str]:
        """The label in every language, by language code."""
        return {language: getattr(self, f"label_{language}") for language in LANGUAGES}


class Described(Labelled):
    """Abstract labelled row with a full description, shown as help beside the choice."""

    description_nl = models.TextField(_("description (nl)"), blank=True)
    description_fr = models.TextField(_("description (fr)"), blank=True)
    description_de = models.TextField(_("description (de)"), blank=True)
    description_en = models.TextField(_("description (en)"), blank=True)

    class Meta:
        abstract = True

    @property
    def description(self) -> str:
        """The full description in the language of the page."""
        return in_active_language(self, "description")


def one_row_per_key(name: str, *fields: str) -> list[models.BaseConstraint]:
    """Constraints that allow one row per key and first day, and one row per key without a first day."""
    return [
        models.UniqueConstraint(fields=[*fields, "valid_from"], name=name),
        models.UniqueConstraint(fields=fields, condition=Q(valid_from__isnull=True), name=f"{name}_open"),
    ]
