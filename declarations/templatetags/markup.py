"""What the templates write in one go instead of piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """The attributes of an HTML element, escaped, each after a blank; those that are False or None are left out."""
    return flatatt(dict(attrs))
