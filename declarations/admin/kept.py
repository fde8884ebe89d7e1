"""What a reviewer had typed when the office signed out: it waits in the encrypted session for the same account.

In no address and on no page but the one where it was typed; it goes when it is shown, or with the session.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

IN_THE_SESSION = "office_typed"
# The pages whose text is worth keeping, and their fields; never a password.
PAGES = {"declarations_pendingdeclaration_change", "declarations_period_lock"}
FIELDS = ("verdict", "ssin", "note")


def posted(request: HttpRequest) -> dict[str, Any] | None:
    """What to keep of a form that comes too late; None when it is no form of these pages."""
    page = request.resolver_match
    if request.method != "POST" or page is None or page.url_name not in PAGES:
        return None
    fields = {name: request.POST[name] for name in FIELDS if name in request.POST}
    return {"account": request.user.pk, "path": request.path, "fields": fields}


def keep(request: HttpRequest, typed: dict[str, Any]) -> None:
    """Keep it in the session that began with the sign-out."""
    request.session[IN_THE_SESSION] = typed


def typed(request: HttpRequest) -> dict[str, str]:
    """What this account had typed on this page, once, with a word that nothing was done; mostly nothing."""
    kept = request.session.get(IN_THE_SESSION)
    if request.method != "GET" or not kept or (kept["account"], kept["path"]) != (request.user.pk, request.path):
        return {}
    del request.session[IN_THE_SESSION]
    messages.warning(request, _("Nothing was done yet: what you had filled in is here again."))
    fields: dict[str, str] = kept["fields"]
    return fields
