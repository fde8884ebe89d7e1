"""What Confirm leaves."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One journey, as its forms were posted."""

    posted = models.JSONField()

    def __str__(self) -> str:
        return str(self.pk)
