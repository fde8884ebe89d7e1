"""What the numbers typed on a step are the numbers of: looked up once its form was read, and told beside its fields.

The forms know no database. Whoever reads one calls `look_up` once, before asking whether it is valid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from referentials import cached_sql
from referentials.models import Employer

from .. import rules
from ..enums import LookupResult, PeriodCharacteristics
from ..filing.lookup import BlockedError, Lookup, characteristics_of, find
from ..filing.lookup import look_up as look_up_counted
from ..formatting import display_hour, with_since
from .forms.base import StepForm, coded_error
from .forms.characteristics import CharacteristicsForm
from .forms.fields import UNCODED
from .forms.start import StartForm

BLOCKED = _(
    "Too many numbers were entered that could not be found. You can try again from %(time)s. The buttons"
    " on the receipt of the Dimona IN still work."
)
UNFIT = _("The chosen characteristics do not match the period with this number: choose “%(fitting)s”.")


@dataclass(frozen=True)
class Searcher:
    """Who sent a first page, and when (aware): misses are counted by client; `has_submitted` of its browser."""

    client: str
    now: datetime
    has_submitted: bool


def look_up(form: StepForm, looked_up_number: str = "", searcher: Searcher | None = None) -> datetime | None:
    """Look up the numbers of a bound form; errors stand beside their fields, rows found are answers.

    `looked_up_number` is that of the period which the draft found before. Without a `searcher` the answers are stored
    ones that are read again. Returns the moment until which a searcher who missed too often is stopped.
    """
    if not form.is_bound:
        return None
    form.is_valid()
    if isinstance(form, CharacteristicsForm):
        _find_user(form)
    if not isinstance(form, StartForm):
        return None
    employer = _find_employer(form)
    number = form.cleaned_data.get("period_number")
    if employer is None or not number or form.declared_kind not in rules.ON_A_PERIOD:
        return None
    try:
        form.lookup = _find_period(number, employer, looked_up_number, searcher)
    except BlockedError as blocked:
        _tell_blocked(form, blocked.until, searcher)
        return blocked.until
    _judge_period(form, form.lookup, searcher)
    return None


def _find_user(form: CharacteristicsForm) -> None:
    number = form.cleaned_data.get("user_enterprise_number")
    if number and not Employer.objects.filter(enterprise_number=number).exists():
        form.add_error("user_enterprise_number", form.anomaly_error("00131-235"))


def _find_employer(form: StartForm) -> Employer | None:
    if not form.employer_key:
        return None
    employer = cached_sql.row(Employer, **form.employer_key)
    if employer is None:
        form.add_error("employer_number", form.anomaly_error(f"{form.zones['employer_number']}-235"))
    else:
        form.cleaned_data["employer"] = employer
    return employer


def _find_period(number: str, employer: Employer, looked_up_number: str, searcher: Searcher | None) -> Lookup:
    # Found again uncounted only if this draft found it before, and then also for a client that is stopped: nothing
    # is learned, and nobody is held up halfway by others at the same address. No other way leads to it uncounted.
    again = find(number, employer) if number == looked_up_number else Lookup(LookupResult.NOT_FOUND)
    if again.period or searcher is None:
        return again
    return look_up_counted(
        number, employer, client=searcher.client, now=searcher.now, has_submitted=searcher.has_submitted
    )


def _tell_blocked(form: StartForm, until: datetime, searcher: Searcher | None) -> None:
    words = BLOCKED % {"time": display_hour(until, searcher.now if searcher else until)}
    form.add_error("period_number", forms.ValidationError(words, code=UNCODED))


def _judge_period(form: StartForm, found: Lookup, searcher: Searcher | None) -> None:
    """Tell what the rules say about the number; the period's state is told when the page is sent (ruling 12)."""
    if found.period:
        form.cleaned_data["period"] = found.period
    if searcher or not found.period:
        told = rules.step_rules(form.declared_kind, ("period_number",))
        for finding in rules.findings([rule for rule in told if rule.facts <= found.facts.keys()], found.facts):
            form.findings = (*form.findings, finding)
            row = form.context.tables.anomaly(finding.code, form.context.today, finding.rule.name)
            label = with_since(row.label, finding.since, searcher.now if searcher else None)
            form.add_error("period_number", coded_error(f"{label} {row.repair}", finding.code))
    chosen = form.cleaned_data.get("period_characteristics")
    if chosen and found.period and "period_number" not in form.errors:
        _check_fit(form, chosen, characteristics_of(found.period))


def _check_fit(form: StartForm, chosen: str, fitting: PeriodCharacteristics) -> None:
    if chosen != fitting:
        form.add_error(
            "period_characteristics", forms.ValidationError(UNFIT % {"fitting": fitting.label}, code=UNCODED)
        )
