"""The session store: Django's database sessions, encrypted, and merged key by key when saved.

Each draft is one key of the session. Django writes the whole session, so two tabs that save at the same moment would
overwrite each other's drafts. This store writes only the changes of the current request, down to single steps.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib.sessions.backends import db
from django.db import router, transaction
from django.utils import timezone

from referentials import cached_sql

from ..encryption import DecryptionError, decrypt, encrypt

MISSING = object()


class SessionStore(db.SessionStore):
    """Django's database session, encrypted; saving merges the changes of this request."""

    # The stored text and the session as JSON, as they were read. Copying by JSON costs a fifth of `deepcopy`.
    _stored_text = ""
    _loaded_json = "{}"

    def encode(self, session_dict: dict[str, Any]) -> str:
        """The session as stored, encrypted with the first key."""
        return encrypt(super().encode(session_dict))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """The stored session; one whose key is no longer listed counts as expired."""
        try:
            return super().decode(decrypt(str(session_data)))
        except DecryptionError:
            return {}

    def load(self) -> dict[str, Any]:
        """The stored session, copied to detect later what this request changed."""
        where = {"session_key": self.session_key, "expire_date__gt": timezone.now()}
        found = cached_sql.values(self.model, "session_data", **where)
        if found is None:
            self._session_key = None
        self._stored_text = found[0] if found else ""
        data = self.decode(self._stored_text) if found else {}
        self._loaded_json = json.dumps(data)
        return data

    def save(self, must_create: bool = False) -> None:
        """Merge the changes of this request into the stored session; write nothing without changes."""
        if must_create or self.session_key is None:
            super().save(must_create=must_create)
            return
        if json.loads(self._loaded_json) == dict(self.items()) or self._replace_if_unchanged(self._stored_text):
            # formtools marks the session as modified even if it only reads it.
            return
        with transaction.atomic(using=router.db_for_write(self.model)):
            row = self.model.objects.select_for_update().filter(session_key=self.session_key).first()
            if row is None:
                super().save()
                return
            self._merge_stored(self.decode(row.session_data))
            self._replace_if_unchanged(row.session_data)

    def _replace_if_unchanged(self, stored: str) -> bool:
        """Write the session in one statement if the stored text is unchanged. Returns whether it was."""
        row = self.create_model_instance(dict(self.items()))
        rows = self.model.objects.filter(session_key=row.session_key, session_data=stored)
        if not rows.update(session_data=row.session_data, expire_date=row.expire_date):
            return False
        self._stored_text, self._loaded_json = row.session_data, json.dumps(dict(self.items()))
        return True

    def _merge_stored(self, stored: dict[str, Any]) -> None:
        both = merge(json.loads(self._loaded_json), dict(self.items()), stored)
        for key in set(self.keys()) - set(both):
            self.pop(key)
        self.update(both)


def merge(loaded: Any, mine: Any, stored: Any) -> Any:
    """`stored` with the changes from `loaded` to `mine`, merged by key; `mine` wins where both changed."""
    if mine == loaded:
        return stored
    if stored == loaded:
        return mine
    if not all(isinstance(each, dict) for each in (loaded, mine, stored)):
        return mine
    both = {
        key: merge(loaded.get(key, MISSING), mine.get(key, MISSING), stored.get(key, MISSING))
        for key in {**stored, **mine}
    }
    return {key: value for key, value in both.items() if value is not MISSING}
