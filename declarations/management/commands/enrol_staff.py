"""Give a staff account its second factor, without which it cannot sign in."""

from __future__ import annotations

from argparse import ArgumentParser
from io import StringIO
from typing import Any

import segno
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from ..enrolment import SecondFactor, enrol, has_second_factor


class Command(BaseCommand):
    """enrol_staff USERNAME [--reset]: prints a QR code for an authenticator app, its secret, and recovery codes."""

    help = (
        "Gives a staff account its second factor; what it prints is shown once, so run it with the person beside you."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The account; `--reset` replaces a lost app."""
        parser.add_argument("username")
        parser.add_argument("--reset", action="store_true", help="Replace the second factor that the account has.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Enrol the account and print its factor. Raises CommandError if it is not staff, or enrolled already."""
        name = options["username"]
        account = get_user_model().objects.filter(username=name, is_staff=True, is_active=True).first()
        if account is None:
            raise CommandError(f"There is no active staff account “{name}”.")
        if has_second_factor(account) and not options["reset"]:
            raise CommandError(f"“{name}” has a second factor: --reset replaces it.")
        self.show(enrol(account))

    def show(self, factor: SecondFactor) -> None:
        """Print the QR code as block characters, the secret and the recovery codes."""
        drawing = StringIO()
        segno.make(factor.address).terminal(drawing, compact=True)
        self.stdout.write("Scan this in an authenticator app:\n")
        self.stdout.write(drawing.getvalue())
        self.stdout.write(f"or open {factor.address}\nor type the secret: {factor.secret}\n")
        self.stdout.write("Recovery codes, each good for one sign-in without the app:")
        self.stdout.write("\n".join(f"  {code}" for code in factor.recovery_codes))
        self.stdout.write("None of this is shown again. The first sign-in shows that the app has it right.")
