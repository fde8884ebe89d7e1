"""Tamper evidence: a chain of keyed hashes over filed and decided rows, and tombstones of removed ones."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .filed import WriteOnceModel


class RowKind(models.TextChoices):
    """The kind of row that a seal covers."""

    DECLARATION = "declaration", _("declaration")
    DECISION = "decision", _("decision")
    LOCK = "lock", _("period lock")
    TOMBSTONE = "tombstone", _("deletion record")


class Tombstone(WriteOnceModel):
    """The trace of a period that was removed with every declaration and decision on it.

    For a declaration without a period, `period_number` is the declaration's own number, which comes from the same
    series. `removed_rows` lists the sealed rows that were removed: kind (`RowKind`), primary key, and the number of
    the declaration, or of the period for a lock.
    """

    period_number = models.CharField(_("period number"), max_length=12, unique=True)
    removed_at = models.DateTimeField(_("deleted at"))
    reason = models.CharField(_("reason"), max_length=100)
    removed_rows = models.JSONField(_("deleted rows"))
    content_mac = models.CharField(_("keyed hash"), max_length=64, editable=False)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("deletion record")
        verbose_name_plural = _("deletion records")

    def __str__(self) -> str:
        return self.period_number


class Seal(WriteOnceModel):
    """A link of the chain: `chain_mac` is the keyed hash of the previous link and of this link's content."""

    position = models.PositiveBigIntegerField(_("position"), unique=True)
    row_kind = models.CharField(_("type of record"), max_length=11, choices=RowKind)
    row_key = models.BigIntegerField(_("row"))
    content_mac = models.CharField(_("keyed hash"), max_length=64)
    chain_mac = models.CharField(_("keyed hash of the chain"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"))

    class Meta:
        ordering = ["position"]
        default_permissions = ("view",)
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [models.UniqueConstraint(fields=["row_kind", "row_key"], name="seal_once_per_row")]

    def __str__(self) -> str:
        return str(self.position)
