"""The second factor of a staff account: an authenticator app, and recovery codes in case it is lost."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django_otp import devices_for_user
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken

from ..models import AuthenticatorApp, recovery_code_hash

RECOVERY_CODES = 10
# The name of this service in the app.
ISSUER = "Dimona"


@dataclass(frozen=True)
class SecondFactor:
    """What the person needs, shown once: the base-32 secret, the otpauth address for apps, and the codes."""

    secret: str
    address: str
    recovery_codes: tuple[str, ...]


def has_second_factor(account: AbstractBaseUser) -> bool:
    """Whether the account has a device, confirmed or not."""
    return any(devices_for_user(account, confirmed=None))


@transaction.atomic
def enrol(account: AbstractBaseUser) -> SecondFactor:
    """Give the account a new second factor. The old one and the sessions signed in with it become invalid."""
    for device in list(devices_for_user(account, confirmed=None)):
        device.delete()
    app = AuthenticatorApp.objects.create(user=account, name="app")
    paper = StaticDevice.objects.create(user=account, name="recovery codes")
    codes = [StaticToken.random_token() for _each in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=paper, token=recovery_code_hash(code)) for code in codes])
    secret = b32encode(app.key).decode()
    return SecondFactor(secret, _address(account.get_username(), secret), tuple(codes))


def _address(name: str, secret: str) -> str:
    """What the QR code holds: https://github.com/google/google-authenticator/wiki/Key-Uri-Format."""
    known = {"secret": secret, "algorithm": "SHA1", "digits": 6, "period": 30, "issuer": ISSUER}
    return f"otpauth://totp/{quote(f'{ISSUER}:{name}')}?{urlencode(known)}"
