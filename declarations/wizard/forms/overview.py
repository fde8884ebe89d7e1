"""Step 5: the filer's three references."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from .base import StepForm
from .fields import TextField


class OverviewForm(StepForm):
    """Three free references of at most twenty characters (domain reference 3.10)."""

    employer_reference = TextField(label=_("Your reference for the employer"), max_length=20, required=False)
    worker_reference = TextField(label=_("Your reference for the employee"), max_length=20, required=False)
    declaration_reference = TextField(label=_("Your reference for the declaration"), max_length=20, required=False)

    zones = dict.fromkeys(("employer_reference", "worker_reference", "declaration_reference"), "00222")

    def build(self) -> None:
        """Show the limit beside each field."""
        for each in self.fields.values():
            each.help_text = _("At most 20 characters.")
