"""Tamper evidence: a chain of keyed hashes over what was filed and decided, and what remains of what was removed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .filed import WriteOnceModel


class RowKind(models.TextChoices):
    """What a seal stands for."""

    DECLARATION = "declaration", _("declaration")
    DECISION = "decision", _("decision")
    LOCK = "lock", _("lock of a period")
    TOMBSTONE = "tombstone", _("tombstone")


class Tombstone(WriteOnceModel):
    """What remains of a period that was removed whole, with everything filed and decided on it.

    Or of a declaration without a period: then `period_number` is its own, of the same series. `removed_rows` lists the
    rows that were sealed: what (`RowKind`), primary key, and the number of the declaration, or of the period for a
    lock.
    """

    period_number = models.CharField(_("period number"), max_length=12, unique=True)
    removed_at = models.DateTimeField(_("removed at"))
    reason = models.CharField(_("reason"), max_length=100)
    removed_rows = models.JSONField(_("removed"))
    content_mac = models.CharField(_("keyed hash"), max_length=64, editable=False)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("tombstone")
        verbose_name_plural = _("tombstones")

    def __str__(self) -> str:
        return self.period_number


class Seal(WriteOnceModel):
    """One link of the chain: `chain_mac` is the keyed hash of the link before and of this one's content."""

    position = models.PositiveBigIntegerField(_("position"), unique=True)
    row_kind = models.CharField(_("what"), max_length=11, choices=RowKind)
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
