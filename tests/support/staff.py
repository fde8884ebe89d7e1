"""Staff accounts and their sessions."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django_otp import DEVICE_ID_SESSION_KEY

from declarations.models import AuthenticatorApp

PASSWORD = "three-words-and-27"


def signed_in_client(account: User) -> Client:
    """A client of that account, signed in to the admin with a second factor."""
    client = Client()
    client.force_login(account)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = AuthenticatorApp.objects.get_or_create(user=account)[0].persistent_id
    session.save()
    return client


def member(role: str) -> User:
    """A staff account with only that role, or with none if it is empty."""
    account = User.objects.create_user(f"member {role}".strip(), password=PASSWORD, is_staff=True)
    if role:
        make_groups()
        account.groups.add(Group.objects.get(name=role))
    return account


def make_groups() -> None:
    """Create the roles as the migration does, since an earlier transactional test may have flushed them."""
    import_module("declarations.migrations.0002_groups").make_groups(apps, None)


def sign_in(client: Client, name: str = "anna", password: str = PASSWORD, token: str = "", **extra: Any) -> Any:
    """The response of the sign-in page."""
    return client.post(reverse("admin:login"), {"username": name, "password": password, "otp_token": token}, **extra)


def codes_in(printed: str) -> list[str]:
    """The recovery codes in the output of the command."""
    return re.findall(r"^  ([a-z2-7]{8})$", printed, re.MULTILINE)
