"""The copy of a draft in its page: it restores a draft whose session expired between two pages.

The copy is compressed, encrypted, bound to its draft, and valid for DRAFT_COPY_MAX_AGE seconds.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from typing import Any

from django.conf import settings

from ..encryption import DecryptionError, decrypt, encrypt


def encrypt_copy(key: str, data: dict[str, Any]) -> str:
    """The draft of that session key as text for a hidden field, about half a kilobyte."""
    packed = zlib.compress(json.dumps([key, data], ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return encrypt(base64.b85encode(packed).decode())


def decrypt_copy(key: str, encrypted_copy: str) -> dict[str, Any] | None:
    """The draft, or None if the text was not made here, is too old, or belongs to another draft."""
    try:
        packed = base64.b85decode(decrypt(encrypted_copy, max_age=settings.DRAFT_COPY_MAX_AGE))
        key_in_copy, data = json.loads(zlib.decompress(packed))
    except (DecryptionError, ValueError, zlib.error, binascii.Error):
        return None
    return data if key_in_copy == key else None
