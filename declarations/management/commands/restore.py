"""`manage.py restore MANIFEST`: fills an empty database from a backup and checks the result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from declarations.records import backups

# More than all employers file in a week; the series has a thousand million numbers.
SKIPPED = 1_000_000


class Command(BaseCommand):
    """restore; overwrites nothing, and refuses before it writes."""

    help = (
        "Fills the database of DATABASE_URL, which must be empty, from a backup, and runs check_ledger and "
        "verify_chain; exit 1 when they find something."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the manifest, and how many numbers to skip."""
        parser.add_argument("manifest", type=Path, help="The .json file that stands beside the backup.")
        parser.add_argument(
            "--skip-numbers", metavar="COUNT", type=int, default=SKIPPED,
            help=f"So many numbers are left out, since some were given after the backup ({SKIPPED}).",
        )  # fmt: skip

    def handle(self, *args: Any, manifest: Path, skip_numbers: int, verbosity: int, **options: Any) -> None:
        """Print what was restored, then run both checks, or print the commands to run first. Raises CommandError."""
        try:
            backup = backups.read(manifest)
            needed = backups.restore(backup, manifest.parent, skip_numbers)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"Restored {backup.declarations} declarations as of {backup.made_at}.")
        head = ["--head", backup.head] if backup.head else []
        if needed:
            rest = " ".join(["verify_chain", *head])
            self.stdout.write(f"Older than this code by {', '.join(needed)}: run migrate, check_ledger and {rest}.")
            return
        checks = [self._passes("check_ledger", verbosity), self._passes("verify_chain", verbosity, *head)]
        if not all(checks):
            sys.exit(1)

    def _passes(self, check: str, verbosity: int, *options: str) -> bool:
        """Run a check, which prints what it finds. Returns whether it found nothing."""
        try:
            call_command(check, *options, stdout=self.stdout, verbosity=verbosity)
        except SystemExit as exit_:
            return not exit_.code
        return True
