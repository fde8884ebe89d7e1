"""Step 1: the employer, the kind of declaration, and the period if it concerns one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from referentials.numbers import dimona, enterprise, nsso, provisional_nsso

from ... import rules
from ...enums import DeclarationKind, PeriodCharacteristics, Remedy
from ...filing.lookup import Lookup, characteristics_of
from .base import StepForm
from .fields import (
    NUMBER_ATTRIBUTES,
    LineField,
    check_number,
    explained_error,
)
from .lists import RadioField, SelectField

ENTERPRISE, NSSO = "enterprise", "nsso"

KIND_LINES = {
    DeclarationKind.IN: [
        _("You wish to"),
        _("Declare a new employee"),
        _("Declare a new period for an existing employee"),
    ],
    DeclarationKind.OUT: [_("You wish to close a period")],
    DeclarationKind.MODIFICATION: [_("You wish to modify a period")],
    DeclarationKind.CANCELLATION: [_("You wish to cancel a period")],
}


class StartForm(StepForm):
    """Identifies the employer by one of its numbers, and asks the kind of declaration and its period.

    The fields of the period are always there; they matter for the kinds that concern a period (`rules.ON_A_PERIOD`).
    """

    identifier_kind = SelectField(
        label=_("Identify the employer by"),
        choices=[(ENTERPRISE, _("Enterprise number")), (NSSO, _("NSSO identification number"))],
        initial=ENTERPRISE,
    )
    employer_number = LineField(label=_("Employer’s number"), max_length=40)
    kind = RadioField(
        label=_("Select the type of declaration"), choices=DeclarationKind.choices, initial=DeclarationKind.IN
    )

    period_characteristics = RadioField(
        label=_("Characteristics of the period"),
        choices=PeriodCharacteristics.choices,
        required=False,
        help_text=_(
            "For a Modification: the characteristics of the period determine which dates and times you can modify."
        ),
    )
    period_number = LineField(
        label=_("Identification number for the period"),
        max_length=40,
        required=False,
        help_text=_(
            "For a Dimona OUT, a Modification or a Cancellation: the twelve digits on the receipt of the Dimona IN."
        ),
    )

    zones = {"employer_number": "00014", "period_number": "00913"}
    only_codes = {"identifier_kind": "00014-001", "kind": "90372-001"}
    uncoded_messages = {"period_characteristics": _("Choose the characteristics of the period.")}

    # The column and number by which the employer is looked up; empty while the number is invalid.
    employer_key: dict[str, str] = {}
    # What `lookups` found by the number of the period.
    lookup: Lookup | None = None

    def build(self) -> None:
        """Any number may be typed in any form; the kind is the draft's until another is chosen."""
        for name in ("employer_number", "period_number"):
            self.fields[name].widget.attrs.update(NUMBER_ATTRIBUTES)
        for name in ("period_characteristics", "period_number"):
            self.step_fields[name].is_starred = True
        self.fields["kind"].initial = self.context.kind

    @property
    def declared_kind(self) -> DeclarationKind:
        """The chosen kind, if the value is one."""
        chosen = self.raw("kind")
        return DeclarationKind(chosen) if chosen in DeclarationKind.values else self.context.kind

    @property
    def kind_choices(self) -> list[dict[str, Any]]:
        """The four radio buttons, with the manual's lines beside them."""
        return [
            {"radio": radio, "lines": KIND_LINES[DeclarationKind(radio.data["value"])]}
            for radio in self["kind"].subwidgets
        ]

    def clean(self) -> dict[str, Any]:
        """Check as every step does; for a Modification also ask the characteristics of the period."""
        cleaned = super().clean()
        if self.declared_kind == DeclarationKind.MODIFICATION:
            self._check_characteristics()
        return cleaned

    def check(self) -> None:
        """Check the numbers and make them compact; `lookups` finds the rows that they belong to."""
        self._check_employer()
        if self.declared_kind in rules.ON_A_PERIOD:
            self._check_period_number()
        else:
            self._drop("period_number")
        if self.declared_kind != DeclarationKind.MODIFICATION:
            self._drop("period_characteristics")

    def _drop(self, name: str) -> None:
        self.errors.pop(name, None)
        self.cleaned_data.pop(name, None)

    def step_rules(self) -> list[rules.Rule]:
        """None: rules about the number need what `lookups` finds by it."""
        return []

    def _check_employer(self) -> None:
        by_nsso = self.cleaned_data.get("identifier_kind") == NSSO
        typed = self.cleaned_data.get("employer_number", "")
        self.zones = {**self.zones, "employer_number": self._zone(by_nsso, typed)}
        if typed:
            self._read_employer_number(by_nsso, typed)

    def _zone(self, by_nsso: bool, typed: str) -> str:
        if not by_nsso:
            return "00014"
        return "00948" if len(provisional_nsso.compact(typed)) == 10 else "00011"

    def _read_employer_number(self, by_nsso: bool, typed: str) -> None:
        zone = self.zones["employer_number"]
        number, column = {
            "00014": (enterprise, "enterprise_number"),
            "00011": (nsso, "nsso_number"),
            "00948": (provisional_nsso, "provisional_nsso_number"),
        }[zone]
        try:
            compact = check_number(number, typed)
        except forms.ValidationError as error:
            self.add_error("employer_number", self._wrong_kind_error(by_nsso, typed) or error)
            return
        self.employer_key = {column: compact}

    def _check_period_number(self) -> None:
        self.require(("period_number",))
        typed = self.cleaned_data.get("period_number")
        if typed and dimona.is_valid(typed):
            self.cleaned_data["period_number"] = dimona.compact(typed)
        elif typed:
            self.add_error("period_number", self.anomaly_error("00913-003"))

    def _check_characteristics(self) -> None:
        chosen = self.cleaned_data.get("period_characteristics")
        if not chosen and "period_characteristics" not in self.errors:
            self.add_error("period_characteristics", forms.ValidationError("", code="required"))

    @property
    def offered_modification(self) -> str:
        """For a Dimona OUT on a closed period, the characteristics by which to modify it; else empty."""
        remedies = {finding.rule.remedy for finding in self.findings}
        if Remedy.MODIFICATION not in remedies or not (self.lookup and self.lookup.period):
            return ""
        return characteristics_of(self.lookup.period).value

    def _wrong_kind_error(self, by_nsso: bool, typed: str) -> forms.ValidationError | None:
        """The error for a valid number typed as the other kind of number."""
        if by_nsso and enterprise.is_valid(typed):
            return explained_error(_("This is an enterprise number: choose “Enterprise number” beside it."))
        if not by_nsso and (nsso.is_valid(typed) or provisional_nsso.is_valid(typed)):
            return explained_error(
                _("This is an NSSO identification number: choose “NSSO identification number” beside it.")
            )
        return None


def apply_modify_button(data: Any, prefix: str) -> Any:
    """Change the posted first page into a Modification if the button for that was pressed."""
    offered = data.get("modify")
    if not offered:
        return data
    changed = data.copy()
    changed[f"{prefix}-kind"] = DeclarationKind.MODIFICATION.value
    changed[f"{prefix}-period_characteristics"] = offered
    return changed
