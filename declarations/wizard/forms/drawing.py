"""The forms whose fields are drawn by `templates/django/forms/field.html`.

The template costs 1 to 4 % of a Dimona IN more than the same markup built in Python (54 journeys of each, in turns).
"""

from __future__ import annotations

from django import forms
from django.forms import BoundField
from django.forms.renderers import TemplatesSetting

# A narrow screen cuts off a longer label of a list, and with it the code at its end. The label is repeated below it.
LONGEST_LABEL = 32


class FramedField(BoundField):
    """A field of a form, with what its template shows beyond Django's attributes."""

    @property
    def long_label(self) -> str:
        """The label of the chosen option if it is long, in a list whose page is drawn again at each choice."""
        if self.widget_type != "select" or not getattr(self.field, "brings_fields", False):
            return ""
        label = str(dict(self.field.widget.choices).get(self.value(), ""))
        return label if len(label) > LONGEST_LABEL else ""


class FramedForm(forms.Form):
    """A form that the templates of this site draw. Django's own forms keep Django's templates."""

    default_renderer = TemplatesSetting
    bound_field_class = FramedField
