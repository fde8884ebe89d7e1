"""The office, in Django's admin: what was filed, the queue of pending declarations, the locks of periods, the
personnel files, the figures, the exports of lists, the logs.
"""

from . import figures, filed, logs, notifications, pending, personnel

__all__ = ["figures", "filed", "logs", "notifications", "pending", "personnel"]
