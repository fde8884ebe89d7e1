"""Strict parsing of environment variables. An invalid value stops the start with a sentence that names it."""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# Prefixes that the administration's path must not have, because other pages use them.
RESERVED = ("static", "healthz", "readyz", "metrics", "nl", "fr", "de", "en")


def text(name: str) -> str:
    """The variable's value, stripped; empty if unset. A leading `$` has no special meaning."""
    return os.environ.get(name, "").strip()


def boolean(name: str, default: bool = False) -> bool:
    """A boolean variable: true or false and nothing else."""
    value = text(name).lower() or str(default).lower()
    if value not in ("true", "false"):
        raise ImproperlyConfigured(f"{name} is “{value}”: write true or false.")
    return value == "true"


def whole_number(name: str, default: int) -> int:
    """A whole number, zero included: digits and nothing else."""
    value = text(name) or str(default)
    if not re.fullmatch("[0-9]{1,9}", value):
        raise ImproperlyConfigured(f"{name} is “{value}”: write a whole number from 0 to 999999999.")
    return int(value)


RATE_SPANS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


def rate_limit(name: str, default: str) -> tuple[int, timedelta]:
    """A number per time span, written as `20/hour`. To relax a limit, write a large number."""
    value = text(name) or default
    count, _, span = value.partition("/")
    if not re.fullmatch("[1-9][0-9]{0,8}", count) or span not in RATE_SPANS:
        raise ImproperlyConfigured(
            f"{name} is “{value}”: write a whole number from 1 to 999999999, a slash, and minute, hour or day, "
            f"for example {default}."
        )
    return int(count), RATE_SPANS[span]


def folder(name: str) -> str:
    """The absolute path of a folder, or empty. Its user checks whether it exists."""
    value = text(name)
    if value and not Path(value).is_absolute():
        raise ImproperlyConfigured(f"{name} is “{value}”: write an absolute path.")
    return value


def email_address(name: str, is_needed: bool) -> str:
    """An e-mail address, with or without a name before it; may be empty unless `is_needed`."""
    value = text(name)
    if (value or is_needed) and not re.fullmatch(r"[^\s<>@]+@[^\s<>@]+|[^<>@\r\n]+ <[^\s<>@]+@[^\s<>@]+>", value):
        raise ImproperlyConfigured(f"{name} is “{value}”: write an address, as in Dimona <dimona@example.org>.")
    return value


def comma_separated(value: str) -> list[str]:
    """The comma-separated parts, stripped."""
    return [part.strip() for part in value.split(",") if part.strip()]


def required(name: str, purpose: str, in_debug: str) -> str:
    """The variable's value. If it is missing, DEBUG gives `in_debug`; without DEBUG the start stops."""
    value = text(name)
    if comma_separated(value):
        return value
    if boolean("DEBUG"):
        return in_debug
    raise ImproperlyConfigured(f"Set {name} ({purpose}), or DEBUG=true on a developer's machine.")


def secret(name: str) -> str:
    """A required variable that is too long to guess."""
    value = required(name, "fifty random characters", f"only-for-developers-{name}-{'x' * 50}")
    if len(value) < 32:
        raise ImproperlyConfigured(f"{name} is too short: write fifty random characters.")
    return value


def former_secrets(name: str) -> list[str]:
    """Comma-separated secrets that were used earlier, each too long to guess; may be empty."""
    values = comma_separated(text(name))
    if any(len(value) < 32 for value in values):
        raise ImproperlyConfigured(f"{name} holds one that is too short: write whole secrets, comma-separated.")
    return values


def fernet_keys(name: str) -> list[str]:
    """A required list of keys, newest first, each 32 bytes in URL-safe base 64."""
    in_debug = "ZGV2ZWxvcGVycy1vbmx5LWtleS1uZXZlci1kZXBsb3k="
    keys = comma_separated(required(name, "Fernet keys, the newest first, comma-separated", in_debug))
    for position, key in enumerate(keys, start=1):
        try:
            length = len(urlsafe_b64decode(key))
        except ValueError:
            length = 0
        if length != 32:
            raise ImproperlyConfigured(f"Key {position} of {name} is not a Fernet key: 32 bytes in URL-safe base 64.")
    return keys


def networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    """Comma-separated networks, each an address with or without prefix length; empty means none."""
    try:
        return [ip_network(each) for each in comma_separated(text(name) or default)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}; write networks, as in 192.0.2.0/24, 2001:db8::/32.") from error


def url_prefix(name: str, default: str) -> str:
    """The first part of a path: lower-case letters, digits and dashes, and not the prefix of another page."""
    value = text(name) or default
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,49}", value) or value in RESERVED:
        raise ImproperlyConfigured(
            f"{name} is “{value}”: write up to fifty small letters, digits and dashes, none of {', '.join(RESERVED)}."
        )
    return value
