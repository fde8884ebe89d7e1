"""Sign-in of staff with a password and a second factor; too many failures cause a temporary lockout.

django-axes counts failures per account and client. It stores neither addresses (a client is a keyed hash) nor user
names of accounts that do not exist, which might be somebody's password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from ipaddress import IPv6Address
from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice

from ...client_address import client_of
from ...encryption import keyed_hash
from ...formatting import display_hour
from ...models import AuthenticatorApp, recovery_code_hash
from ...wizard.responses import no_store, too_many_requests

MAX_USERNAME_LENGTH = 150


class SignInForm(AdminAuthenticationForm):
    """User name, password and code. The error is the same whichever of them is wrong."""

    otp_token = forms.CharField(
        label=_("Code of the authenticator app, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "class": "vTextField", "spellcheck": "false"}),
    )
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _(
            "Enter the user name, the password and the code of a staff account. A code works only once: after a"
            " mistake, wait for the next one."
        ),
    }

    def clean(self) -> dict[str, Any]:
        """Verify the code once the password is right; a wrong code counts as a failed sign-in."""
        if self.errors:
            # Verify nothing until all three are given: the answer would reveal whether the password is right.
            return self.cleaned_data
        cleaned: dict[str, Any] = super().clean()
        user: Any = self.get_user()
        user.otp_device = verify_code(user, cleaned["otp_token"])
        if user.otp_device is None:
            name = {"username": user.get_username()}
            user_login_failed.send(__name__, credentials=name, request=self.request)
            raise self.get_invalid_login_error()
        return cleaned


def verify_code(user: AbstractBaseUser, code: str) -> Device | None:
    """The device of the account that accepts the code; None if there is none, or after too many wrong codes.

    Six digits are verified by authenticator apps only, anything else by recovery codes only, because the other device
    would count a failure.
    """
    compact = re.sub(r"[\s-]", "", code).lower()
    is_of_an_app = re.fullmatch("[0-9]{6}", compact)
    kind, token = (AuthenticatorApp, compact) if is_of_an_app else (StaticDevice, recovery_code_hash(compact))
    with transaction.atomic():
        devices = kind.objects.select_for_update().filter(user=user, confirmed=True)
        return next((device for device in devices if device.verify_token(token)), None)


# -- what django-axes asks ---------------------------------------------------------------------------------------


def hashed_client_address(request: HttpRequest) -> str:
    """The client as stored in a column of addresses: a keyed hash in the form of a private IPv6 address."""
    return str(IPv6Address(0xFD << 120 | int(client_of(request)[:30], 16)))


def account_of(request: HttpRequest, credentials: Mapping[str, Any] | None) -> str | None:
    """The name of the account; a keyed hash of the typed name if no such account exists."""
    typed = (credentials or {}).get("username") or request.POST.get("username")
    if not typed:
        return None
    can_be_one = len(typed) <= MAX_USERNAME_LENGTH and "\0" not in typed
    if can_be_one and get_user_model().objects.filter(username=typed).exists():
        return str(typed)
    return f"? {keyed_hash('account', typed)[:16]}"


def locked_until(request: HttpRequest, account: str | None) -> datetime:
    """The moment from which the client may try that account again."""
    tries = AccessAttempt.objects.filter(username=account, ip_address=hashed_client_address(request))
    last = tries.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    return last + settings.AXES_COOLOFF_TIME


def lockout_page(
    request: HttpRequest, response: HttpResponse | None, credentials: Mapping[str, Any] | None
) -> HttpResponse:
    """The page for a client that is locked out of an account."""
    return blocked_page(request, locked_until(request, account_of(request, credentials)), is_of_account=True)


def blocked_page(request: HttpRequest, until: datetime, *, is_of_account: bool) -> HttpResponse:
    """The page for a client that may not sign in, to one account or to any. Also sets Retry-After."""
    now = timezone.now()
    context = {
        **admin.site.each_context(request),
        "moment": display_hour(until, now),
        "is_of_account": is_of_account,
    }
    return no_store(too_many_requests(render(request, "admin/locked_out.html", context), until, now))
