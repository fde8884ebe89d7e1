"""Accounts of the office, and their sessions."""

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
    """A client of that account at work in the admin, past the second factor."""
    client = Client()
    client.force_login(account)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = AuthenticatorApp.objects.get_or_create(user=account)[0].persistent_id
    session.save()
    return client


def member(role: str) -> User:
    """A staff account with that role and nothing else; no role for an empty text."""
    account = User.objects.create_user(f"member {role}".strip(), password=PASSWORD, is_staff=True)
    if role:
        make_groups()
        account.groups.add(Group.objects.get(name=role))
    return account


def make_groups() -> None:
    """The roles as the migration makes them: an earlier transactional test may have emptied the database."""
    import_module("declarations.migrations.0002_groups").make_groups(apps, None)


def sign_in(client: Client, name: str = "anna", password: str = PASSWORD, token: str = "", **extra: Any) -> Any:
    """What the server answers to the sign-in page."""
    return client.post(reverse("admin:login"), {"username": name, "password": password, "otp_token": token}, **extra)


def codes_in(printed: str) -> list[str]:
    """The recovery codes that the command printed."""
    return re.findall(r"^  ([a-z2-7]{8})$", printed, re.MULTILINE)
