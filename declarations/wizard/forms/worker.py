"""Step 2: the worker, by SSIN or by identity and address."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from referentials.numbers import ssin

from ...confirmation.blocks import SSIN, Row, Rows
from ...enums import Sex
from ...names import IDENTITY_FIELDS
from .addresses import BELGIUM, address_fields
from .base import Group, StepForm
from .fields import BirthDateField, NameField, NumberField, check_number, explained_error
from .lists import LongSelectField, RadioField, SelectField, option_list
from .widgets import FixedChoices

# SAME_WORKER: the worker of a cancelled period that is declared again, whose SSIN is not typed here.
YES, NO, SAME_WORKER = "yes", "no", "same_worker"
KNOWS_SSIN = [(YES, _("I know the SSIN")), (NO, _("I don’t know the SSIN"))]
MAX_AGE = 120

ADDRESS = ("street", "house_number", "box", "postal_code", "town", "country")
MANDATORY = frozenset({*IDENTITY_FIELDS, *ADDRESS} - {"initial", "box"})
# The manual marks only fields without a default with an asterisk.
WITH_DEFAULT = frozenset({"sex", "birth_country", "nationality", "country"})


WITHOUT_SSIN_HINT = _("Fill this in only if you don’t know the SSIN.")
# The manual, "Where to find the required SSIN number".
SSIN_SOURCES = (
    _("On the electronic identity card (eID)."),
    _("On the electronic card issued to EU nationals staying in Belgium."),
    _("On the residence permit issued to nationals of non-EU countries staying in Belgium."),
    _(
        "On the isi+ card, issued by a healthcare fund to people who have no electronic identity document but are"
        " covered by Belgian social security."
    ),
)


class WorkerForm(StepForm):
    """The worker's identity. Limits of domain reference 3.9; asterisks and defaults of the manual."""

    knows_ssin = RadioField(label=_("Do you know the SSIN?"), choices=KNOWS_SSIN)
    ssin = NumberField(ssin, label=_("SSIN"), required=False)
    family_name = NameField(label=_("Family name"), max_length=48, required=False)
    given_name = NameField(label=_("Given name"), max_length=24, required=False)
    initial = NameField(  # type: ignore[assignment]
        label=_("Initial of the middle name"), max_length=1, required=False
    )
    sex = SelectField(label=_("Gender"), choices=Sex.choices, initial=Sex.MALE, required=False)
    birth_date = BirthDateField(label=_("Birth date"), required=False)
    birth_place = NameField(label=_("Place of birth"), max_length=40, required=False)
    birth_country = LongSelectField(label=_("Country of birth"), initial=BELGIUM, required=False)
    nationality = LongSelectField(label=_("Nationality"), initial=BELGIUM, required=False)

    zones = {
        "ssin": "00024", "family_name": "00025", "given_name": "00026", "initial": "00027",
        "sex": "00029", "birth_date": "00028", "birth_place": "00168", "birth_country": "00169",
        "nationality": "00119", "street": "00030", "house_number": "00031", "box": "00032", "postal_code": "00033",
        "town": "00034", "country": "00035",
    }  # fmt: skip
    addresses = (ADDRESS,)
    missing_codes = dict.fromkeys(MANDATORY, "90017-363")
    only_codes = {"knows_ssin": "90017-363"}
    missing_messages = {"knows_ssin": _("Choose “I know the SSIN” or “I don’t know the SSIN”.")}

    def build(self) -> None:
        """Set the home address, today's lists, the asterisks, the hints and the suggestions."""
        self.fields.update(address_fields(ADDRESS, street_length=35))
        self._offer_same_worker()
        tables, today = self.context.tables, self.context.today
        countries = option_list(tables, "countries", today)
        for name in ("birth_country", "country"):
            self.set_choices(name, countries)
        self.set_choices("nationality", option_list(tables, "nationalities", today))
        self.step_fields["ssin"].is_starred = True
        self.fields["ssin"].help_text = _("Eleven digits, for example 85.07.30-033.28.")
        self.fields["birth_date"].help_text = _(
            "Day/month/year, for example 27/03/1998. If only the year is known: 00/00/1998."
        )
        for name in MANDATORY - WITH_DEFAULT:
            self.step_fields[name].is_starred = True
        for name, suggestions in (("postal_code", "postal-codes"), ("town", "towns")):
            self.fields[name].widget.attrs["list"] = suggestions

    def _offer_same_worker(self) -> None:
        if self.context.replaced_period is None:
            return
        words = _("The employee of the cancelled period, SSIN %(ssin)s") % {"ssin": self.masked_ssin}
        self.fields["knows_ssin"].label = _("Who is the employee?")
        self.set_choices("knows_ssin", FixedChoices([(SAME_WORKER, words), *KNOWS_SSIN]))

    @property
    def masked_ssin(self) -> str:
        """The masked SSIN of the worker of the replaced period (ruling 11)."""
        return ssin.mask(self.context.replaced_period.worker.ssin) if self.context.replaced_period else ""

    def check(self) -> None:
        """Validate only the chosen branch; input in the others stays in the draft, unread."""
        chosen = str(self.cleaned_data.get("knows_ssin"))
        unread = {YES: (*IDENTITY_FIELDS, *ADDRESS), NO: ("ssin",), SAME_WORKER: ("ssin", *IDENTITY_FIELDS, *ADDRESS)}
        for name in unread.get(chosen, ()):
            self.errors.pop(name, None)
            self.cleaned_data.pop(name, None)
        if chosen == SAME_WORKER and self.context.replaced_period:
            self.cleaned_data["ssin"] = self.context.replaced_period.worker.ssin
            self.cleaned_data["replaced_period_number"] = self.context.replaced_period.number
        self.require({YES: ("ssin",), NO: [name for name in self.fields if name in MANDATORY]}.get(chosen, ()))

    def clean_ssin(self) -> str:
        """Refuse an SSIN whose birth date is in the future."""
        number = self.cleaned_data["ssin"]
        return check_number(ssin, number, today=self.context.today) if number else ""

    def clean_birth_date(self) -> str:
        """Refuse a birth date in the future or more than 120 years ago."""
        born = str(self.cleaned_data["birth_date"])
        today = self.context.today
        if born and not (today.year - MAX_AGE <= int(born[:4]) and born <= today.isoformat()):
            raise explained_error(_("The birth date is in the future or more than 120 years ago."))
        return born

    @property
    def groups(self) -> list[Group]:
        """The question, then the two branches."""
        unknown = f"knows_ssin={NO}"
        return [
            Group(
                fields=self.bound_fields("knows_ssin"),
                help_title=_("Where do I find the SSIN?"),
                help_lines=SSIN_SOURCES,
            ),
            Group(fields=self.bound_fields("ssin"), slug="ssin", shown_when=f"knows_ssin={YES}"),
            Group(
                fields=self.bound_fields(*IDENTITY_FIELDS),
                slug="identity",
                legend=_("Identity"),
                hint=WITHOUT_SSIN_HINT,
                shown_when=unknown,
            ),
            Group(fields=self.bound_fields(*ADDRESS), slug="address", legend=_("Home address"), shown_when=unknown),
        ]

    @property
    def places_version(self) -> int:
        """The version of the suggested postal codes and towns.

        They are never a reason to refuse (ruling 17).
        """
        return self.context.tables.version

    @property
    def rows(self) -> Rows:
        """The answers of the chosen branch without its question; the SSIN of the same worker is masked."""
        if "replaced_period_number" in self.cleaned_data:
            return [Row(SSIN, self["ssin"].label, self.masked_ssin)]
        return [row for row in super().rows if row.field != "knows_ssin"]
