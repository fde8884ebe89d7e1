"""Step 4: the dates and times that the worker type requires."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from referentials.models import AllowedPair, JointCommittee, WorkerType

from ...confirmation.blocks import Row, Rows
from ...enums import DurationUnit
from ...filing.facts import requires_end_date
from ...formatting import display_day_and_time
from .base import Group, StepForm
from .fields import DayField, TimeField, WholeNumberField, read_day
from .lists import RadioField
from .widgets import FixedChoices, TextInput

FLEXI_UNITS = FixedChoices(
    [
        (DurationUnit.PER_DAY, _("Per day, with start and end time")),
        (DurationUnit.PER_PERIOD, _("Per period, within one quarter")),
    ]
)
FLAT_RATE_UNITS = FixedChoices(
    [
        (DurationUnit.BY_HOUR, _("By the hour, with start and end time")),
        (DurationUnit.DAY_FLAT_RATE, _("At the daily flat rate, with the start time only")),
    ]
)


TIME_HINTS = {
    "start_time": _("When work starts on the first day, for example 08:30."),
    "end_time": _("When work ends on the last day, for example 17:00."),
}


class DatesForm(StepForm):
    """The dates, the times and the planned hours of a period."""

    start_date = DayField(label=_("Starting date"))
    start_time = TimeField(label=_("Start time"))
    end_date = DayField(label=_("Ending date"), required=False)
    end_time = TimeField(label=_("End time"))
    planned_hours = WholeNumberField(
        label=_("Number of planned hours"),
        min_value=1,
        max_value=999,
        help_text=_("A whole number from 1 to 999. Part of an hour counts as a whole hour."),
        widget=TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    zones = {
        "start_date": "00910", "start_time": "00777", "end_date": "00911", "end_time": "00778",
        "planned_hours": "01135",
    }  # fmt: skip

    def set_help_texts(self, *, is_long: bool) -> None:
        """Set the formats of dates and times; `is_long` if the times are those of a first and of a last day."""
        for name in {"start_date", "end_date"} & set(self.fields):
            self.fields[name].help_text = _("Day/month/year, for example 27/03/2026.")
        for name, words in TIME_HINTS.items():
            if name in self.fields:
                self.fields[name].help_text = words if is_long else _("Hours and minutes, for example 08:30.")

    @property
    def end_fields(self) -> tuple[str, ...]:
        """The fields that stand together about the end."""
        return ("end_date", "end_time")

    @property
    def groups(self) -> list[Group]:
        """The start, the end and the hours, if their fields exist."""
        groups = [
            Group(fields=self.bound_fields("start_date", "start_time"), slug="start"),
            Group(fields=self.bound_fields(*self.end_fields), slug="end"),
            Group(fields=self.bound_fields("planned_hours"), slug="hours"),
        ]
        return [group for group in groups if group.fields]


class PeriodForm(DatesForm):
    """The dates of the work. The row of the worker type decides which fields exist and are mandatory."""

    duration_unit = RadioField(label=_("How do you declare the work?"))

    field_order = ("duration_unit",)
    only_codes = {"duration_unit": "90373-339"}
    refresh_label = _("Show the fields for this choice")

    type: WorkerType | None
    pair: AllowedPair | None
    committee: JointCommittee | None

    def build(self) -> None:
        """Keep the fields of the type, the committee and the unit, by the tables of the typed starting date."""
        answers, tables = self.context.answers, self.context.tables
        day = read_day(self.raw("start_date")) or self.context.reference_date
        self.type = tables.worker_type(answers.get("worker_type", ""), day)
        self.committee = tables.joint_committee(answers.get("joint_committee", ""), day)
        self.pair = tables.pair(answers.get("joint_committee", ""), answers.get("worker_type", ""), day)
        self._choose_unit()
        self._drop_fields()
        self.set_help_texts(is_long=self.type is not None and not self.type.is_at_most_24_hours)
        self.fields["end_date"].required = requires_end_date(self.committee, self.type)

    def _choose_unit(self) -> None:
        units: Iterable[tuple[str, Any]] = ()
        if self.type and self.type.is_per_day_or_period:
            units = FLEXI_UNITS
        elif self.pair and self.pair.has_day_flat_rate:
            units = FLAT_RATE_UNITS
        if units:
            self.set_choices("duration_unit", units)
            self.fields["duration_unit"].widget.attrs["data-refresh"] = "true"
        else:
            del self.fields["duration_unit"]

    def _drop_fields(self) -> None:
        if self.type is None:
            return
        unit = self.raw("duration_unit") if "duration_unit" in self.fields else ""
        dropped = set()
        if not self.type.has_times or unit == DurationUnit.PER_PERIOD:
            dropped = {"start_time", "end_time"}
        elif unit == DurationUnit.DAY_FLAT_RATE:
            dropped = {"end_time"}
        if not self.type.has_planned_hours:
            dropped.add("planned_hours")
        self.keep_only(set(self.fields) - dropped)

    @property
    def rows(self) -> Rows:
        """How it is declared, from when until when (day and hour on one row, an open end as a dash), planned hours."""
        values = self.cleaned_data
        by_hour = "start_time" in self.fields
        start_label = _("Starting date/time") if by_hour else self["start_date"].label
        end_label = _("Ending date/time") if by_hour else self["end_date"].label
        end = display_day_and_time(values["end_date"], values.get("end_time")) if values.get("end_date") else "-"
        dates = [
            Row("start_date", start_label, display_day_and_time(values["start_date"], values.get("start_time"))),
            Row("end_date", end_label, end),
        ]
        unit, hours = values.get("duration_unit"), values.get("planned_hours")
        how = [Row("duration_unit", _("Method of declaration"), str(DurationUnit(unit).label))] if unit else []
        planned = [Row("planned_hours", self["planned_hours"].label, str(hours))] if hours else []
        return [*how, *dates, *planned]

    @property
    def groups(self) -> list[Group]:
        """The unit, if there is a choice, then the dates and times."""
        unit = Group(fields=self.bound_fields("duration_unit"), slug="unit")
        return [*([unit] if unit.fields else []), *super().groups]
