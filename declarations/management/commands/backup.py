"""`manage.py backup FOLDER`: writes the database to a file, and a manifest that describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from declarations.records import backups


class Command(BaseCommand):
    """backup; may run while declarations are filed."""

    help = "Writes the database to a file in the folder, with a manifest. The keys are not in it: keep them elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the folder, and the age at which older backups are removed."""
        parser.add_argument("folder", type=Path, help="An existing folder, better on another disk.")
        parser.add_argument(
            "--keep", metavar="DAYS", type=int, help="Then remove the backups in it that are older than so many days."
        )

    def handle(self, *args: Any, folder: Path, keep: int | None, verbosity: int, **options: Any) -> None:
        """Print the manifest's path, the contents of the backup, and each removed file. Raises CommandError."""
        at = timezone.now()
        try:
            path = backups.make(folder, at)
            manifest = backups.read(path)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            head = manifest.head or "nothing sealed"
            self.stdout.write(f"{path}: {manifest.declarations} declarations, {manifest.size} bytes, head {head}.")
            self.stdout.write(backups.NOT_INCLUDED)
        for name in backups.remove_old(folder, at, keep) if keep else ():
            self.stdout.write(f"Removed {name}")
