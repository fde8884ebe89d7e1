"""Formatter of the log: JSON lines with the request's identifier and no data about the sender.

A library's formatter would write everything that a record carries. Django's own records carry what must stay out of
the log: the request, paths with a draft or a receipt token, error messages that quote a value.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from smtplib import SMTPException
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

# The identifier of the current request; empty outside of one. The request carries it too, because Django writes some
# lines about a request after the response.
request_id: ContextVar[str] = ContextVar("request_id", default="")
REQUEST_ID_KEY = "dimona.request_id"
# Errors whose messages are about machines and configuration. Other messages may quote a typed value, and those of SMTP
# an e-mail address.
SAFE = (OperationalError, InterfaceError, OSError, ImproperlyConfigured)
WITHHELD = "…"
# Arguments that a line of Django about a request may show: words and methods, but no address and no digit.
WORDS = re.compile(r"[A-Za-z .()'-]+")


class JsonLines(logging.Formatter):
    """One JSON object per line, in ASCII, so that no line break or control character gets through."""

    def format(self, record: logging.LogRecord) -> str:
        """Moment, level, logger, message, request; the extra `fields`; for an error, its type and place."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message_of(record),
            "request": _request_of(record),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["errors"] = errors_of(record.exc_info[1])
        return json.dumps(line)


def _request_of(record: logging.LogRecord) -> str:
    request = getattr(record, "request", None)
    return (isinstance(request, HttpRequest) and request.META.get(REQUEST_ID_KEY)) or request_id.get()


def message_of(record: logging.LogRecord) -> str:
    """The message. In Django's messages about a request, the client's input (address, host, referrer) is withheld."""
    if not isinstance(getattr(record, "request", None), HttpRequest):
        return record.getMessage()
    if isinstance(record.args, tuple) and record.args:
        return str(record.msg) % tuple(_in_words(each) for each in record.args)
    return _in_words(record.msg)


def _in_words(each: object) -> str:
    return str(each) if WORDS.fullmatch(str(each)) else WITHHELD


def errors_of(error: BaseException) -> list[dict[str, Any]]:
    """The error and its causes: type, place, and the message if it is safe; no values of variables."""
    errors: list[dict[str, Any]] = []
    each: BaseException | None = error
    while each is not None and len(errors) < 5:
        frames = traceback.extract_tb(each.__traceback__)
        errors.append(
            {
                "type": f"{type(each).__module__}.{type(each).__qualname__}",
                "message": str(each) if isinstance(each, SAFE) and not isinstance(each, SMTPException) else WITHHELD,
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return errors
