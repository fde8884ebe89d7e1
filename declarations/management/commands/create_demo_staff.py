"""A staff account for a developer's machine, with a random password that is shown once."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

USERNAME = "staff"


class Command(BaseCommand):
    """create_demo_staff [--reset]; refuses to run without DEBUG."""

    help = "Makes the account “staff” for the administration pages, with a random password (DEBUG only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--reset` gives an existing account a new password."""
        parser.add_argument("--reset", action="store_true", help="Give the existing account a new password.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the password when one is made, else how to get one."""
        if not settings.DEBUG:
            raise CommandError("This command is for a developer's machine: it needs DEBUG=true.")
        account = get_user_model().objects.filter(username=USERNAME).first()
        if account and not options["reset"]:
            self.stdout.write(f"Staff account “{USERNAME}” exists. A new password: make staff-password")
            return
        password = secrets.token_urlsafe(12)
        account = account or get_user_model()(username=USERNAME, is_staff=True, is_superuser=True)
        account.set_password(password)
        account.save()
        self.stdout.write(f"Staff account for /admin/: {USERNAME}, password {password}")
