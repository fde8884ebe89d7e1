"""A staff account for a developer's machine: a random password and a second factor, shown once."""

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
        """Print what was made, else how to get it."""
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
        """Give the account a password and a second factor, and show them."""
        password = secrets.token_urlsafe(12)
        account.set_password(password)
        account.save()
        factor = enrol(account)
        self.stdout.write(f"Staff account for {reverse('admin:index')}: {USERNAME}, password {password}")
        self.stdout.write(f"Its codes: make staff-code, or an authenticator app with the secret {factor.secret}")

    def code(self) -> str:
        """The six digits of this half minute. Raises CommandError before there is an account."""
        device = AuthenticatorApp.objects.filter(user__username=USERNAME).first()
        if device is None:
            raise CommandError("There is no staff account yet: make run")
        return f"{totp(device.key):06}"
