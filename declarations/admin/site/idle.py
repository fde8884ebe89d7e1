"""Automatic sign-out of staff who are idle in the admin."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from .. import stashed_input

LAST_SEEN = "office_last_seen"


class IdleSignOut:
    """Middleware that ends a session STAFF_IDLE_SECONDS after its last admin page; other pages do not count.

    It must come after the middleware for sessions, accounts and messages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Respond, and record the time in the session of staff."""
        response = self.get_response(request)
        if _is_staff_at_work(request):
            request.session[LAST_SEEN] = int(time.time())
        return response

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponseBase | None:
        """Sign out an account that was idle too long, and redirect to the sign-in, which returns to this page.

        Nothing that was posted takes effect. Input of a decision is stashed for the same account.
        """
        if _is_form_without_account(request):
            stashed_input.stash_again(request)
            messages.warning(request, _("You are not signed in: nothing was done."))
        if not _is_staff_at_work(request):
            return None
        stashed_input.drop_of_other_account(request)
        idle = time.time() - request.session.get(LAST_SEEN, time.time())
        if idle < settings.STAFF_IDLE_SECONDS:
            return None
        account = request.user.pk
        logout(request)
        stashed_input.stash(request, account)
        messages.warning(request, _("You were signed out because you had been inactive for a while."))
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))


def _is_staff_at_work(request: HttpRequest) -> bool:
    """Whether this is an admin page of a signed-in account."""
    page = request.resolver_match
    return page is not None and page.app_name == "admin" and request.user.is_authenticated


def _is_form_without_account(request: HttpRequest) -> bool:
    """Whether an admin form is posted without an account, usually because the session ended meanwhile."""
    page = request.resolver_match
    if page is None or page.app_name != "admin" or page.url_name in ("login", "logout"):
        return False
    return request.method == "POST" and not request.user.is_authenticated
