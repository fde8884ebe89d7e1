"""The base of every step's form: official codes on errors, groups of fields, read-only rows, stale answers dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from referentials.tables import Tables

from ... import rules
from ...confirmation.blocks import Row, Rows
from ...enums import DeclarationKind
from ...filing.facts import step_facts
from ...models import Period
from .drawing import FramedForm
from .fields import EXPLAINED, UNCODED, DayField, StepField, TimeField, as_stored, display_address

OFFICIAL_CODE = re.compile(r"\d{5}-\d{3}")
CODED_MESSAGE = '{} <span class="whole">({})</span>'
MISSING, INVALID, FORBIDDEN = "001", "003", "005"
# No field accepts as much. A longer value was not typed by a person, and would bloat the session.
MAX_STORED_LENGTH = 1000


@dataclass(frozen=True)
class StepContext:
    """What a step knows when it is rendered or validated.

    `answers` are the cleaned values of the steps before it; `reference_date` is the declared starting date if it is
    known, else today; `is_posted` tells a posted form from stored answers that are validated again. `replaced_period`
    is the cancelled period whose worker is declared again.
    """

    kind: DeclarationKind
    tables: Tables
    today: date
    reference_date: date
    answers: Mapping[str, Any] = field(default_factory=dict)
    is_posted: bool = False
    replaced_period: Period | None = None


@dataclass
class Group:
    """Fields shown together. `shown_when` is `field=value[|value]`; it only saves the filer a reload."""

    fields: list[BoundField] = field(default_factory=list)
    slug: str = ""
    legend: Any = ""
    hint: Any = ""
    shown_when: str = ""
    rows: Rows = field(default_factory=list)
    warnings: list[Any] = field(default_factory=list)
    help_title: Any = ""
    help_lines: tuple[Any, ...] = ()
    is_help_open: bool = False
    button_value: str = ""
    button_label: Any = ""


class StepForm(FramedForm):
    """The form of a step.

    `zones` gives the official zone of each field, with which its codes begin (domain reference 7.2). `missing_codes`
    gives another code for "missing" than the zone's, and `only_codes` the one code of a field for every error.
    `missing_messages` replaces the catalogue's message about an empty field; `uncoded_messages` is the message, for
    every error, of a field without official code. `addresses` gives the fields of each address, from street to
    country.
    """

    use_required_attribute = False
    zones: dict[str, str] = {}
    missing_codes: dict[str, str] = {}
    only_codes: dict[str, str] = {}
    missing_messages: dict[str, Any] = {}
    uncoded_messages: dict[str, Any] = {}
    addresses: tuple[tuple[str, ...], ...] = ()
    findings: tuple[rules.Finding, ...] = ()
    refresh_label: Any = ""
    refresh_message: Any = _("Your choice has changed the fields on this page. Check the page, then continue.")

    def __init__(self, *args: Any, context: StepContext, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context = context
        self.build()
        for each in self.step_fields.values():
            if each.is_starred is None:
                each.is_starred = each.required
            each.brings_fields = "data-refresh" in each.widget.attrs
            if each.is_starred and not isinstance(each.widget, forms.RadioSelect):
                each.widget.attrs["aria-required"] = "true"

    @property
    def step_fields(self) -> dict[str, StepField]:
        """The fields, typed as StepField."""
        return cast(dict[str, StepField], self.fields)

    def set_choices(self, name: str, choices: Any) -> None:
        """Let the list of that name offer and accept these choices."""
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def build(self) -> None:
        """Adapt the fields to the answers given so far."""

    def raw(self, name: str) -> str:
        """The field's value as typed or stored, unchecked; empty if there is none."""
        value = self.data.get(self.add_prefix(name)) if self.is_bound else self.initial.get(name)
        return str(value or "").strip()

    def keep_only(self, wanted: Iterable[str]) -> None:
        """Remove every field that does not apply to the answers given."""
        names = set(wanted)
        self.fields = {name: each for name, each in self.fields.items() if name in names}

    @property
    def hidden_inputs(self) -> dict[str, str]:
        """What the page sends back about itself, by input name: the fields that it shows."""
        return {"shown_fields": ",".join(self.fields)}

    @property
    def needs_refresh(self) -> bool:
        """Whether the posted page showed other fields than its answers require."""
        return self.is_outdated(*self.hidden_inputs)

    def is_outdated(self, *names: str) -> bool:
        """Whether one of these hidden inputs was posted with another value than the present one."""
        now = self.hidden_inputs
        return any(self.data.get(name, now[name]) != now[name] for name in names)

    # -- errors ------------------------------------------------------------------------------------------------

    def add_error(self, field: str | None, error: Any) -> None:
        """Give every error its official code and the catalogue's message, unless the field explained itself."""
        error = error if isinstance(error, ValidationError) else ValidationError(error)
        if hasattr(error, "error_dict"):
            for name, each in error.error_dict.items():
                self.add_error(name, ValidationError(each))
            return
        super().add_error(field, ValidationError([self._with_official_code(field, each) for each in error.error_list]))

    def _with_official_code(self, name: str | None, error: ValidationError) -> ValidationError:
        if OFFICIAL_CODE.fullmatch(error.code or "") or error.code == UNCODED or name is None:
            return error
        if name in self.uncoded_messages:
            return ValidationError(self.uncoded_messages[name], code=UNCODED)
        if error.code == "required":
            return self._missing_error(name)
        code = self._code(name, INVALID)
        return coded_error(" ".join(error.messages), code) if error.code == EXPLAINED else self.anomaly_error(code)

    def _code(self, name: str, suffix: str) -> str:
        own = self.missing_codes.get(name) if suffix == MISSING else None
        return self.only_codes.get(name) or own or f"{self.zones[name]}-{suffix}"

    def _missing_error(self, name: str) -> ValidationError:
        """The error of an empty field, with a message of its own where several fields share one official code."""
        code = self._code(name, MISSING)
        if name in self.missing_messages:
            return coded_error(str(self.missing_messages[name]), code)
        if name not in self.missing_codes:
            return self.anomaly_error(code)
        return coded_error(_("“%(field)s” is empty: fill it in.") % {"field": self.fields[name].label}, code)

    def anomaly_error(self, code: str, rule: str = "") -> ValidationError:
        """The catalogue's error for that code and rule: what is wrong and how to repair it."""
        row = self.context.tables.anomaly(code, self.context.today, rule)
        return coded_error(f"{row.label} {row.repair}", code)

    def require(self, names: Iterable[str]) -> None:
        """Add the "missing" error to each of these fields that is empty and has no error yet."""
        for name in names:
            if name in self.fields and not self.cleaned_data.get(name) and name not in self.errors:
                self.add_error(name, self._missing_error(name))

    def clean(self) -> dict[str, Any]:
        """Check presence across fields, then the rules reported on this step, then forbidden values."""
        cleaned = super().clean() or self.cleaned_data
        self.check()
        self._check_rules()
        if self.context.is_posted:
            self._check_forbidden()
        return cleaned

    def check(self) -> None:
        """Check presence across fields; a subclass overrides it."""

    def facts(self) -> dict[str, Any]:
        """The facts for the rules reported on this step, from its values and those of the steps before it."""
        answers = {**self.context.answers, **self.cleaned_data}
        return step_facts(answers, tables=self.context.tables, day=self.context.reference_date)

    def step_rules(self) -> list[rules.Rule]:
        """The rules reported on this step, besides those of its fields."""
        return rules.step_rules(self.context.kind, self.fields)

    def finding_error(self, finding: rules.Finding) -> ValidationError:
        """The error for a rule that does not hold."""
        return self.anomaly_error(finding.code, finding.rule.name)

    def _check_rules(self) -> None:
        readable = [rule for rule in self.step_rules() if not self._has_error(rule)]
        self.findings = tuple(rules.findings(readable, self.facts() if readable else {}))
        for finding in self.findings:
            self.add_error(finding.rule.field, self.finding_error(finding))

    def _has_error(self, rule: rules.Rule) -> bool:
        return bool({rule.field, *rule.parameters} & set(self.errors))

    def _check_forbidden(self) -> None:
        """Give a value posted for a field that does not apply its "forbidden" code (ruling 12)."""
        for name in self.zones:
            if name not in self.fields and str(self.data.get(self.add_prefix(name), "")).strip():
                self.add_error(None, self.anomaly_error(f"{self.zones[name]}-{FORBIDDEN}"))

    # -- what is shown and stored ------------------------------------------------------------------------------

    def bound_fields(self, *names: str) -> list[BoundField]:
        """The bound fields with those names, as far as this form has them."""
        return [self[name] for name in names if name in self.fields]

    @property
    def groups(self) -> list[Group]:
        """The groups of the page, in order."""
        return [Group(fields=self.bound_fields(*self.fields))]

    @property
    def rows(self) -> Rows:
        """Every answer given, for the overview; an address is one row, named after its first field."""
        values = getattr(self, "cleaned_data", {})
        found: Rows = []
        for name in (name for name in self.fields if values.get(name)):
            address = next((names for names in self.addresses if name in names), ())
            if not address:
                found.append(Row(name, self[name].label, self.display(name, values[name])))
            elif name == address[0]:
                parts = (self.display(part, values[part]) if values.get(part) else "" for part in address)
                found.append(Row(name, _("Address"), display_address(*parts)))
        return found

    def display(self, name: str, value: Any) -> str:
        """The value as shown on the overview."""
        return str(_("yes")) if value is True else self.step_fields[name].display(value)

    def to_storage(self, names: Iterable[str] | None = None) -> dict[str, list[str]]:
        """The values of the form as a draft stores them: readable days and times in ISO, the rest as typed.

        `names` limits them, for example to the fields that were read.
        """
        wanted = self.fields.keys() & (self.fields if names is None else names)
        keys = {name: self.add_prefix(name) for name in self.fields if name in wanted}
        return {
            key: [to_iso(self.fields[name], str(self.data[key])[:MAX_STORED_LENGTH])]
            for name, key in keys.items()
            if key in self.data
        }


def to_iso(each: forms.Field, typed: str) -> str:
    """A day or a time as ISO text if the field can read it; else as typed."""
    if not isinstance(each, DayField | TimeField):
        return typed
    try:
        value = each.clean(typed)
    except ValidationError:
        return typed
    return as_stored(value)


class CodedError(ValidationError):
    """An error whose HTML ends with its official code; `words` is its text without the code."""

    def __init__(self, words: str, code: str) -> None:
        super().__init__(format_html(CODED_MESSAGE, words, code), code=code)
        self.words = words


def coded_error(message: str, code: str) -> ValidationError:
    """An error that ends with its official code (ruling 16), which does not wrap at its hyphen."""
    return CodedError(message, code)
