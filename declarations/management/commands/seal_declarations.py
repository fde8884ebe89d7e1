"""`manage.py seal_declarations`: appends a seal for each declaration, decision, lock and tombstone without one."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from declarations.records import seals


class Command(BaseCommand):
    """seal_declarations; filing never waits for it, and it may run twice at once."""

    help = (
        "Seals what was filed and decided since the last time and prints the head of the chain, to be kept elsewhere; "
        "names each row whose own hash does not fit, leaves it unsealed, and exits 1 when there is one."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per refused row, then the head of the chain. Exits with 1 if a row was refused."""
        refused = 0
        for refusal in seals.seal_new_rows(timezone.now()):
            refused += 1
            self.stdout.write(f"{refusal}: not sealed.")
        head = seals.head()
        self.stdout.write(f"Head: {head.position}:{head.chain_mac}" if head else "Nothing is sealed.")
        if refused:
            sys.exit(1)
