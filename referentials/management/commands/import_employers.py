"""Update the employers' repertory from the open data of the CBE, from the office's records, or from both."""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from referentials.bases import OLDEST_FIRST
from referentials.folding import fold
from referentials.models import Country
from referentials.repertory import cbe, records
from referentials.repertory.merger import EmployerMerger
from referentials.repertory.reporting import Progress, Report, SourceError, rejects_file
from referentials.repertory.sources import LineReader
from referentials.repertory.staging import Staging
from referentials.repertory.writer import EmployerWriter, SuspiciousClosures

INCOMPLETE = 2


def countries() -> dict[str, str]:
    """The codes of annex 5 by folded name in each language; of rows with the same name, the most recent counts."""
    rows = Country.objects.order_by(OLDEST_FIRST)
    return {fold(label): row.code for row in rows for label in row.labels.values()}


class Command(BaseCommand):
    """import_employers [--cbe PATH] [--records FILE]; may be repeated.

    Exit code 1: a file has the wrong shape, and nothing was written. Exit code 2: lines were rejected, or absent
    employers were not closed.
    """

    help = "Adds and updates employers, and closes those that the Crossroads Bank for Enterprises no longer has."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options for the files, and for the treatment of doubtful ones."""
        parser.add_argument(
            "--cbe", type=Path, help=f"zip or folder with {', '.join(f'{x}.csv' for x in cbe.COLUMNS)}"
        )
        parser.add_argument("--records", type=Path, help="CSV file with columns of the repertory")
        parser.add_argument("--rejects", type=Path, help="CSV file to write, of every line kept out")
        parser.add_argument(
            "--on", type=date.fromisoformat, help="the day of the files (today): who is gone closes then"
        )
        parser.add_argument("--close-many", action="store_true", help="close who is gone, even when suspiciously many")

    def handle(self, *args: Any, **options: Any) -> None:
        """Read all files, then write. Raises CommandError."""
        if not (options["cbe"] or options["records"]):
            raise CommandError("Name --cbe, --records or both.")
        try:
            with rejects_file(options["rejects"]) as rejects, closing(Staging()) as staging:
                report = Report(self.stderr, Progress(sys.stderr), rejects)
                doubt = self.bring_up_to_date(staging, report, options)
        except SourceError as error:
            raise CommandError(str(error)) from error
        if report.total or doubt:
            words = f"Lines kept out: {report.total}. {doubt}".strip()
            raise CommandError(words, returncode=INCOMPLETE)

    def bring_up_to_date(self, staging: Staging, report: Report, options: dict[str, Any]) -> str:
        """Stage the files, write the employers, and close those that are gone. Return why none was closed, if so.

        Raises SourceError before anything is written.
        """
        reader, is_whole = LineReader(report), True
        if options["cbe"]:
            is_whole = cbe.stage(options["cbe"], cbe.Files(staging, countries()), reader)
        if options["records"]:
            records.stage(options["records"], staging, reader)
        name = options["records"].name if options["records"] else ""
        writer = EmployerWriter(staging, EmployerMerger(options["on"] or timezone.localdate()), report, name)
        try:
            writer.write_all()
            return self.close_absent(writer, is_whole, options) if options["cbe"] else ""
        finally:
            counts = ", ".join(f"{count} {act}" for act, count in writer.counts.items()) or "none"
            self.stdout.write(f"employers: {counts}")

    def close_absent(self, writer: EmployerWriter, is_whole: bool, options: dict[str, Any]) -> str:
        """Close the employers that are gone from the CBE. Return why none was closed, if so."""
        if not is_whole:
            return "Nobody was closed for being gone: lines of enterprise.csv could not be read."
        try:
            writer.close_absent(allow_many=options["close_many"])
        except SuspiciousClosures as error:
            return str(error)
        return ""
