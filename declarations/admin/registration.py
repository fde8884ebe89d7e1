"""Registration of every admin page, by importing their modules."""

from . import declarations, logs, notifications, queue
from .personnel_file import pages
from .statistics import page

__all__ = ["declarations", "logs", "notifications", "page", "pages", "queue"]
