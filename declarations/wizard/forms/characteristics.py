"""Step 3: joint committee, type of worker, and the blocks that some of them require."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from referentials import tables as tables_of
from referentials.models import AllowedPair, JointCommittee, RiskCode, WorkerType
from referentials.numbers import card, enterprise

from . import glossary
from .addresses import address_fields
from .base import Group, StepForm
from .fields import CheckboxField, NumberField, TextField
from .lists import RadioField, SelectField, option_list
from .widgets import FixedChoices

SMALL_STATUTE = ("nature", "risk_code", "trainee_status")
CARDS = ("first_month_card", "next_month_card")
USER_ADDRESS = ("user_street", "user_house_number", "user_box", "user_postal_code", "user_town", "user_country")
USER = ("user_enterprise_number", "user_name", *USER_ADDRESS, "user_joint_committee")
WORKPLACE_ADDRESS = (
    "workplace_street", "workplace_house_number", "workplace_box", "workplace_postal_code", "workplace_town",
    "workplace_country",
)  # fmt: skip
MANDATORY_WORKPLACE = tuple(name for name in ("workplace_name", *WORKPLACE_ADDRESS) if name != "workplace_box")
WORKPLACE = ("works_elsewhere", "workplace_name", *WORKPLACE_ADDRESS)
BLANK_CHOICE = ("", _("Select"))
ADDRESS_ZONES = ("00517", "00518", "00519", "00520", "00522", "00523")


class CharacteristicsForm(StepForm):
    """The kind of work. It shows the blocks for the committee and the type chosen."""

    joint_committee = SelectField(label=_("Joint committee (JC)"))
    worker_type = SelectField(label=_("Type of worker"))
    nature = RadioField(label=_("Nature of the work"), choices=RiskCode.Nature.choices)
    risk_code = SelectField(label=_("Activity versus risk"), required=False)
    trainee_status = RadioField(label=_("Kind of trainee"))
    first_month_card = NumberField(card, label=_("Number of the C3.2A card for the month in which the period begins"))
    next_month_card = NumberField(card, label=_("Number of the C3.2A card for the following month"))
    user_enterprise_number = NumberField(
        enterprise, label=_("Enterprise number of the user undertaking"), required=False
    )
    user_name = TextField(label=_("Name of the user undertaking"), max_length=96, required=False)
    user_joint_committee = SelectField(label=_("Joint committee of the user undertaking"), required=False)
    works_elsewhere = CheckboxField(label=_("The student does not work at the head office"), required=False)
    workplace_name = TextField(label=_("Name of the workplace"), max_length=96, required=False)

    zones = {
        "joint_committee": "00046", "worker_type": "00655", "nature": "01231", "risk_code": "00041",
        "trainee_status": "00053", "first_month_card": "00663", "next_month_card": "00664",
        "user_enterprise_number": "00131", "user_name": "00153", "user_joint_committee": "00046",
        "workplace_name": "00776",
        **dict(zip(USER_ADDRESS, ADDRESS_ZONES, strict=True)),
        **dict(zip(WORKPLACE_ADDRESS, ADDRESS_ZONES, strict=True)),
    }  # fmt: skip
    addresses = (USER_ADDRESS, WORKPLACE_ADDRESS)
    missing_messages = {"user_joint_committee": _("Choose the joint committee of the user undertaking.")}
    refresh_label = _("Show the matching choices")

    committee: JointCommittee | None
    type: WorkerType | None
    pair: AllowedPair | None

    # -- which fields ------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Build the blocks for the committee and the type chosen, from the tables on the starting date."""
        tables, day = self.context.tables, self.context.reference_date
        chosen, kind = self.raw("joint_committee"), self.raw("worker_type")
        self.committee = tables.joint_committee(chosen, day)
        self.type = tables.worker_type(kind, day)
        self.pair = tables.pair(chosen, kind, day)
        wanted = {"joint_committee", "worker_type", *self._block_fields()}
        for address in (USER_ADDRESS, WORKPLACE_ADDRESS):
            if wanted.issuperset(address):
                self.fields.update(address_fields(address))
        self.keep_only(wanted)
        self.order_fields(["joint_committee", "worker_type", *SMALL_STATUTE, *USER, *CARDS, *WORKPLACE])
        self._fill_choices()
        for name in {"joint_committee", "worker_type", "user_joint_committee", "nature"} & set(self.fields):
            self.fields[name].widget.attrs["data-refresh"] = "true"
        self._mark_required()

    def _mark_required(self) -> None:
        required = {*CARDS} if self._cards() == AllowedPair.Cards.REQUIRED else set()
        if self.pair and self.pair.user_committees:
            required.add("user_joint_committee")
        for name, each in self.step_fields.items():
            each.required = name in required or (each.required and name not in CARDS)
            each.is_starred = each.required or name in MANDATORY_WORKPLACE

    def _block_fields(self) -> Iterable[str]:
        if self.type and self.type.has_small_statute:
            yield from SMALL_STATUTE
        if self._cards() != AllowedPair.Cards.FORBIDDEN:
            yield from CARDS
        if self._requires_user():
            yield from USER
        if self.type and self.type.has_student_workplace:
            yield from WORKPLACE

    def _requires_user(self) -> bool:
        return self.committee is not None and self.committee.is_agency

    def _cards(self) -> str:
        user = self.context.tables.joint_committee(self.raw("user_joint_committee"), self.context.reference_date)
        if self.pair and self._requires_user() and user:
            return AllowedPair.Cards.REQUIRED if user.requires_cards else AllowedPair.Cards.FORBIDDEN
        return self.pair.cards if self.pair else AllowedPair.Cards.FORBIDDEN

    def _fill_choices(self) -> None:
        tables, day = self.context.tables, self.context.reference_date
        committees = tables.joint_committees_on(day)
        self._set_choices("joint_committee", committees, committees)
        offered = tables.worker_types_of(self.raw("joint_committee"), day)
        every = [row for row in tables.worker_types if row is tables.worker_type(row.code, day)]
        self._set_choices("worker_type", every, offered)
        known = self.committee.code if self.committee else ""
        self.step_fields["joint_committee"].glossary = partial(glossary.committees, tables, day)
        self.step_fields["worker_type"].glossary = partial(glossary.worker_types, tables, known, day)
        if "risk_code" in self.fields:
            risks, nature, chosen = (
                tables_of.valid_on(tables.risk_codes, day),
                self.raw("nature"),
                self.raw("risk_code"),
            )
            self._set_choices(
                "risk_code", risks, [row for row in risks if nature in ("", row.nature) or row.code == chosen]
            )
            self._set_choices("trainee_status", tables_of.valid_on(tables.trainee_statuses, day), blank=False)
        if "user_joint_committee" in self.fields:
            self._set_choices(
                "user_joint_committee", [row for row in committees if not row.is_agency], self._user_rows(committees)
            )
        countries = option_list(tables, "countries", self.context.today)
        for name in {"user_country", "workplace_country"} & set(self.fields):
            self.set_choices(name, countries)

    def _user_rows(self, committees: list[JointCommittee]) -> list[JointCommittee]:
        codes = self.pair.user_committees.split() if self.pair else []
        return [row for row in committees if not row.is_agency and (not codes or row.code in codes)]

    def _set_choices(
        self, name: str, rows: list[Any], offered: list[Any] | None = None, *, blank: bool = True
    ) -> None:
        first = [BLANK_CHOICE] if blank else []
        self.set_choices(name, FixedChoices([*first, *((row.code, row) for row in rows)]))
        if offered is not None:
            self.fields[name].widget.choices = FixedChoices([*first, *((row.code, row) for row in offered)])

    # -- which answers -----------------------------------------------------------------------------------------

    @property
    def hidden_inputs(self) -> dict[str, str]:
        """The inputs of every step, with the committee whose types this page offers."""
        return {**super().hidden_inputs, "shown_committee": self.raw("joint_committee")}

    @property
    def needs_refresh(self) -> bool:
        """A changed committee requires a refresh only if it does not allow the type, offered for the earlier one."""
        return self.is_outdated("shown_fields") or (self.pair is None and self.is_outdated("shown_committee"))

    def check(self) -> None:
        """Require both cards or none, the address of a user without number, and the workplace of a student.

        A student's workplace is required only if it is elsewhere.
        """
        cleaned = self.cleaned_data
        if any(cleaned.get(name) for name in CARDS):
            self.require(CARDS)
        if cleaned.get("user_name") and not cleaned.get("user_enterprise_number"):
            self.require(name for name in USER_ADDRESS if name != "user_box")
        else:
            self._drop(USER_ADDRESS)
        if cleaned.get("works_elsewhere"):
            self.require(MANDATORY_WORKPLACE)
        else:
            self._drop(("workplace_name", *WORKPLACE_ADDRESS))

    def _drop(self, names: Iterable[str]) -> None:
        for name in names:
            self.errors.pop(name, None)
            self.cleaned_data.pop(name, None)

    # -- what is shown -----------------------------------------------------------------------------------------

    @property
    def groups(self) -> list[Group]:
        """One group per block that has fields."""
        groups = [
            Group(fields=self.bound_fields("joint_committee"), slug="committee"),
            Group(fields=self.bound_fields("worker_type"), slug="type"),
            Group(fields=self.bound_fields(*SMALL_STATUTE), slug="small-statute", legend=_("Small statutes")),
            Group(
                fields=self.bound_fields(*USER),
                slug="user",
                legend=_("User undertaking"),
                hint=_(
                    "Enter the enterprise number. If the user undertaking is abroad and has none, enter its name and"
                    " address instead."
                ),
            ),
            Group(fields=self.bound_fields(*CARDS), slug="cards", legend=_("C3.2A cards")),
            Group(fields=self.bound_fields("works_elsewhere"), slug="workplace", legend=_("Workplace of the student")),
            Group(
                fields=self.bound_fields("workplace_name", *WORKPLACE_ADDRESS),
                slug="workplace-address",
                shown_when="works_elsewhere=on",
            ),
        ]
        return [group for group in groups if group.fields]
