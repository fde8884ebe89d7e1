"""Staff who do nothing in the admin for a while are signed out there."""

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
    """Ends a session of the admin STAFF_IDLE_SECONDS after its last page there; other pages neither end nor extend it.

    Stands after the middleware of sessions, accounts and messages.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and note the moment in the session of staff."""
        response = self.get_response(request)
        if _is_staff_at_work(request):
            request.session[LAST_SEEN] = int(time.time())
        return response

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponseBase | None:
        """Sign out who comes back too late, and lead to the sign-in; the page asked for comes after it.

        Nothing that was sent is done; what was typed of a decision waits for the same account.
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
        messages.warning(request, _("You did nothing here for a while and were signed out."))
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))


def _is_staff_at_work(request: HttpRequest) -> bool:
    """Whether the page is one of the admin, and somebody is signed in."""
    page = request.resolver_match
    return page is not None and page.app_name == "admin" and request.user.is_authenticated


def _is_form_without_account(request: HttpRequest) -> bool:
    """Whether a form of the admin comes from nobody, mostly because the session ended while its page stood open."""
    page = request.resolver_match
    if page is None or page.app_name != "admin" or page.url_name in ("login", "logout"):
        return False
    return request.method == "POST" and not request.user.is_authenticated
