"""Parsing of displayed pages, and comparison of a filed declaration with its confirmed overview."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from typing import Any

from django.forms import Field
from django.utils.translation import gettext, override

from declarations.enums import DeclarationKind, Status
from declarations.models import Declaration
from declarations.wizard.forms.base import MAX_STORED_LENGTH, to_iso
from declarations.wizard.forms.fields import DayField, TimeField
from declarations.wizard.steps import STEPS
from referentials.numbers import dimona, ssin
from referentials.numbers.digits import visible

ROW = re.compile(r"<dt>(.*?)</dt><dd><bdi>(.*?)</bdi></dd>", re.DOTALL)
ANSWER = re.compile(r'<section class="answer answer-([ABSW])"')
CODE = re.compile(r'<span class="code">(\d{5}-\d{3})</span>')
STEP_URL = re.compile(r"/(en|nl|fr|de)/(in|out|modification|cancellation)/([0-9a-f-]{36})/(\w+)/")
MOMENT = re.compile(r"(\d\d)[/.](\d\d)[/.](\d{4})(?: (\d\d):(\d\d))?")
FORM = '<form id="step-form"'
CONTROL = re.compile(r"<(input|select|option)\b([^>]*)>")
ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')
HARMLESS = (200, 302, 400, 403, 404, 405, 410, 429)
Rows = list[tuple[str, str]]


@dataclass
class Page:
    """A page with its address and content."""

    url: str
    status: int
    text: str = ""
    # The draft's content when the page was rendered, which the copy in the page restores.
    held: Any = None

    @classmethod
    def from_response(cls, url: str, response: Any) -> Page:
        """The page at the end of a request."""
        is_text = response.get("Content-Type", "").startswith("text/html")
        return cls(url, response.status_code, response.text if is_text else "")

    @cached_property
    def parts(self) -> tuple[str, str, str, str]:
        """Language, kind, draft and step of a step's page; empty texts for other pages."""
        found = STEP_URL.match(self.url) if FORM in self.text else None
        return (found[1], found[2], found[3], found[4]) if found else ("", "", "", "")

    @property
    def key(self) -> tuple[str, str]:
        """Kind and draft."""
        return self.parts[1:3]

    @property
    def step(self) -> str:
        """The displayed step; empty for other pages."""
        return self.parts[3]

    @property
    def rows(self) -> Rows:
        """Displayed labels and values that are not input fields, in page order."""
        return [(html.unescape(label), html.unescape(value)) for label, value in ROW.findall(self.text)]

    @property
    def answer(self) -> tuple[str, set[str]] | None:
        """The displayed status and codes, or None."""
        found = ANSWER.search(self.text)
        return (found[1], set(CODE.findall(self.text))) if found else None

    @property
    def fields(self) -> dict[str, str]:
        """The fields that its form sends unchanged."""
        return self._controls[0]

    @property
    def offered(self) -> dict[str, set[str]]:
        """The choices of its lists, radio buttons and checkboxes, by name."""
        return self._controls[1]

    @cached_property
    def _controls(self) -> tuple[dict[str, str], dict[str, set[str]]]:
        fields: dict[str, str] = {}
        offered: dict[str, set[str]] = {}
        select = ""
        begin = self.text.find(FORM)
        for tag, attributes in CONTROL.findall(self.text, begin, self.text.find("</form>", begin)):
            values = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(attributes)}
            if tag == "select":
                select = values["name"]
                continue
            name, value = select if tag == "option" else values.get("name", ""), values.get("value", "")
            is_choice = tag == "option" or values.get("type") in ("radio", "checkbox")
            if is_choice:
                offered.setdefault(name, set()).add(value)
            is_first = tag == "option" and name not in fields
            if name and (not is_choice or is_first or {"selected", "checked"} & values.keys()):
                fields[name] = value
        return fields, offered


# -- typed values are displayed again ---------------------------------------------------------------------------


def lost_values(page: Page, typed: Mapping[str, str]) -> Iterator[str]:
    """The values typed in displayed fields that the page does not display again.

    Lists and radio buttons accept only what they offer, and an unticked checkbox sends nothing.
    """
    kind = DeclarationKind(page.parts[1])
    known = next(each.form for each in STEPS[kind] if each.slug == page.step).base_fields
    for name, value in typed.items():
        kept, shown = value[:MAX_STORED_LENGTH], page.fields.get(name, "")[:MAX_STORED_LENGTH]
        each = known.get(name.partition("-")[2])
        offers = page.offered.get(name, {kept} if name in page.fields else set())
        if each and kept in offers and _read(each, shown) != _read(each, kept):
            yield f"{name} was {kept[:80]!a} and is shown as {shown[:80]!a} on {page.url}"


