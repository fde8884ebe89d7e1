"""Prepare a developer's machine in one process, so that a second start is immediate."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

COMMANDS = (
    "load_referentials",
    "load_demo_data",
    "load_demo_workers",
    "compile_translations",
    "clearsessions",
    "create_demo_staff",
)


class Command(BaseCommand):
    """prepare_demo; may be repeated."""

    help = "Migrates, loads the tables and the demo data, compiles the messages and makes a staff account."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run each command; the first failure stops with that command's own message."""
        call_command("migrate", verbosity=0)
        for name in COMMANDS:
            call_command(name, stdout=self.stdout)
