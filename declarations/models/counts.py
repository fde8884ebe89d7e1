"""Counters: attempts, for throttling (`filing.throttling`), and daily figures, for the statistics."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..enums import Status


class AttemptCount(models.Model):
    """The number of attempts by one subject (a client, an employer) at one action within one span of time.

    `key` is a keyed hash of all three, so no client's address is stored.
    """

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.count)


class Figure(models.TextChoices):
    """The quantity that a daily count measures; see `DailyCount`."""

    FILED = "filed"
    DECIDED = "decided"
    LATE = "late"
    REFUSED = "refused"
    LANGUAGE = "language"


class DailyCount(models.Model):
    """The number of declarations filed or decided on one day, in Brussels time.

    FILED and DECIDED are counted by kind and by the status given. LATE counts accepted declarations by kind. REFUSED
    counts refusals by code; a declaration with two codes counts under both. LANGUAGE counts filed declarations by
    language. Declarations removed at the end of their retention period remain counted.
    """

    day = models.DateField()
    figure = models.CharField(max_length=8, choices=Figure)
    key = models.CharField(max_length=12)
    status = models.CharField(max_length=1, choices=Status, blank=True)
    count = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        verbose_name = _("daily count")
        # The statistics page replaces the list of these rows.
        verbose_name_plural = _("statistics")
        constraints = [models.UniqueConstraint(fields=["figure", "day", "key", "status"], name="daily_count_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.figure} {self.key} {self.status}: {self.count}"


class CountWatermark(models.Model):
    """A single row: the daily counts include everything filed or decided before this moment and nothing later."""

    until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.until)
