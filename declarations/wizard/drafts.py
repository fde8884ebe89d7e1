"""Drafts: declarations begun and not sent. They live in the session, one key each; the page holds a copy.

The copy restores a draft whose session expired between two pages. It is encrypted, compressed, bound to its draft and
good for DRAFT_COPY_MAX_AGE seconds.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpRequest

from referentials.numbers import dimona

from ..encryption import DecryptionError, decrypt, encrypt
from ..enums import DeclarationKind

# formtools puts this before the prefix that the wizard gives it.
PREFIX = "wizard_"
# Under this name a draft holds the steps whose values were kept as typed, without being checked.
UNVALIDATED = "unvalidated"
# The number of the cancelled period that a draft declares anew.
REPLACES_PERIOD = "replaces_period"
# The Dimona IN that a Cancellation is followed by.
FOLLOW_UP = "follow_up"
# The number of the period that the first page looked up, and that of the period whose dates were typed.
LOOKED_UP_NUMBER, DATED_PERIOD_NUMBER = "looked_up_number", "dated_period_number"
# The digest of the answers whose preview was shown last.
PREVIEW = "preview"
# A browser that begins more drafts than this loses the oldest; a session stays small whatever is thrown at it.
MAX_DRAFTS = 30
# Under this key the session remembers the last drafts that were filed or discarded.
CLOSED = "closed"
MAX_CLOSED = 200
# Under this key it remembers that a declaration filed from here was accepted.
HAS_SUBMITTED = "has_submitted"


def wizard_prefix(kind: DeclarationKind, draft: UUID) -> str:
    """What tells one draft from another, for formtools."""
    return f"{kind.value}-{draft}"


def session_key(kind: DeclarationKind, draft: UUID) -> str:
    """The key of a draft in the session."""
    return f"{PREFIX}{wizard_prefix(kind, draft)}"


def encrypt_copy(key: str, data: dict[str, Any]) -> str:
    """The draft as one text for a hidden field, about half a kilobyte."""
    packed = zlib.compress(json.dumps([key, data], ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return encrypt(base64.b85encode(packed).decode())


def decrypt_copy(key: str, encrypted_copy: str) -> dict[str, Any] | None:
    """The draft again; None when the text is not ours, too old, or of another draft."""
    try:
        packed = base64.b85decode(decrypt(encrypted_copy, max_age=settings.DRAFT_COPY_MAX_AGE))
        key_in_copy, data = json.loads(zlib.decompress(packed))
    except (DecryptionError, ValueError, zlib.error, binascii.Error):
        return None
    return data if key_in_copy == key else None


def close(request: HttpRequest, kind: DeclarationKind, draft: UUID) -> None:
    """Drop a draft that was filed or discarded, and remember it: no copy brings it back, and its receipt is ours."""
    forget(request, session_key(kind, draft))
    closed = {**request.session.get(CLOSED, {}), str(draft): True}
    request.session[CLOSED] = dict(list(closed.items())[-MAX_CLOSED:])


def is_closed(request: HttpRequest, draft: UUID) -> bool:
    """Whether this browser filed or discarded the draft."""
    return str(draft) in request.session.get(CLOSED, {})


def has_submitted(request: HttpRequest) -> bool:
    """Whether a declaration filed in this browser was accepted, as long as its session lasts."""
    return bool(request.session.get(HAS_SUBMITTED))


def is_own(request: HttpRequest, kind: DeclarationKind, draft: UUID) -> bool:
    """Whether this browser filed the draft, holds it, or sends the copy that only its page held."""
    key = session_key(kind, draft)
    return is_closed(request, draft) or key in request.session or _copy(request, key) is not None


def _copy(request: HttpRequest, key: str) -> dict[str, Any] | None:
    return decrypt_copy(key, request.POST.get("draft_copy", ""))


def restore(request: HttpRequest, kind: DeclarationKind, draft: UUID) -> bool:
    """Put the page's copy back into the session when the draft is not there; whether the draft is there now."""
    key = session_key(kind, draft)
    if is_closed(request, draft):
        return False
    if key not in request.session:
        data = _copy(request, key)
        if data is None:
            return False
        _make_room(request)
        request.session[key] = data
    return True


def begin(
    request: HttpRequest,
    kind: DeclarationKind,
    steps: Mapping[str, Any],
    *,
    now: datetime,
    unvalidated: Iterable[str] = (),
    draft: UUID | None = None,
    notes: Mapping[str, Any] = MappingProxyType({}),
) -> UUID:
    """Open a draft that holds `steps`, those in `unvalidated` as typed; the oldest draft makes room for it.

    `notes` are what else it carries, such as the number of the period it declares anew (`REPLACES_PERIOD`). A first
    page that is not among `unvalidated` was looked up by the caller.
    """
    _make_room(request)
    draft = draft or uuid4()
    is_looked_up = kind != DeclarationKind.IN and "start" not in unvalidated
    number = "" if not is_looked_up else dimona.compact(_last(steps.get("start", {}), "start-period_number"))
    request.session[session_key(kind, draft)] = {
        "step": None,
        "step_data": dict(steps),
        "step_files": {},
        "extra_data": {
            "begun_at": now.isoformat(timespec="seconds"),
            UNVALIDATED: dict.fromkeys(unvalidated, True),
            LOOKED_UP_NUMBER: number,
            DATED_PERIOD_NUMBER: number,
            **notes,
        },
    }
    return draft


def _make_room(request: HttpRequest) -> None:
    begun = sorted(all_drafts(request), key=lambda item: item[2])
    for kind, draft, _begun_at in begun[: max(0, len(begun) - MAX_DRAFTS + 1)]:
        forget(request, session_key(kind, draft))


def typed_value(request: HttpRequest, key: str, step: str, name: str) -> str:
    """What was typed in one field of a draft; empty when nothing was."""
    return _last(request.session[key]["step_data"].get(step, {}), f"{step}-{name}")


def _last(kept: Mapping[str, list[str]], name: str) -> str:
    return str(kept.get(name, [""])[-1])


def note(request: HttpRequest, kind: DeclarationKind, draft: UUID, name: str) -> Any:
    """What a draft carries under that name, None when nothing."""
    return request.session[session_key(kind, draft)]["extra_data"].get(name)


def forget(request: HttpRequest, key: str) -> None:
    """Drop the draft."""
    request.session.pop(key, None)


def all_drafts(request: HttpRequest) -> list[tuple[DeclarationKind, UUID, datetime]]:
    """Kind, draft and moment of beginning (aware) of every draft of this browser."""
    found = []
    for key, data in request.session.items():
        if key.startswith(PREFIX):
            kind, _, draft = key.removeprefix(PREFIX).partition("-")
            begun_at = datetime.fromisoformat(data["extra_data"]["begun_at"])
            found.append((DeclarationKind(kind), UUID(draft), begun_at))
    return found
