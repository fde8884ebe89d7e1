"""A staff account for a developer's machine, with a random password and a second factor that are shown once."""

import secrets
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django_otp.oath import totp

from ...models import AuthenticatorApp
from ..enrolment import enrol, has_second_factor

USERNAME = "staff"


class Command(BaseCommand):
    """create_demo_staff [--reset | --code]; refuses to run without DEBUG."""

    help = "Makes the account “staff” for the administration pages, with a random password (DEBUG only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--reset` gives an existing account a new password, `--code` stands in for the authenticator app."""
        parser.add_argument("--reset", action="store_true", help="Give the existing account a new password and app.")
        parser.add_argument("--code", action="store_true", help="Print the code that counts now, as the app would.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the account that was made, or how to get a new password. Raises CommandError without DEBUG."""
        if not settings.DEBUG:
            raise CommandError("This command is for a developer's machine: it needs DEBUG=true.")
        if options["code"]:
            self.stdout.write(self.code())
            return
        account = get_user_model().objects.filter(username=USERNAME).first()
        if account and has_second_factor(account) and not options["reset"]:
            self.stdout.write(f"Staff account “{USERNAME}” exists. A new password: make staff-password")
            return
        self.make(account or get_user_model()(username=USERNAME, is_staff=True, is_superuser=True))

    def make(self, account: Any) -> None:
        """Set a password and a second factor on the account, and print them."""
        password = secrets.token_urlsafe(12)
        account.set_password(password)
        account.save()
        factor = enrol(account)
        self.stdout.write(f"Staff account for {reverse('admin:index')}: {USERNAME}, password {password}")
        self.stdout.write(f"Its codes: make staff-code, or an authenticator app with the secret {factor.secret}")

    def code(self) -> str:
        """The current six-digit code. Raises CommandError if there is no account."""
        device = AuthenticatorApp.objects.filter(user__username=USERNAME).first()
        if device is None:
            raise CommandError("There is no staff account yet: make run")
        return f"{totp(device.key):06}"
