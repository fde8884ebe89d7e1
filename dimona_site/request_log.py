"""An identifier, a log line and metrics for each request. None of them contains the address."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from . import metrics
from .logs import REQUEST_ID_KEY, request_id

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
logger = logging.getLogger(__name__)


class RequestLog:
    """The outermost middleware.

    The log has the route's name, never the path: the path of a receipt gives access to it, that of a draft leads to
    it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Respond with the identifier in the header, then log and measure."""
        request.META[REQUEST_ID_KEY] = identifier(request)
        before = request_id.set(request.META[REQUEST_ID_KEY])
        started_at = time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - started_at
            response["X-Request-ID"] = request_id.get()
            _log_and_measure(request, response.status_code, seconds)
        finally:
            request_id.reset(before)
        return response


def identifier(request: HttpRequest) -> str:
    """The identifier set by our proxy (nginx's $request_id, 32 hexadecimal digits), else a new one."""
    given = request.META.get("HTTP_X_REQUEST_ID", "") if settings.BEHIND_PROXY else ""
    return given if re.fullmatch("[0-9a-f]{32}", given) else uuid4().hex


def _log_and_measure(request: HttpRequest, status: int, seconds: float) -> None:
    route = request.resolver_match.view_name if request.resolver_match else ""
    method = str(request.method) if request.method in METHODS else "other"
    fields = {"method": method, "route": route, "status": status, "milliseconds": round(seconds * 1000, 1)}
    logger.info("Answered", extra={"fields": fields})
    metrics.observe(route, method, status, seconds)
