"""How a line of the log is written: JSON, with the request it belongs to, and nothing of whoever sent it.

A formatter of our own rather than a library's: those write whatever a record carries, and what must stay out (the
request, the path with a draft or a receipt in it, the message of an error that quotes a value) is carried by records
of Django's own.
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

# The identifier of the request that is served; empty outside of one. The request carries it too: some lines of Django
# about it are written when it was answered already.
request_id: ContextVar[str] = ContextVar("request_id", default="")
REQUEST_ID_KEY = "dimona.request_id"
# Their messages tell of machines and configurations; any other's may quote a value that was typed, and those of SMTP
# an e-mail address.
SAFE = (OperationalError, InterfaceError, OSError, ImproperlyConfigured)
WITHHELD = "…"
# What a line of Django about a request may repeat: reasons in words, and methods; no address, nothing with a digit.
WORDS = re.compile(r"[A-Za-z .()'-]+")


class JsonLines(logging.Formatter):
    """One JSON object a line, in ASCII: no line break and no control character comes through."""

    def format(self, record: logging.LogRecord) -> str:
        """Moment, level, logger, message, request; `fields` given as extra; for an error where it happened."""
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
    """The message; of Django's own about a request without what the client wrote: address, host, referring page."""
    if not isinstance(getattr(record, "request", None), HttpRequest):
        return record.getMessage()
    if isinstance(record.args, tuple) and record.args:
        return str(record.msg) % tuple(_in_words(each) for each in record.args)
    return _in_words(record.msg)


def _in_words(each: object) -> str:
    return str(each) if WORDS.fullmatch(str(each)) else WITHHELD


def errors_of(error: BaseException) -> list[dict[str, Any]]:
    """The error and those that it came of: type, message where it may be told, and where; no value of a variable."""
    found: list[dict[str, Any]] = []
    each: BaseException | None = error
    while each is not None and len(found) < 5:
        frames = traceback.extract_tb(each.__traceback__)
        found.append(
            {
                "type": f"{type(each).__module__}.{type(each).__qualname__}",
                "message": str(each) if isinstance(each, SAFE) and not isinstance(each, SMTPException) else WITHHELD,
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return found
