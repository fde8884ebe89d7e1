"""The row that Confirm inserts."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """The posted forms of a journey."""

    posted = models.JSONField()

    def __str__(self) -> str:
        return str(self.pk)
