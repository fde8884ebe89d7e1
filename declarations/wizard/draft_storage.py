"""How the session stores drafts: one key per draft, attributes by name, and at most MAX_DRAFTS drafts."""

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

# formtools puts this before the prefix of a wizard, which is the kind and the draft's identifier.
PREFIX = "wizard_"
# A browser that begins more drafts than this loses the oldest, so that sessions stay small.
MAX_DRAFTS = 30
# The session key of the last drafts that were filed or discarded.
CLOSED = "closed"
MAX_CLOSED = 200
# The session key that tells that a declaration filed in this browser was accepted.
HAS_SUBMITTED = "has_submitted"

StepData = Mapping[str, list[str]]
Value = TypeVar("Value")


class FollowUp(TypedDict):
    """The Dimona IN that follows a Cancellation, and the Modification that the two replace."""

    replaced_draft: str
    period_number: str
    draft: str
    steps: dict[str, StepData]
    unvalidated: list[str]


class Stored(Generic[Value]):
    """An attribute of a draft, stored in the session under its own name."""

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
    """A draft as stored in the session: what was typed on each step, which steps were validated, what follows it."""

    # The period that the first page looked up: only this number can be looked up again without being counted.
    looked_up_number = Stored("")
    # The period for which the dates on the period step were typed.
    dated_period_number = Stored("")
    # The cancelled period that this draft declares again.
    replaced_period_number = Stored("")
    # The Dimona IN that follows this Cancellation.
    follow_up: Stored[FollowUp | None] = Stored(None)
    # The digest of the answers in the last preview that was shown.
    previewed_digest = Stored("")
    # ISO 8601, with the offset.
    begun_at_text = Stored("")
    # The steps stored without validation, as keys: if two tabs save at once, keys are merged.
    unvalidated_steps: Stored[dict[str, bool]] = Stored({})

    def __init__(self, kind: DeclarationKind, draft_id: UUID, session: SessionBase) -> None:
        self.kind, self.id, self.session = kind, draft_id, session

    # -- its place in the session ------------------------------------------------------------------------------

    @property
    def prefix(self) -> str:
        """The wizard prefix, by which formtools tells this draft from others."""
        return f"{self.kind.value}-{self.id}"

    @property
    def key(self) -> str:
        """The session key of the draft."""
        return f"{PREFIX}{self.prefix}"

    @property
    def data(self) -> dict[str, Any]:
        """The session data of the draft. Raises KeyError if there is none."""
        return cast(dict[str, Any], self.session[self.key])

    @property
    def is_open(self) -> bool:
        """Whether this browser has the draft open."""
        return self.key in self.session

    @property
    def is_closed(self) -> bool:
        """Whether this browser filed or discarded the draft."""
        return str(self.id) in self.session.get(CLOSED, {})

    def url(self, step: str = "") -> str:
        """The address of a step; without a name, of the step after the first page."""
        return reverse(self.kind.value, kwargs={"draft": self.id, "step": step or STEPS[self.kind][1].slug})

    @property
    def begun_at(self) -> datetime:
        """When the draft was begun (aware)."""
        return datetime.fromisoformat(self.begun_at_text)

    @property
    def encrypted_copy(self) -> str:
        """The copy for its page. It leaves out accepted values, which are read again from what was typed."""
        return encrypt_copy(self.key, {name: value for name, value in self.data.items() if name != "accepted"})

    def is_own(self, copy: str) -> bool:
        """Whether this browser filed the draft, has it open, or sends the copy that only its page had."""
        return self.is_closed or self.is_open or decrypt_copy(self.key, copy) is not None

    def restore(self, copy: str) -> bool:
        """Restore a missing draft from the page's copy. Returns whether the draft is open now."""
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
        """Drop the filed or discarded draft and remember it: no copy restores it, this browser may see its receipt."""
        self.session.pop(self.key, None)
        closed = {**self.session.get(CLOSED, {}), str(self.id): True}
        self.session[CLOSED] = dict(list(closed.items())[-MAX_CLOSED:])

    # -- typed values ------------------------------------------------------------------------------------------

    def typed(self, slug: str) -> MultiValueDict[str, str] | None:
        """The typed values of the step, by input name; None if it was never sent."""
        data = self.data["step_data"].get(slug)
        return None if data is None else MultiValueDict(data)

    def typed_value(self, slug: str, name: str) -> str:
        """The typed value of one field; empty if there is none."""
        return _last(self.data["step_data"].get(slug, {}), f"{slug}-{name}")

    def save(self, step: Step, form: StepForm, *, is_validated: bool) -> None:
        """Store the values of a step's form, and the period for which its dates were typed."""
        self.data["step_data"][step.slug] = form.to_storage()
        unvalidated = self.unvalidated - {step.slug} if is_validated else self.unvalidated | {step.slug}
        self.unvalidated_steps = dict.fromkeys(sorted(unvalidated), True)
        if step.slug == "period":
            self.dated_period_number = self.looked_up_number

    @property
    def unvalidated(self) -> frozenset[str]:
        """The steps whose values were stored without validation."""
        return frozenset(self.unvalidated_steps)

    def is_of_another_period(self, slug: str) -> bool:
        """Whether the step holds dates typed for another period than the last one looked up."""
        return slug == "period" and self.dated_period_number != self.looked_up_number

    def is_answered(self, slug: str) -> bool:
        """Whether the step was sent with Next for the present period."""
        is_typed = slug in self.data["step_data"] and slug not in self.unvalidated
        return is_typed and not self.is_of_another_period(slug)

    @property
    def next_step(self) -> Step:
        """The first unanswered step, to continue with; the last step if all are answered."""
        steps = STEPS[self.kind]
        return next((step for step in steps if not self.is_answered(step.slug)), steps[-1])


def make_room(session: SessionBase) -> None:
    """Drop the oldest drafts, so that one more stays within MAX_DRAFTS."""
    begun = {key: session[key]["begun_at_text"] for key in list(session.keys()) if key.startswith(PREFIX)}
    oldest = sorted(begun, key=lambda key: datetime.fromisoformat(begun[key]))
    for key in oldest[: max(0, len(begun) - MAX_DRAFTS + 1)]:
        session.pop(key)


def _last(data: StepData, name: str) -> str:
    return str(data.get(name, [""])[-1])
