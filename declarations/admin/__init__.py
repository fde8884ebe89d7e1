"""The office, in Django's admin: what was filed, the queue of pending declarations, the locks of periods, the logs."""

from . import filed, logs, notifications, pending

__all__ = ["filed", "logs", "notifications", "pending"]
