"""How often something was tried; see `throttle`."""

from __future__ import annotations

from django.db import models


class AttemptCount(models.Model):
    """How often one subject (a client, an employer) tried one thing within one stretch of time.

    `key` is a keyed hash of all three: no address of a client is stored.
    """

    key = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.count)
