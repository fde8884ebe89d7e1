"""The employer as registered in the repertory: how it is shown, and the page that confirms it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from referentials.models import Employer
from referentials.numbers import enterprise, nsso, provisional_nsso

from ...confirmation.blocks import Row, Rows
from ...enums import DeclarationKind
from ...formatting import display_day
from ...rules import employer as rules
from ...rules.registry import code_of
from .base import Group, StepForm, coded_error
from .fields import display_address


def display_numbers(employer: Employer) -> tuple[str, str]:
    """The enterprise number and the NSSO number, or the provisional one without a definitive one; "-" if unknown."""
    nsso_shown = "-"
    if employer.nsso_number:
        nsso_shown = nsso.format(employer.nsso_number)
    elif employer.provisional_nsso_number:
        nsso_shown = provisional_nsso.format(employer.provisional_nsso_number)
    return enterprise.format(employer.enterprise_number) if employer.enterprise_number else "-", nsso_shown


def employer_rows(employer: Employer) -> Rows:
    """Name, numbers and address, as far as known; the building precedes the street, as on a letter."""
    enterprise_shown, nsso_shown = display_numbers(employer)
    address = (employer.street, employer.house_number, employer.box, employer.postal_code, employer.town)
    return [
        Row("employer_name", _("Company name"), employer.name or "-"),
        Row("enterprise_number", _("Enterprise number"), enterprise_shown),
        Row("nsso_number", _("NSSO identification number"), nsso_shown),
        Row("employer_address", _("Address"), display_address(*address, extra=employer.extra_address_info)),
    ]


class EmployerForm(StepForm):
    """The employer as registered in the repertory: nothing to fill in, only to confirm (ruling 10)."""

    @property
    def rows(self) -> Rows:
        """Name, numbers and address, as far as known."""
        return employer_rows(self.context.answers["employer"])

    @property
    def groups(self) -> list[Group]:
        """The rows, with warnings about what the office will refuse."""
        return [Group(slug="employer", rows=self.rows, warnings=self._warnings())]

    def _warnings(self) -> list[str]:
        employer, kind = self.context.answers["employer"], self.context.kind
        warnings = []
        if employer.is_secured_channel_only:
            words = _(
                "This employer may only declare through a secured channel: the NSSO refuses declarations sent through"
                " this service."
            )
            warnings += coded_error(str(words), code_of(rules.employer_may_use_this_channel, kind)).messages
        if employer.active_until and employer.active_until < self.context.today:
            words = _("This employer was active until %(day)s: the NSSO refuses a period that starts later.")
            warnings += coded_error(
                words % {"day": display_day(employer.active_until)},
                code_of(rules.employer_is_active_on_the_start_date, DeclarationKind.IN),
            ).messages
        return warnings
