"""Add the postal codes of the official address export (BeST, FPS BOSA: an openaddress CSV file) to the suggestions."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from referentials.models import PostalCode

COLUMNS = (
    "postcode",
    "postname_nl",
    "postname_fr",
    "municipality_name_nl",
    "municipality_name_fr",
    "municipality_name_de",
)
SOURCE = "BeST address export, FPS BOSA"


def labels_of(row: dict[str, str]) -> dict[str, str]:
    """The name of the town in four languages; a language without a name of its own gets the local one."""
    local = row["postname_nl"] or row["postname_fr"]
    names = {"label_nl": row["postname_nl"] or local, "label_fr": row["postname_fr"] or local}
    is_municipality = local in (row["municipality_name_nl"], row["municipality_name_fr"])
    german = row["municipality_name_de"] if is_municipality else ""
    return {**names, "label_de": german or names["label_fr"], "label_en": names["label_nl"]}


def towns_of(rows: Iterable[dict[str, str]]) -> Iterator[tuple[str, dict[str, str]]]:
    """Each postal code and town once, in the order of the file. The export has one line per address."""
    seen = set()
    for row in rows:
        labels = labels_of(row)
        key = (row["postcode"], labels["label_nl"])
        if all(key) and key not in seen:
            seen.add(key)
            yield row["postcode"], labels


class Command(BaseCommand):
    """import_postal_codes FILE: adds missing codes; may be repeated, and run with the file of each region."""

    help = "Adds the postal codes of a BeST openaddress CSV file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the argument for the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Read the file line by line and add in one transaction. Raises CommandError for a file of another shape."""
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as file, transaction.atomic():
                added = self.add(csv.DictReader(file))
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"postal codes: {added} added")

    def add(self, reader: csv.DictReader) -> int:
        """Add the missing rows and return their number. Raises CommandError if a column is missing."""
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise CommandError(f"The file lacks the columns {', '.join(missing)}.")
        return sum(
            PostalCode.objects.get_or_create(
                code=code, label_nl=labels["label_nl"], defaults={**labels, "source": SOURCE}
            )[1]
            for code, labels in towns_of(reader)
        )
