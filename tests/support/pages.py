"""Reading of pages as a person and as a browser: texts, errors, and the fields that a form sends."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any

from declarations.wizard.forms.base import StepForm
from referentials.numbers import dimona

STEP_FORM = "step-form"
WITHOUT_WORDS = r'<header.*?</header>|<script.*?</script>|<input type="hidden"[^>]*>'


def visible_html(page: Any) -> str:
    """The HTML without hidden inputs and the header's addresses, which contain random characters."""
    return re.sub(WITHOUT_WORDS, "", page.text, flags=re.DOTALL)


def collapse_spaces(text: Any) -> str:
    """The text with single spaces between words."""
    return " ".join(str(text).split())


def page_text(page: Any) -> str:
    """The text of a page without tags, with single spaces between words."""
    return collapse_spaces(html.unescape(re.sub(r"<[^>]+>", " ", visible_html(page))))


def page_text_without(page: Any, *numbers: str) -> str:
    """The text of a page without declaration numbers, which may contain any digits."""
    text = page_text(page)
    for number in numbers:
        text = text.replace(dimona.format(number), "")
    return text


def codes_of(form: StepForm) -> dict[str, list[str]]:
    """The official codes of a form's errors, by field."""
    return {name: [str(error.code) for error in found.as_data()] for name, found in form.errors.items()}


def error_codes(answer: Any) -> dict[str, list[str]]:
    """The official codes of the errors that a step's page shows, by field."""
    return codes_of(answer.context["form"])


def preview(page: Any) -> tuple[str, set[str]]:
    """The status and codes of an overview's preview."""
    shown = page.context["preview"]
    return shown["status"], {anomaly["code"] for anomaly in shown["anomalies"]}


def rows(page: Any) -> dict[str, str]:
    """The labels and values of an overview or a receipt."""
    parts = page.context.get("parts") or page.context["blocks"]
    return {str(row.label): str(row.value) for part in parts for row in part.rows}


def form_data(page: Any) -> dict[str, str]:
    """The fields that a browser sends from a step's page on which nothing was typed."""
    reader = _StepForm()
    reader.feed(page.text)
    return reader.found


class _StepForm(HTMLParser):
    """Parser of the inputs and lists in the step's form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.is_within = False
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter the form, or record the value of a control."""
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.is_within = values.get("id") == STEP_FORM
        elif tag == "select" and self.is_within:
            self.select = values["name"]
        elif tag == "option" and self.select and ("selected" in values or self.select not in self.found):
            self.found[self.select] = values.get("value", "")
        elif tag == "input" and self.is_within:
            self._take(values)

    def handle_endtag(self, tag: str) -> None:
        """Leave the form or a list."""
        if tag == "form":
            self.is_within = False
        elif tag == "select":
            self.select = ""

    def _take(self, values: dict[str, str]) -> None:
        is_choice = values.get("type") in ("radio", "checkbox")
        if "name" in values and (not is_choice or "checked" in values):
            self.found[values["name"]] = values.get("value", "on" if is_choice else "")
