"""The second factor of staff: an authenticator app, its secret encrypted, and recovery codes, kept as hashes."""

from __future__ import annotations

import secrets
import time

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.oath import TOTP

from ..encryption import EncryptedTextField, keyed_hash


def new_secret() -> str:
    """160 random bits, in hexadecimal digits."""
    return secrets.token_hex(20)


class AuthenticatorApp(TimestampMixin, ThrottlingMixin, Device):
    """An app that shows six digits, others every half minute (TOTP, RFC 6238).

    In the place of django-otp's own device, whose column for the secret is too short for an encrypted one.
    """

    secret = EncryptedTextField(default=new_secret, editable=False)
    last_step = models.BigIntegerField(default=-1, editable=False)

    class Meta:
        default_permissions = ()
        verbose_name = _("authenticator app")

    @property
    def key(self) -> bytes:
        """The secret as the app holds it."""
        return bytes.fromhex(self.secret)

    def get_throttle_factor(self) -> int:
        """Seconds to wait after a wrong code, doubled by each further one."""
        return 1

    def verify_token(self, token: str) -> bool:
        """Whether the app shows that code now, half a minute ago or after; a code counts once.

        Writes what it found, the secret under the newest key of encryption too.
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
    """What stands in the table for a recovery code: 16 hexadecimal digits of a keyed hash."""
    return keyed_hash("recovery code", code)[:16]
