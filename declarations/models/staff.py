"""The second factor of staff: an authenticator app with an encrypted secret, and hashed recovery codes."""

from __future__ import annotations

import secrets
import time

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from ..encryption import EncryptedTextField, keyed_hash


def new_secret() -> str:
    """160 random bits as hexadecimal digits."""
    return secrets.token_hex(20)


class AuthenticatorApp(TimestampMixin, ThrottlingMixin, Device):
    """An app that shows a new six-digit code every half minute (TOTP, RFC 6238).

    It replaces django-otp's own device, whose secret column is too short for an encrypted secret.
    """

    secret = EncryptedTextField(default=new_secret, editable=False)
    last_step = models.BigIntegerField(default=-1, editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = _("authenticator app")

    @property
    def key(self) -> bytes:
        """The secret as bytes, as the app stores it."""
        return bytes.fromhex(self.secret)

    def get_throttle_factor(self) -> int:
        """Seconds to wait after a wrong code; every further wrong code doubles them."""
        return 1

    def verify_token(self, token: str) -> bool:
        """Whether the app shows the code now, or half a minute earlier or later. A code is accepted once.

        Saves the result, and with it the secret, encrypted under the newest key.
        """
        if not self.verify_is_allowed()[0]:
            return False
        clock = TOTP(self.key)
        clock.time = time.time()
        if not token.isdecimal() or not clock.verify(int(token), tolerance=1, min_t=self.last_step + 1):
            self.throttle_increment()
            return False
        self.last_step = clock.t()
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp()
        return True


def recovery_code_hash(code: str) -> str:
    """The stored form of a recovery code: 16 hexadecimal digits of a keyed hash."""
    return keyed_hash("recovery code", code)[:16]
