"""Input that a reviewer posted after the idle sign-out, stored in the encrypted session for the same account.

It appears in no address, and only on the page where it was typed. It is deleted when it is shown, when another account
signs in, or with the session.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from .forms import MAX_NOTE_LENGTH

# Session keys of the signed-out account and of its input.
ACCOUNT_KEY, INPUT_KEY = "office_signed_out", "office_typed"
# The pages whose input is stashed, and their fields; never a password.
PAGES = {"declarations_pendingdeclaration_change", "declarations_period_lock"}
FIELDS = ("verdict", "ssin", "note", "is_locked")


def stash(request: HttpRequest, account: Any) -> None:
    """Store the signed-out account, and the input of a decision or a lock that was posted too late."""
    request.session[ACCOUNT_KEY] = account
    page = request.resolver_match
    if request.method == "POST" and page and page.url_name in PAGES:
        # One character more than the form allows, so that it refuses a text that was cut here.
        fields = {name: request.POST[name][: MAX_NOTE_LENGTH + 1] for name in FIELDS if name in request.POST}
        request.session[INPUT_KEY] = {"path": request.path, "fields": fields}


def stash_again(request: HttpRequest) -> None:
    """Stash a form posted from another window of the account that was signed out."""
    if ACCOUNT_KEY in request.session:
        stash(request, request.session[ACCOUNT_KEY])


def drop_of_other_account(request: HttpRequest) -> None:
    """Delete the input of another account once somebody else is signed in."""
    if request.session.get(ACCOUNT_KEY, request.user.pk) != request.user.pk:
        request.session.pop(INPUT_KEY, None)
        del request.session[ACCOUNT_KEY]


def pop_stashed(request: HttpRequest, **offered: str) -> dict[str, str]:
    """The stashed input of this account on this page, deleted and announced in a message; {} if there is none.

    `offered` holds the current values of the page's hidden fields. If the input has other values there, somebody else
    acted first, and it is discarded.
    """
    stashed = request.session.get(INPUT_KEY)
    if request.method != "GET" or not stashed or stashed["path"] != request.path:
        return {}
    del request.session[INPUT_KEY]
    fields: dict[str, str] = stashed["fields"]
    if any(fields.get(name) != value for name, value in offered.items()):
        messages.warning(request, _("Somebody else has already done this. Nothing was changed."))
        return {}
    messages.warning(request, _("Nothing has been done yet. The form shows again what you had filled in."))
    return fields
