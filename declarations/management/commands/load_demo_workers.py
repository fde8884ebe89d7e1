"""Add the invented demo workers, who count as already identified."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from declarations.models import Worker
from declarations.names import birth_date_hash, family_name_hash, ssin_hash

SOURCE = Path(__file__).parents[2] / "data" / "demo_workers.csv"


class Command(BaseCommand):
    """load_demo_workers; may be repeated."""

    help = "Adds the demo workers that are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        """Add each worker of the file whose SSIN is not stored yet."""
        with SOURCE.open(encoding="utf-8", newline="") as file:
            added = sum(self.add(row) for row in csv.DictReader(file))
        self.stdout.write(f"demo workers: {added} added")

    def add(self, identity: dict[str, str]) -> bool:
        """Add one worker. Returns whether it was missing."""
        number = identity.pop("ssin")
        values = {
            "ssin": number,
            "identity": identity,
            "family_name_hash": family_name_hash(identity["family_name"]),
            "birth_date_hash": birth_date_hash(identity["birth_date"]),
        }
        return Worker.objects.get_or_create(ssin_hash=ssin_hash(number), defaults=values)[1]
