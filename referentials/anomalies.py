"""The anomaly catalogue: official codes with their explanation and their remedy."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .bases import OLDEST_FIRST, Dated, Labelled, in_active_language, one_row_per_key


class Anomaly(Labelled, Dated):
    """An anomaly that the office reports: official code and class, what is wrong (the label), repair and step.

    Several rules may report the same code. A row that names a rule holds the texts for that rule; the row without a
    rule holds the texts for all others.
    """

    class Class(models.TextChoices):
        """Official class: B refuses the declaration, NP lets it pass with a warning (domain reference 7.2)."""

        BLOCKING = "B", _("blocking")
        NON_PERCENTUAL = "NP", _("warning")

    natural_key_fields = ("code", "rule", "valid_from")

    code = models.CharField(_("code"), max_length=9)
    rule = models.CharField(
        _("rule"),
        max_length=80,
        blank=True,
        help_text=_("Name of the rule with its own text. Empty: the text applies to all other rules with this code."),
    )
    anomaly_class = models.CharField(
        _("class"),
        max_length=2,
        choices=Class,
        help_text=_("As published. The outcome is decided by the rule or, for a quota, by the quota’s row."),
    )
    step = models.CharField(_("step to go back to"), max_length=20)
    repair_nl = models.TextField(_("how to correct it (nl)"))
    repair_fr = models.TextField(_("how to correct it (fr)"))
    repair_de = models.TextField(_("how to correct it (de)"))
    repair_en = models.TextField(_("how to correct it (en)"))

    class Meta:
        ordering = ["code", "rule", OLDEST_FIRST]
        constraints = one_row_per_key("anomaly_key", "code", "rule")
        verbose_name = _("anomaly")
        verbose_name_plural = _("anomalies")

    def __str__(self) -> str:
        return self.code

    @property
    def repair(self) -> str:
        """How to repair it, in the language of the page."""
        return in_active_language(self, "repair")
