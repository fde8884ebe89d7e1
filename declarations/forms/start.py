"""Step 1: who the employer is and what is declared; then the confirmation of the employer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referentials.models import Employer

from ..enums import DeclarationKind
from ..numbers import enterprise, nsso, provisional_nsso
from .base import Group, StepForm, coded
from .fields import (
    NUMBER_ATTRIBUTES,
    PLAIN,
    PickField,
    RadioField,
    check_number,
    display_address,
    display_day,
    explained,
)

ENTERPRISE, NSSO = "enterprise", "nsso"

NOT_YET = _("Not taken by this service yet.")
KIND_LINES = {
    DeclarationKind.IN: [
        _("You wish to"),
        _("Declare a new employee"),
        _("Declare a new period for an existing employee"),
    ],
    DeclarationKind.OUT: [_("You wish to close a period"), NOT_YET],
    DeclarationKind.MODIFICATION: [_("You wish to modify a period"), NOT_YET],
    DeclarationKind.CANCELLATION: [_("You wish to cancel a period"), NOT_YET],
}


class StartForm(StepForm):
    """Identification of the employer by one of its numbers, and the choice of the declaration."""

    identifier_kind = PickField(
        label=_("Identify the employer by"),
        choices=[(ENTERPRISE, _("Enterprise number")), (NSSO, _("NSSO identification number"))],
        initial=ENTERPRISE,
    )
    employer_number = forms.CharField(label=_("Number of the employer"), max_length=40)
    kind = RadioField(
        label=_("Select the type of declaration"), choices=DeclarationKind.choices, initial=DeclarationKind.IN
    )

    zones = {"employer_number": "00014"}
    only_codes = {"identifier_kind": "00014-001", "kind": "90372-001"}

    def build(self) -> None:
        """The number is typed like every other, whichever of the two it is."""
        self.fields["employer_number"].widget.attrs.update(NUMBER_ATTRIBUTES)

    @property
    def kind_choices(self) -> list[dict[str, Any]]:
        """The four radios with the manual's lines beside them."""
        return [
            {"radio": radio, "lines": KIND_LINES[DeclarationKind(radio.data["value"])]}
            for radio in self["kind"].subwidgets
        ]

    def clean_kind(self) -> str:
        """Dimona IN alone is open so far."""
        kind = self.cleaned_data["kind"]
        if kind != DeclarationKind.IN:
            raise forms.ValidationError(
                _("This service does not take this declaration yet: for now it takes Dimona IN only."),
                code=PLAIN,
            )
        return str(kind)

    def check(self) -> None:
        """Find the employer by the number; found, it becomes the answer `employer`."""
        by_nsso = self.cleaned_data.get("identifier_kind") == NSSO
        typed = self.cleaned_data.get("employer_number", "")
        self.zones = {**self.zones, "employer_number": self._zone(by_nsso, typed)}
        if typed:
            self._find(by_nsso, typed)

    def _zone(self, by_nsso: bool, typed: str) -> str:
        if not by_nsso:
            return "00014"
        return "00948" if len(provisional_nsso.compact(typed)) == 10 else "00011"

    def _find(self, by_nsso: bool, typed: str) -> None:
        zone = self.zones["employer_number"]
        number, column = {
            "00014": (enterprise, "enterprise_number"),
            "00011": (nsso, "nsso_number"),
            "00948": (provisional_nsso, "provisional_nsso_number"),
        }[zone]
        try:
            compact = check_number(number, typed)
        except forms.ValidationError as error:
            self.add_error("employer_number", self._other_kind(by_nsso, typed) or error)
            return
        employer = Employer.objects.filter(**{column: compact}).first()
        if employer is None:
            self.add_error("employer_number", self.anomaly(f"{zone}-235"))
        else:
            self.cleaned_data["employer"] = employer

    def _other_kind(self, by_nsso: bool, typed: str) -> forms.ValidationError | None:
        """Tell who typed the right number under the wrong name of it."""
        if by_nsso and enterprise.is_valid(typed):
            return explained(_("This is an enterprise number: choose “Enterprise number” beside it."))
        if not by_nsso and (nsso.is_valid(typed) or provisional_nsso.is_valid(typed)):
            return explained(_("This is an NSSO identification number: choose that beside it."))
        return None


def display_numbers(employer: Employer) -> tuple[str, str]:
    """The enterprise number and the NSSO number (the provisional one failing a definitive one), "-" when unknown."""
    nsso_shown = "-"
    if employer.nsso_number:
        nsso_shown = nsso.format(employer.nsso_number)
    elif employer.provisional_nsso_number:
        nsso_shown = provisional_nsso.format(employer.provisional_nsso_number)
    return enterprise.format(employer.enterprise_number) if employer.enterprise_number else "-", nsso_shown


class EmployerForm(StepForm):
    """The employer as the repertory knows it: nothing to fill in, only to confirm (ruling 10)."""

    @property
    def rows(self) -> list[tuple[Any, str]]:
        """Name, numbers and address, to the extent they are known."""
        employer = self.context.answers["employer"]
        enterprise_shown, nsso_shown = display_numbers(employer)
        return [
            (_("Company name"), employer.name or "-"),
            (_("Enterprise number"), enterprise_shown),
            (_("NSSO identification number"), nsso_shown),
            (
                _("Address"),
                display_address(
                    employer.street, employer.house_number, employer.box, employer.postal_code, employer.town
                ),
            ),
        ]

    @property
    def groups(self) -> list[Group]:
        """The rows, with warnings of what the office will refuse."""
        return [Group(slug="employer", rows=self.rows, warnings=self._warnings())]

    def _warnings(self) -> list[str]:
        employer = self.context.answers["employer"]
        warnings = []
        if employer.is_secured_channel_only:
            words = _("This employer declares through a secured channel only: the office refuses what is sent here.")
            warnings += coded(str(words), "90256-342").messages
        if employer.active_until and employer.active_until < self.context.today:
            words = _("This employer was active until %(day)s: the office refuses a period that starts later.")
            warnings += coded(words % {"day": display_day(employer.active_until)}, "90373-343").messages
        return warnings
