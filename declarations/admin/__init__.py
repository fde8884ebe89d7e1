"""The office, in Django's admin: what was filed, the queue of pending declarations, the locks of periods."""

from . import filed, notifications, pending

__all__ = ["filed", "notifications", "pending"]
