"""`manage.py apply_retention`: removes data whose retention period (`records/retention_periods.py`) has ended."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from declarations.records import retention
from declarations.records.retention_periods import RETENTION_PERIODS


class Command(BaseCommand):
    """apply_retention; may be stopped at any moment and repeated."""

    help = "Removes what was kept long enough; seal what was filed first: nothing is removed that is not sealed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--dry-run`."""
        parser.add_argument("--dry-run", action="store_true", help="Only list what would be removed, and the terms.")

    def handle(self, *args: Any, dry_run: bool, verbosity: int, **options: Any) -> None:
        """Print a line per removal, then the totals. A dry run first prints the retention periods."""
        if dry_run and verbosity:
            for term in RETENTION_PERIODS:
                self.stdout.write(f"{term.kind}: {term.years} years since {term.since}. {term.reason}")
        removed = kept = 0
        for line in retention.apply(timezone.now(), dry_run=dry_run):
            is_kept = line.startswith(retention.KEPT_PREFIX)
            removed, kept = removed + (not is_kept), kept + is_kept
            self.stdout.write(line)
        if verbosity:
            self.stdout.write(f"{removed} {'would be removed' if dry_run else 'removed'}, {kept} kept.")
