"""Load the published tables, or compare them with the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from referentials.loading import TABLES, Action, Difference, LoadError, compare, load


def counts(differences: list[Difference]) -> str:
    """The number of rows per action, in words."""
    acts = [each.act for each in differences]
    return ", ".join(f"{acts.count(act)} {act.value}" for act in Action if act in acts) or "no change"


class Command(BaseCommand):
    """load_referentials [--check]; may be repeated."""

    help = "Loads the tables of the administration from the CSV files. Rows edited in the admin are left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--check`, which only compares."""
        parser.add_argument(
            "--check", action="store_true", help="change nothing; list the differences, exit 1 when there are any"
        )

    def handle(self, *args: Any, check: bool, verbosity: int, **options: Any) -> None:
        """Load or compare. Raises CommandError for invalid data and, with `--check`, for any difference."""
        try:
            self.compare() if check else self.load(verbosity)
        except LoadError as error:
            raise CommandError(str(error)) from error

    def load(self, verbosity: int) -> None:
        """Load, and print a line per table."""
        for name, differences in load().items():
            if verbosity:
                self.stdout.write(f"{name}: {counts(differences)}")

    def compare(self) -> None:
        """Print a line per difference. Raises CommandError if there are any."""
        differences = [each for name in TABLES for each in compare(name)]
        for each in differences:
            self.stdout.write(str(each))
        if differences:
            raise CommandError(f"The database and the files differ: {counts(differences)}.")
        self.stdout.write("The database holds what the files say.")
