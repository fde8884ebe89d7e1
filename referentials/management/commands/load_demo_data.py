"""Fill the employers' repertory with invented employers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from referentials.loading import LoadError, load_demo_employers


class Command(BaseCommand):
    """load_demo_data; may be repeated."""

    help = "Adds the invented employers of the demonstration that the repertory does not hold yet."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        """Add the employers and print their number. Raises CommandError for invalid data."""
        try:
            added = load_demo_employers()
        except LoadError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"demo employers: {len(added)} added")
