"""What the templates write in one go instead of piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """The attributes of an HTML element, escaped, each after a blank; those that are False or None are left out."""
    return SafeString("".join(_attribute(name, value) for name, value in attrs.items() if value not in (None, False)))


def _attribute(name: str, value: Any) -> str:
    return f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'
