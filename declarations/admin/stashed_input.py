"""What a reviewer had typed when the office signed out: it waits in the encrypted session for the same account.

In no address and on no page but the one where it was typed; it goes when it is shown, when somebody else signs in, or
with the session.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from .forms import MAX_NOTE_LENGTH

# Under these keys: who was signed out, and what came too late.
ACCOUNT_KEY, INPUT_KEY = "office_signed_out", "office_typed"
# The pages whose text is worth keeping, and their fields; never a password.
PAGES = {"declarations_pendingdeclaration_change", "declarations_period_lock"}
FIELDS = ("verdict", "ssin", "note", "is_locked")


def stash(request: HttpRequest, account: Any) -> None:
    """Remember in a session without an account whose it was, and what of a decision was sent too late."""
    request.session[ACCOUNT_KEY] = account
    page = request.resolver_match
    if request.method == "POST" and page and page.url_name in PAGES:
        # One character more than a form takes: it refuses what was cut.
        fields = {name: request.POST[name][: MAX_NOTE_LENGTH + 1] for name in FIELDS if name in request.POST}
        request.session[INPUT_KEY] = {"path": request.path, "fields": fields}


def stash_again(request: HttpRequest) -> None:
    """The same of a form from another window of who was signed out."""
    if ACCOUNT_KEY in request.session:
        stash(request, request.session[ACCOUNT_KEY])


def drop_of_other_account(request: HttpRequest) -> None:
    """What another account left behind is gone once somebody else is signed in."""
    if request.session.get(ACCOUNT_KEY, request.user.pk) != request.user.pk:
        request.session.pop(INPUT_KEY, None)
        del request.session[ACCOUNT_KEY]


def pop_stashed(request: HttpRequest, **offered: str) -> dict[str, str]:
    """What this account had typed on this page, once, with a word that nothing was done; mostly nothing.

    `offered` is what the page's hidden fields hold now: if they held something else, somebody else did it first.
    """
    stashed = request.session.get(INPUT_KEY)
    if request.method != "GET" or not stashed or stashed["path"] != request.path:
        return {}
    del request.session[INPUT_KEY]
    fields: dict[str, str] = stashed["fields"]
    if any(fields.get(name) != value for name, value in offered.items()):
        messages.warning(request, _("Somebody else did this first: nothing was changed."))
        return {}
    messages.warning(request, _("Nothing was done yet: what you had filled in is here again."))
    return fields