def _read(each: Field, text: str) -> str:
    """The text as the field reads it; for days and times, only the visible part."""
    return to_iso(each, (visible(text) if isinstance(each, DayField | TimeField) else text).strip())


def follows_period(name: str, value: str, before: Page, after: Page) -> bool:
    """Whether the sent value was the period's own, as its page showed, and the displayed value is its current one.

    A Modification stores only values that differ from the period's. The others follow when another declaration changes
    the period.
    """
    was, becomes = ({word for _label, text in page.rows for word in text.split()} for page in (before, after))
    shown = after.fields.get(name, "")
    return before.key[0] == "modification" and (value or "-") in was and (shown or "-") in becomes


# -- the filed declaration equals the confirmed one --------------------------------------------------------------


def differences(declaration: Declaration, page: Page, references: Mapping[str, str]) -> Iterator[str]:
    """The filed values that differ from the displayed overview or from the typed references."""
    language = page.parts[0]
    blocks = declaration.answers["overviews"][language].values()
    filed = [(label, str(value or "-")) for block in blocks for label, value in block["rows"].values()]
    if filed != page.rows:
        yield f"shown {page.rows}, filed {filed}"
    if page.answer and page.answer != (declaration.status, set(declaration.anomalies.values_list("code", flat=True))):
        yield f"foretold {page.answer}, answered {declaration.status}"
    if (declaration.kind, str(declaration.draft)) != page.key:
        yield f"{declaration.kind} {declaration.draft} filed from {page.url}"
    values = declaration.answers["values"]
    for name, typed in references.items():
        if values.get(name, "") != typed:
            yield f"{name} typed {typed!a}, filed {values.get(name)!a}"
    with override(language):
        for what, shown, column in _columns(declaration, dict(page.rows)):
            if shown != column:
                yield f"{what} shown as {shown}, filed as {column}"


def _columns(declaration: Declaration, rows: Mapping[str, str]) -> Iterator[tuple[str, Any, Any]]:
    """Each typed column, as read from the overview and as filed."""
    start, end = (declaration.start_date, declaration.start_time), (declaration.end_date, declaration.end_time)
    yield "start", _moment(_becomes(rows, "Starting date", "Starting date/time")), start
    yield "end", _moment(_becomes(rows, "Ending date", "Ending date/time")), end
    hours = _becomes(rows, "Number of planned hours")
    yield "planned hours", int(hours) if hours.isdigit() else None, declaration.planned_hours
    committee, worker_type = rows[gettext("Joint committee (JC)")], rows[gettext("Type of worker")]
    yield "committee", committee.rpartition(" - ")[2], declaration.joint_committee.code
    yield "type", worker_type.rpartition(" - ")[2], declaration.worker_type.code
    yield "employer", rows[gettext("Company name")], declaration.employer.name or "-"
    yield "kind", rows[gettext("Type of declaration")], str(DeclarationKind(declaration.kind).label)
    shown = rows.get(gettext("SSIN"))
    if shown and declaration.worker:
        known = declaration.worker.ssin
        yield "SSIN", shown, ssin.mask(known) if "•" in shown else ssin.format(known)
    if declaration.kind != DeclarationKind.IN:
        yield "period", rows[gettext("Period number")], dimona.format(declaration.period.number)
    elif declaration.period and Status(declaration.status).is_accepted:
        yield "number", declaration.number, declaration.period.number


def _becomes(rows: Mapping[str, str], *labels: str) -> str:
    """The value under one of those labels; for a change, the new value."""
    for label in map(gettext, labels):
        for key in (label, gettext("%(label)s (before → after)") % {"label": label}):
            if key in rows:
                return rows[key].rpartition(" → ")[2]
    return ""


def _moment(text: str) -> tuple[date | None, time | None]:
    found = MOMENT.fullmatch(text)
    if not found:
        return None, None
    clock = time(int(found[4]), int(found[5])) if found[4] else None
    return date(int(found[3]), int(found[2]), int(found[1])), clock
