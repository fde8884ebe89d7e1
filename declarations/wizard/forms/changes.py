"""The period step of a Dimona OUT and of a Modification: what they change in a declared period."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from referentials.numbers import dimona

from ...confirmation.blocks import Row, Rows
from ...enums import PeriodCharacteristics
from ...filing.facts import with_period_values
from ...filing.ledger import DATES_AND_HOURS, PeriodState
from ...formatting import display_day_and_time
from ...models import Period
from ...rules.dates import fixed_hours_are_in_order
from .base import Group
from .fields import CheckboxField, as_stored, explained_error
from .period import DatesForm

# The fields that each radio button makes modifiable (domain reference 4.2).
MODIFIABLE_FIELDS = {
    PeriodCharacteristics.FLAT: ("start_date", "start_time"),
    PeriodCharacteristics.STUDENT: ("end_date", "planned_hours"),
    PeriodCharacteristics.BY_HOUR: ("start_date", "start_time", "end_date", "end_time"),
    PeriodCharacteristics.ONE_DAY: ("start_date",),
    PeriodCharacteristics.PLANNED_HOURS: ("start_date", "end_date", "planned_hours"),
    PeriodCharacteristics.OTHER: ("start_date", "end_date", "remove_end_date"),
}

CANNOT_BE_MODIFIED = _(
    "The employee, the joint committee and the type of worker cannot be modified. The starting date cannot be moved"
    " to a later day."
)
CANNOT_BE_MODIFIED_FOR_STUDENTS = _(
    "The employee, the joint committee, the type of worker and a student’s starting date cannot be modified."
)
CLOSE_AND_DECLARE = _(
    "Has one of these really changed? Close this period with a Dimona OUT and declare a new one with a Dimona IN."
)
END_EARLIER_AND_DECLARE = _(
    "Has one of these really changed? Enter an earlier ending date for this period here and declare a new one with a"
    " Dimona IN."
)
# The length of an ISO time without its seconds, as shown.
TIME_LENGTH = len("10:00")
CANCEL_AND_DECLARE = _(
    "Was it a mistake? Cancel this period and declare it again: the button below starts both and keeps the data."
)


def number_row(period: Period) -> Row:
    """The row with the number of a period."""
    return Row("period_number", _("Period number"), dimona.format(period.number))


def characteristics_rows(period: Period) -> Rows:
    """The rows with the committee and the type of worker of a period."""
    committee, worker_type = period.joint_committee, period.worker_type
    return [
        Row("joint_committee", _("Joint committee (JC)"), f"{committee.label} - {committee.code}"),
        Row("worker_type", _("Type of worker"), f"{worker_type.label} - {worker_type.code}"),
    ]


def date_rows(state: PeriodState) -> Rows:
    """The rows with start, end and planned hours of a period in that state; an open end is put in words."""
    end = display_day_and_time(state.end_date, state.end_time) if state.end_date else str(_("no ending date"))
    hours = (
        [Row("planned_hours", _("Number of planned hours"), str(state.planned_hours))] if state.planned_hours else []
    )
    start_label, end_label = _("Starting date"), _("Ending date")
    if state.start_time:
        start_label, end_label = _("Starting date/time"), _("Ending date/time")
    start = display_day_and_time(state.start_date, state.start_time)
    return [Row("start_date", start_label, start), Row("end_date", end_label, end), *hours]


class ChangeForm(DatesForm):
    """Base of the forms that change the dates and hours of a period."""

    refresh_message = _("Another declaration has changed this period since this page was shown. Check the page again.")

    @property
    def period(self) -> Period:
        """The period as it is now. Raises KeyError if the first page is invalid: then nothing is shown."""
        period: Period = self.context.answers["period"]
        return period

    @property
    def hidden_inputs(self) -> dict[str, str]:
        """The inputs of every step, with the period and its state as shown on the page."""
        return {
            **super().hidden_inputs,
            "shown_period": self.period.number,
            "shown_period_state": PeriodState.from_terms(self.period).fingerprint,
        }

    @property
    def state_after(self) -> PeriodState:
        """The state of the period after the declaration, from the values of a valid form."""
        declared = with_period_values({**self.context.answers, **self.cleaned_data})
        return PeriodState(**{name: declared[name] for name in DATES_AND_HOURS})

    @property
    def groups(self) -> list[Group]:
        """The period as it is now, then the fields."""
        period = self.period
        number = Row("period_number", _("Identification number for the period"), dimona.format(period.number))
        rows = [number, *characteristics_rows(period), *date_rows(PeriodState.from_terms(period))]
        return [Group(rows=rows), *super().groups]


class OutForm(ChangeForm):
    """The day on which a period ends."""

    missing_messages = {"end_date": _("Fill in the day on which the period ends.")}

    def build(self) -> None:
        """Keep the ending date only."""
        self.keep_only(("end_date",))
        self.fields["end_date"].required = True
        self.set_help_texts(is_long=True)

    @property
    def rows(self) -> Rows:
        """The period with its new end."""
        return [number_row(self.period), *date_rows(self.state_after)]


class ModificationForm(ChangeForm):
    """The modifiable dates and hours for the characteristics chosen, filled in with their present values."""

    remove_end_date = CheckboxField(label=_("Remove the ending date"), required=False)

    @property
    def characteristics(self) -> PeriodCharacteristics:
        """The radio button chosen on the first page; it fits the period."""
        return PeriodCharacteristics(self.context.answers["period_characteristics"])

    def build(self) -> None:
        """The fields for the characteristics, with their present values; every field if the first page is invalid."""
        if "period" not in self.context.answers:
            return
        self.keep_only(MODIFIABLE_FIELDS[self.characteristics])
        for name in self.fields:
            self.fields[name].required = False
            if name in DATES_AND_HOURS:
                self.fields[name].initial = as_stored(getattr(self.period, name))
                self.step_fields[name].is_starred = name in self.mandatory_fields
        if self.is_bound and not self.context.is_posted:
            self._fill_in()
        self.set_help_texts(is_long=not self.period.worker_type.is_at_most_24_hours)

    def to_storage(self, names: Iterable[str] | None = None) -> dict[str, list[str]]:
        """Store what was typed, not the prefilled values: those follow the period."""
        kept = super().to_storage(names)
        drawn = {self.add_prefix(name): value for name, value in self._prefilled().items()}
        return {key: values for key, values in kept.items() if values != [drawn.get(key)]}

    def _fill_in(self) -> None:
        """Combine the stored values with the present values of the period."""
        names = [name for name in self.fields if name in DATES_AND_HOURS]
        now = {self.add_prefix(name): [as_stored(getattr(self.period, name))] for name in names}
        self.data = MultiValueDict({**now, **{key: [self.data[key]] for key in self.data}})

    def _prefilled(self) -> dict[str, str]:
        """The prefilled values of the posted page, as far as it tells them."""
        try:
            state = json.loads(str(self.data.get("shown_period_state")))
            return {
                name: str(state[name] or "")[: TIME_LENGTH if name.endswith("_time") else None]
                for name in DATES_AND_HOURS
            }
        except (ValueError, TypeError, KeyError, RecursionError):
            return {}

    @property
    def mandatory_fields(self) -> list[str]:
        """The fields that cannot be emptied: those that the period has, and its end unless the box can remove it."""
        return [
            name
            for name in self.fields
            if name in DATES_AND_HOURS and getattr(self.period, name) is not None and not self._is_removable(name)
        ]

    def _is_removable(self, name: str) -> bool:
        return name == "end_date" and "remove_end_date" in self.fields

    def check(self) -> None:
        """Check that mandatory fields are filled, then the end, if it follows the start or is removed."""
        if self._is_empty():
            self.add_error(
                "start_date", self.anomaly_error("90378-361" if "start_time" in self.fields else "90378-360")
            )
            return
        self.require(self.mandatory_fields)
        if "end_date" not in self.fields:
            self.cleaned_data["end_date"] = self.cleaned_data.get("start_date")
        if "remove_end_date" in self.fields and "end_date" not in self.errors:
            self._check_end()

    def _is_empty(self) -> bool:
        """Whether start and end are both empty, where both can be modified."""
        has_both = {"start_date", "end_date"} <= self.fields.keys()
        return has_both and not self.errors and not any(self.cleaned_data.get(name) for name in self.fields)

    def _check_end(self) -> None:
        end_date, is_removed = self.cleaned_data.get("end_date"), self.cleaned_data.get("remove_end_date")
        if is_removed and end_date not in (None, self.period.end_date):
            words = _("Either change the ending date or tick “Remove the ending date”, but not both.")
            self.add_error("end_date", explained_error(words))
        elif not is_removed and end_date is None and self.period.end_date:
            words = _("Leave the ending date as it is or change it. To remove it, tick “Remove the ending date”.")
            self.add_error("end_date", explained_error(words))
        elif is_removed:
            self.cleaned_data["end_date"] = None

    @property
    def rows(self) -> Rows:
        """The period, then its dates and hours; those that change are shown as old → new."""
        becomes = {row.field: row.value for row in date_rows(self.state_after)}
        rows = date_rows(PeriodState.from_terms(self.period))
        return [number_row(self.period), *(_change(row, becomes[row.field]) for row in rows)]

    @property
    def groups(self) -> list[Group]:
        """The period as it is now, the fields, and help for what cannot be modified."""
        anew = Group(
            help_title=_("Does something else need to change?"),
            help_lines=self._anew_help(),
            # The error refers to the button in the help.
            is_help_open=any(finding.rule.holds is fixed_hours_are_in_order for finding in self.findings),
            button_value="anew",
            button_label=_("Cancel and declare again"),
        )
        return [*super().groups, anew]

    @property
    def end_fields(self) -> tuple[str, ...]:
        """The end and, where there is an end to remove, the box that removes it."""
        return (*super().end_fields, *(["remove_end_date"] if self.period.end_date else []))

    def _anew_help(self) -> tuple[Any, ...]:
        is_student = self.characteristics == PeriodCharacteristics.STUDENT
        return (
            CANNOT_BE_MODIFIED_FOR_STUDENTS if is_student else CANNOT_BE_MODIFIED,
            END_EARLIER_AND_DECLARE if self.period.end_date else CLOSE_AND_DECLARE,
            CANCEL_AND_DECLARE,
        )


def _change(row: Row, becomes: str) -> Row:
    if row.value == becomes:
        return row
    return Row(row.field, _("%(label)s (before → after)") % {"label": row.label}, f"{row.value} → {becomes}")
