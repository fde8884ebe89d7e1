"""Registers every page of the office with its site, by importing the modules that hold them."""

from . import declarations, logs, notifications, queue
from .personnel_file import pages
from .statistics import page

__all__ = ["declarations", "logs", "notifications", "page", "pages", "queue"]
