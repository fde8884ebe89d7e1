"""The one place that draws a field: label, hint, errors, widget, and what follows from it.

As one text, because a template with one for each part takes longer than all the rest of a page.
"""

from __future__ import annotations

from django.forms import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

FIELD = '<div class="field{error} field-{kind}" data-field="{name}">\n{inner}\n{chosen}{glossary}</div>'
LABELLED = """\
<label for="{label_for}" id="{id}_label">{label}{star}</label>
<div class="notes">{notes}</div>
<div class="control">{widget}{refresh}</div>"""
FIELDSET = """\
<fieldset{described}>
<legend>{label}{star}</legend>
<div class="notes">{notes}</div>
{widget}
{refresh}</fieldset>"""
CHECKBOX = """\
<div class="notes">{notes}</div>
<div class="choice">{widget} <label for="{label_for}">{label}{star}</label></div>"""

DESCRIBED = ' aria-describedby="{}"'
HINT = '<p class="hint" id="{}_helptext">{}</p>'
ERRORS = '<p class="error-message" id="{}_error"><span class="visually-hidden">{}</span>\n{}</p>'
# “* Required fields” under the form explains it.
STAR = SafeString('&nbsp;<span class="star" aria-hidden="true">*</span>')
# Without JavaScript: the button that brings the fields that follow from this choice.
REFRESH = (
    '<button class="button button-refresh" name="go" value="refresh" formnovalidate>{}'
    '<span class="visually-hidden"> – {}</span></button>'
)
# A narrow screen cuts a longer label of a list, and with it the code at its end: there it stands below it once more.
LONGEST_LABEL = 32
CHOSEN = '<p class="chosen" aria-hidden="true">{}</p>\n'


class FramedField(BoundField):
    """A field of a form as it stands on the page."""

    def as_field_group(self) -> SafeString:
        """The whole field."""
        parts = {
            "label_for": self.id_for_label,
            "id": self.auto_id,
            "label": self.label,
            "star": STAR if getattr(self.field, "is_starred", False) else "",
            "notes": self.notes,
            "widget": self.as_widget(),
            "refresh": self._refresh(),
            "described": format_html(DESCRIBED, self.aria_describedby) if self.aria_describedby else "",
        }
        kind, error = self.widget_type, " field-error" if self.form.has_error(self.name) else ""
        inner = FIELDSET if self.use_fieldset else CHECKBOX if kind == "checkbox" else LABELLED
        around = {"chosen": self._chosen(), "glossary": self._glossary()}
        return format_html(FIELD, error=error, kind=kind, name=self.name, inner=format_html(inner, **parts), **around)

    @property
    def notes(self) -> SafeString:
        """What stands between the label and the widget: hint and errors."""
        hint = format_html(HINT, self.auto_id, self.help_text) if self.help_text else SafeString("")
        if not self.form.has_error(self.name):
            return hint
        errors = format_html_join("", "<span>{}</span>", ((error,) for error in self.errors))
        return hint + format_html(ERRORS, self.auto_id, _("Error:"), errors)

    def _refresh(self) -> SafeString | str:
        if not getattr(self.field, "brings_fields", False):
            return ""
        return format_html(REFRESH, self.form.refresh_label, self.label)  # type: ignore[attr-defined]

    def _chosen(self) -> SafeString | str:
        """The label that is chosen, if it is long; only where each choice is drawn by the server."""
        if self.widget_type != "select" or not getattr(self.field, "brings_fields", False):
            return ""
        label = str(dict(self.field.widget.choices).get(self.value(), ""))
        return format_html(CHOSEN, label) if len(label) > LONGEST_LABEL else ""

    def _glossary(self) -> SafeString | str:
        glossary = getattr(self.field, "glossary", None)
        return glossary() if glossary else ""


class Renderer(TemplatesSetting):
    """Draws every form's fields so; widgets that draw themselves by a template do so by the site's."""

    bound_field_class = FramedField
