"""The second factor of a staff account: an authenticator app, and recovery codes for the day it is lost."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django_otp import devices_for_user
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

RECOVERY_CODES = 10


@dataclass(frozen=True)
class SecondFactor:
    """What the person needs, shown once: the secret in base 32, the same as an address for apps, and the codes."""

    secret: str
    address: str
    recovery_codes: tuple[str, ...]


def has_second_factor(account: AbstractBaseUser) -> bool:
    """Whether the account has a device, confirmed or not."""
    return any(devices_for_user(account, confirmed=None))


@transaction.atomic
def enrol(account: AbstractBaseUser) -> SecondFactor:
    """Give the account a new second factor. What it had before no longer counts, sessions signed in by it included."""
    for device in list(devices_for_user(account, confirmed=None)):
        device.delete()
    app = TOTPDevice.objects.create(user=account, name="app")
    paper = StaticDevice.objects.create(user=account, name="recovery codes")
    codes = [StaticToken.random_token() for _each in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=paper, token=code) for code in codes])
    return SecondFactor(b32encode(app.bin_key).decode(), app.config_url, tuple(codes))
