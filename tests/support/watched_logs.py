"""A check of every log line during the tests for personal data, in the service's log format."""

from __future__ import annotations

import csv
import json
import logging
import re
from functools import cache

from django.conf import settings

from dimona_site.logs import JsonLines
from referentials.numbers import ssin

from .builders import BY_NAME

# Eleven digits with the usual separators, not part of a longer number or identifier.
LIKE_AN_SSIN = re.compile(r"(?<![0-9A-Za-z])\d{2}[. /-]?\d{2}[. /-]?\d{2}[. /-]{0,2}\d{3}[. /-]?\d{2}(?![0-9A-Za-z])")
# An address with a language prefix, which may contain a receipt's token or a draft.
LIKE_AN_ADDRESS = re.compile(r"/(?:nl|fr|de|en)/[\w-]+/")


@cache
def names() -> re.Pattern[str]:
    """The demo workers' names and the names used in tests, as they appear in a JSON line."""
    with (settings.BASE_DIR / "declarations/data/demo_workers.csv").open(encoding="utf-8", newline="") as file:
        known = {row[column] for row in csv.DictReader(file) for column in ("family_name", "given_name")}
    known |= {BY_NAME["family_name"], BY_NAME["given_name"], BY_NAME["street"]}
    as_written = sorted(json.dumps(form)[1:-1] for name in known for form in (name, name.upper()))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, as_written))})(?!\w)")


def personal_data_in(line: str) -> list[str]:
    """The personal data in a line: valid SSINs, names, addresses of receipts and drafts."""
    numbers = [found for found in LIKE_AN_SSIN.findall(line) if ssin.is_valid(re.sub(r"\D", "", found))]
    return [*numbers, *names().findall(line), *LIKE_AN_ADDRESS.findall(line)]


class LogWatcher(logging.Handler):
    """Log handler that collects the lines with personal data."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Check the line."""
        line = self.format(record)
        if personal_data_in(line):
            self.found.append(line)
