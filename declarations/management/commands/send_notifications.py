"""`manage.py send_notifications`: produces the due notifications and delivers them through their channels."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from declarations.confirmation import documents, sending
from declarations.models import NotificationState


class Command(BaseCommand):
    """send_notifications [--limit N]; may run twice at once, be killed at any moment and be repeated."""

    help = "Produces the notifications that are due and hands them over; to be run every few minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--limit`."""
        parser.add_argument("--limit", type=int, help="Take at most so many notifications.")

    def handle(self, *args: Any, limit: int | None, verbosity: int, **options: Any) -> None:
        """Deliver, and print the number of notifications per final state. Raises CommandError if some stay queued."""
        if missing := documents.missing_requirement():
            raise CommandError(f"{missing} The notifications stay queued.")
        ended = sending.send(timezone.now, limit)
        if verbosity:
            states = [*NotificationState.values, *([sending.OVERTAKEN] if ended[sending.OVERTAKEN] else [])]
            self.stdout.write(", ".join(f"{state}: {ended[state]}" for state in states))
        if undeliverable := sending.undeliverable(timezone.now()):
            sentences = " ".join(dict.fromkeys(undeliverable.values()))
            raise CommandError(f"{sentences} Notifications stay queued for: {', '.join(undeliverable)}.")
