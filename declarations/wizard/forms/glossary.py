"""Explanations of a list's codes, in a collapsible section below it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from referentials.bases import Dated
from referentials.tables import Tables

from ...formatting import display_day

GLOSSARY = '<details class="glossary">\n<summary>{}</summary>\n<dl>\n{}\n</dl>\n</details>\n'
ENTRY = "<dt>{} - {}</dt>\n<dd>{}{}</dd>"
NOTE = " <em>({})</em>"


def committees(tables: Tables, day: date) -> SafeString:
    """The joint committees, each with its validity."""
    rows = tables.joint_committees_on(day)
    return _rendered(_("What do these joint committees cover?"), ((row, row) for row in rows))


def worker_types(tables: Tables, joint_committee: str, day: date) -> SafeString:
    """The types of worker of that committee, each with its validity and that of the pair."""
    rows = tables.worker_types_of(joint_committee, day)
    dated = ((row, tables.pair(joint_committee, row.code, day) or row) for row in rows)
    return _rendered(_("What do these types mean?"), dated)


def _rendered(title: str, rows: Iterable[tuple[Any, Dated]]) -> SafeString:
    """The section of those rows, each with the row or pair that dates it."""
    entries = ((row.label, row.code, row.description, _note(row, dated)) for row, dated in rows)
    return format_html(GLOSSARY, title, format_html_join("\n", ENTRY, entries))


def _note(*dated: Dated) -> SafeString | str:
    bounds = [
        words % {"day": display_day(day)}
        for row in dated
        for day, words in ((row.valid_from, _("from %(day)s")), (row.valid_until, _("until %(day)s")))
        if day
    ]
    return format_html(NOTE, ", ".join(dict.fromkeys(bounds))) if bounds else ""
