"""What the templates write in one go instead of piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.filter
def attributes(attrs: Mapping[str, Any]) -> SafeString:
    """The attributes of an HTML element, escaped, each after a blank; those that are False or None are left out."""
    stated = ((name, value) for name, value in attrs.items() if value is not None and value is not False)
    return SafeString("".join(_attribute(name, value) for name, value in stated))


def _attribute(name: str, value: Any) -> str:
    return f" {name}" if value is True else f' {name}="{conditional_escape(value)}"'


@register.simple_tag
def cached_include(name: str) -> SafeString:
    """A part of every page that says the same on each of them in one language, drawn once.

    It knows `language`, `languages` (code, name) and `release`, and nothing of the page. Developers see it anew.
    """
    draw = _render_cached.__wrapped__ if settings.DEBUG else _render_cached
    return draw(name, get_language() or "")


@lru_cache(maxsize=64)
def _render_cached(name: str, language: str) -> SafeString:
    known = {"language": language, "languages": settings.LANGUAGES, "release": settings.RELEASE}
    return render_to_string(name, known)
