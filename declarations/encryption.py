"""Encryption of stored personal data: one cipher, two model fields, and keyed hashes for look-ups by equality.

A stored text is `<key id>:<Fernet token>`. The first key of ENCRYPTION_KEYS encrypts and every listed key decrypts, so
that keys can be rotated. Reading a text whose key is no longer listed raises DecryptionError.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

# The first digits of a key's SHA-256 are its id.
KEY_ID_LENGTH = 8


class DecryptionError(Exception):
    """The text was not encrypted by this service, is older than allowed, or its key is no longer listed."""


@lru_cache(maxsize=4)
def _ciphers(keys: tuple[str, ...]) -> dict[str, Fernet]:
    return {hashlib.sha256(key.encode()).hexdigest()[:KEY_ID_LENGTH]: Fernet(key) for key in keys}


def _keyring() -> dict[str, Fernet]:
    return _ciphers(tuple(settings.ENCRYPTION_KEYS))


def encrypt(text: str) -> str:
    """The text encrypted with the first key and prefixed with the id of that key."""
    key_id, cipher = next(iter(_keyring().items()))
    return f"{key_id}:{cipher.encrypt(text.encode()).decode()}"


def decrypt(stored: str, max_age: int | None = None) -> str:
    """The decrypted text. Raises DecryptionError, also for a text encrypted more than `max_age` seconds ago."""
    key_id, _, token = stored.partition(":")
    try:
        return _keyring()[key_id].decrypt(token.encode(), ttl=max_age).decode()
    except (KeyError, InvalidToken) as error:
        raise DecryptionError("This text cannot be decrypted with the keys listed.") from error


def key_id_of(stored: str) -> str:
    """The key id in a stored text: its first eight characters, whatever the text is."""
    return stored[:KEY_ID_LENGTH]


def key_ids() -> list[str]:
    """The ids of the listed keys, the encrypting key first."""
    return list(_keyring())


def reencrypt(stored: str) -> str:
    """The stored text encrypted again, with the first key. Raises DecryptionError."""
    return encrypt(decrypt(stored))


def keyed_hash(purpose: str, text: str) -> str:
    """64 hexadecimal digits that depend on purpose and text, to find a row without decrypting it."""
    return hmac.new(settings.HASH_KEY.encode(), f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """A text that is stored encrypted. It cannot be searched; search on a keyed hash in a column beside it."""

    def get_prep_value(self, value: Any) -> Any:
        """The encrypted value; None stays None."""
        return None if value is None else encrypt(self._to_text(value))

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """The decrypted value; None stays None. Raises DecryptionError."""
        return None if value is None else self._from_text(decrypt(value))

    def get_lookup(self, lookup_name: str) -> Any:
        """Allow `isnull` only. Raises FieldError for other lookups: equal texts have different stored values."""
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted: look it up by the hash beside it.")
        return super().get_lookup(lookup_name)

    def _to_text(self, value: Any) -> str:
        return str(value)

    def _from_text(self, text: str) -> Any:
        return text


class EncryptedJSONField(EncryptedTextField):
    """Lists, dictionaries, texts and numbers, stored encrypted. Dates and times are stored in ISO format."""

    # For the type checker only: django-stubs reads here the types of assigned and of read values.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def to_python(self, value: Any) -> Any:
        """The value unchanged: it is JSON in the database only."""
        return value

    def _to_text(self, value: Any) -> str:
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)

    def _from_text(self, text: str) -> Any:
        return json.loads(text)
