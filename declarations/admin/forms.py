"""Forms of the office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from referentials.numbers import ssin

from ..filing.decisions import Match
from ..wizard.forms.drawing import FramedForm
from ..wizard.forms.fields import NoMaxlengthField, check_number
from ..wizard.forms.widgets import RadioSelect

MAX_NOTE_LENGTH = 2000
ANOTHER, NOBODY = "ssin", "nobody"


class NoteForm(FramedForm):
    """A mandatory note with the reason for a decision, which is stored permanently."""

    note = NoMaxlengthField(
        label=_("Note"),
        max_length=MAX_NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Give the reason. It is kept permanently, for the NSSO only."),
    )


class LockForm(NoteForm):
    """Lock or unlock. The page carries the choice, so that two reviewers do not undo each other's."""

    is_locked = forms.BooleanField(required=False, widget=forms.HiddenInput)


class DecisionForm(NoteForm):
    """The identity of the declared worker: a likely match, another SSIN, or nobody who can be identified."""

    verdict = forms.ChoiceField(label=_("Decision"), widget=RadioSelect)
    ssin = NoMaxlengthField(label=_("SSIN"), required=False, max_length=40)

    field_order = ("verdict", "ssin", "note")

    def __init__(self, *args: Any, matches: Sequence[Match], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.matches = {str(match.worker.pk): match for match in matches}
        self.today = today
        verdict = cast(forms.ChoiceField, self.fields["verdict"])
        verdict.choices = [
            *((key, f"{ssin.mask(match.worker.ssin)} {match.name}") for key, match in self.matches.items()),
            (ANOTHER, _("Identified by the SSIN entered below")),
            (NOBODY, _("Cannot be identified: refuse (90017-151)")),
        ]

    def clean_ssin(self) -> str:
        """The compact SSIN; empty if none was entered. Raises ValidationError as the wizard's step does."""
        typed = self.cleaned_data["ssin"]
        return check_number(ssin, typed, today=self.today) if typed else ""

    def clean(self) -> dict[str, Any]:
        """Add `identified`: the SSIN according to the verdict, empty for nobody."""
        cleaned = super().clean() or self.cleaned_data
        verdict = cleaned.get("verdict")
        if verdict == ANOTHER and not cleaned.get("ssin") and "ssin" not in self.errors:
            self.add_error("ssin", _("Enter the SSIN."))
        chosen = self.matches.get(str(verdict))
        self._refuse_two(verdict, chosen)
        cleaned["identified"] = chosen.worker.ssin if chosen else cleaned.get("ssin", "") * (verdict == ANOTHER)
        return cleaned

    def _refuse_two(self, verdict: Any, chosen: Match | None) -> None:
        """Refuse an SSIN that contradicts the verdict, since a decision cannot be corrected afterwards."""
        typed = self.cleaned_data.get("ssin")
        if typed and chosen and typed != chosen.worker.ssin:
            self.add_error("ssin", _("You chose a worker above and entered another SSIN: keep only one of the two."))
        if typed and verdict == NOBODY:
            self.add_error(
                "ssin",
                _("You chose to refuse the declaration above and also entered an SSIN: keep only one of the two."),
            )
