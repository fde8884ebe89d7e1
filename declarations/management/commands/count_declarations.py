"""`manage.py count_declarations`: updates the daily counts for the statistics."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from declarations.admin.statistics import counts


class Command(BaseCommand):
    """count_declarations; filing never waits for it, and it may run twice at once."""

    help = (
        "Counts by day what was filed and decided since the last time, up to a quarter of an hour ago. The figures "
        "are right without it, and slow: it keeps them fast."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--again-since`."""
        parser.add_argument(
            "--again-since",
            type=date.fromisoformat,
            metavar="2026-03-02",
            help="Forget the counts from that day on and count what is there now: after rows were put in by hand.",
        )

    def handle(self, *args: Any, again_since: date | None, **options: Any) -> None:
        """Print the number of days counted."""
        if again_since:
            counts.delete_counts_since(again_since)
        days = sum(1 for _day in counts.update_daily_counts(timezone.now()))
        self.stdout.write(f"{days} days counted.")
