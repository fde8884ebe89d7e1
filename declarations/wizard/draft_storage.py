"""How the session holds drafts: one key for each, attributes by name, and no more drafts than a session can carry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, Protocol, TypedDict, TypeVar, cast

from django.contrib.sessions.backends.base import SessionBase

# formtools puts this before the prefix of a wizard; what follows is the kind and the draft.
PREFIX = "wizard_"
# A browser that begins more drafts than this loses the oldest: a session stays small.
MAX_DRAFTS = 30
# Under this key the session remembers the last drafts that were filed or discarded.
CLOSED = "closed"
MAX_CLOSED = 200
# Under this key it remembers that a declaration filed from here was accepted.
HAS_SUBMITTED = "has_submitted"

StepData = Mapping[str, list[str]]
Value = TypeVar("Value")


class FollowUp(TypedDict):
    """The Dimona IN that follows a Cancellation, and the Modification that both replace."""

    replaced_draft: str
    period_number: str
    draft: str
    steps: dict[str, StepData]
    unvalidated: list[str]


class DraftLike(Protocol):
    """What has a dictionary in the session."""

    session: SessionBase

    @property
    def data(self) -> dict[str, Any]:
        """The dictionary."""


class Stored(Generic[Value]):
    """An attribute of a draft, stored in its session under the attribute's name."""

    def __init__(self, default: Value) -> None:
        self.default = default

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name

    def __get__(self, draft: DraftLike, owner: type[Any]) -> Value:
        return cast(Value, draft.data.get(self.name, self.default))

    def __set__(self, draft: DraftLike, value: Value) -> None:
        draft.data[self.name] = value
        draft.session.modified = True


def make_room(session: SessionBase) -> None:
    """Drop the oldest drafts, so that one more does not exceed MAX_DRAFTS."""
    begun = {key: session[key]["begun_at_text"] for key in list(session.keys()) if key.startswith(PREFIX)}
    oldest = sorted(begun, key=lambda key: datetime.fromisoformat(begun[key]))
    for key in oldest[: max(0, len(begun) - MAX_DRAFTS + 1)]:
        session.pop(key)
