"""How the session holds drafts: one key for each, attributes by name, and no more drafts than a session can carry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Generic, TypedDict, TypeVar, cast
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from ..enums import DeclarationKind
from .draft_copy import decrypt_copy, encrypt_copy
from .forms.base import StepForm
from .steps import STEPS, Step

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


class Stored(Generic[Value]):
    """An attribute of a draft, stored in its session under the attribute's name."""

    def __init__(self, default: Value) -> None:
        self.default = default

    def __set_name__(self, owner: type[StoredDraft], name: str) -> None:
        self.name = name

    def __get__(self, draft: StoredDraft, owner: type[StoredDraft]) -> Value:
        return cast(Value, draft.data.get(self.name, self.default))

    def __set__(self, draft: StoredDraft, value: Value) -> None:
        draft.data[self.name] = value
        draft.session.modified = True


class StoredDraft:
    """A draft as the session holds it: what was typed on each step, which steps were validated, what follows it."""

    # The period that the first page looked up: only this number is found again without being counted.
    looked_up_number = Stored("")
    # The period for which the dates of its step were typed.
    dated_period_number = Stored("")
    # The cancelled period that this draft declares anew.
    replaced_period_number = Stored("")
    # The Dimona IN that follows this Cancellation.
    follow_up: Stored[FollowUp | None] = Stored(None)
    # The digest of the answers whose preview was shown last.
    previewed_digest = Stored("")
    # ISO, with its offset.
    begun_at_text = Stored("")
    # The steps whose values were stored as typed, without validation: keys, which two tabs that save at once merge.
    unvalidated_steps: Stored[dict[str, bool]] = Stored({})

    def __init__(self, kind: DeclarationKind, draft_id: UUID, session: SessionBase) -> None:
        self.kind, self.id, self.session = kind, draft_id, session

    # -- where it lives ----------------------------------------------------------------------------------------

    @property
    def prefix(self) -> str:
        """What tells it from other drafts, for formtools."""
        return f"{self.kind.value}-{self.id}"

    @property
    def key(self) -> str:
        """Its key in the session."""
        return f"{PREFIX}{self.prefix}"

    @property
    def data(self) -> dict[str, Any]:
        """All that the session holds of it. Raises KeyError where it is not there."""
        return cast(dict[str, Any], self.session[self.key])

    @property
    def is_open(self) -> bool:
        """Whether this browser holds it."""
        return self.key in self.session

    @property
    def is_closed(self) -> bool:
        """Whether this browser filed or discarded it."""
        return str(self.id) in self.session.get(CLOSED, {})

    def url(self, step: str = "") -> str:
        """The address of a step; without its name, of the step after the first page."""
        return reverse(self.kind.value, kwargs={"draft": self.id, "step": step or STEPS[self.kind][1].slug})

    @property
    def begun_at(self) -> datetime:
        """When it was begun (aware)."""
        return datetime.fromisoformat(self.begun_at_text)

    @property
    def encrypted_copy(self) -> str:
        """The copy for its page. What was accepted is read again from what was typed."""
        return encrypt_copy(self.key, {name: value for name, value in self.data.items() if name != "accepted"})

    def is_own(self, copy: str) -> bool:
        """Whether this browser filed it, holds it, or sends the copy that only its page held."""
        return self.is_closed or self.is_open or decrypt_copy(self.key, copy) is not None

    def restore(self, copy: str) -> bool:
        """Put the page's copy into the session where the draft is not there; whether the draft is there now."""
        if self.is_closed:
            return False
        if not self.is_open:
            data = decrypt_copy(self.key, copy)
            if data is None:
                return False
            make_room(self.session)
            self.session[self.key] = data
        return True

    def close(self) -> None:
        """Drop it, filed or discarded, and remember it: no copy brings it back, and its receipt is this browser's."""
        self.session.pop(self.key, None)
        closed = {**self.session.get(CLOSED, {}), str(self.id): True}
        self.session[CLOSED] = dict(list(closed.items())[-MAX_CLOSED:])

    # -- what was typed ----------------------------------------------------------------------------------------

    def typed(self, slug: str) -> MultiValueDict[str, str] | None:
        """What the step holds as typed, by input name; None where it was never sent."""
        data = self.data["step_data"].get(slug)
        return None if data is None else MultiValueDict(data)

    def typed_value(self, slug: str, name: str) -> str:
        """What was typed in one field; empty when nothing was."""
        return _last(self.data["step_data"].get(slug, {}), f"{slug}-{name}")

    def save(self, step: Step, form: StepForm, *, is_validated: bool) -> None:
        """Store what a step's form holds, and the period for which its dates were typed."""
        self.data["step_data"][step.slug] = form.to_storage()
        unvalidated = self.unvalidated - {step.slug} if is_validated else self.unvalidated | {step.slug}
        self.unvalidated_steps = dict.fromkeys(sorted(unvalidated), True)
        if step.slug == "period":
            self.dated_period_number = self.looked_up_number

    @property
    def unvalidated(self) -> frozenset[str]:
        """The steps whose values were stored as typed, without validation."""
        return frozenset(self.unvalidated_steps)

    def is_of_another_period(self, slug: str) -> bool:
        """Whether that step holds dates typed for another period than the one looked up last."""
        return slug == "period" and self.dated_period_number != self.looked_up_number

    def is_answered(self, slug: str) -> bool:
        """Whether the step was sent with Next, for this period."""
        is_typed = slug in self.data["step_data"] and slug not in self.unvalidated
        return is_typed and not self.is_of_another_period(slug)

    @property
    def next_step(self) -> Step:
        """The first step that was not answered: the one to continue with. The last where all were."""
        steps = STEPS[self.kind]
        return next((step for step in steps if not self.is_answered(step.slug)), steps[-1])


def make_room(session: SessionBase) -> None:
    """Drop the oldest drafts, so that one more does not exceed MAX_DRAFTS."""
    begun = {key: session[key]["begun_at_text"] for key in list(session.keys()) if key.startswith(PREFIX)}
    oldest = sorted(begun, key=lambda key: datetime.fromisoformat(begun[key]))
    for key in oldest[: max(0, len(begun) - MAX_DRAFTS + 1)]:
        session.pop(key)


def _last(data: StepData, name: str) -> str:
    return str(data.get(name, [""])[-1])
