"""The pages around the wizard: home, receipt, discard, rules and static pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, translate_url
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from referentials import tables
from referentials.bases import LANGUAGES

from .. import rules
from ..client_address import client_of
from ..enums import DeclarationKind, Severity, Status
from ..models import Declaration
from . import follow_ups, receipt_page
from .draft import Draft, begin, has_submitted
from .forms import lists
from .forms.base import StepContext
from .forms.start import StartForm, apply_modify_button
from .lookups import Searcher, look_up
from .responses import gone, no_store, posted_fields, too_many_requests
from .steps import START
from .unfinished import unfinished_drafts

# Where an employer gets a number (manual 'petits statuts'); the portal has no English pages.
WIDE = "https://www.socialsecurity.be/site_{language}/employer/applics/wide/index.htm"
PORTAL_LANGUAGES = ("nl", "fr", "de")
# How many seconds a browser may cache the suggested places.
PLACES_MAX_AGE = 24 * 60 * 60
# Django's reasons for a refusal that concern the cookie and the token, not the origin of the request.
CSRF_TOKEN_REASONS = ("CSRF cookie", "CSRF token")


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the links to the home page and to this page in the other languages."""
    language = get_language()
    # A path that begins with two slashes would be the address of another host.
    path = "/" + request.get_full_path().lstrip("/")
    return {
        "home_url": reverse("home"),
        "wide_url": WIDE.format(language=language if language in PORTAL_LANGUAGES else "fr"),
        # A function, because the steps show buttons instead and need no links.
        "language_links": lambda: [
            {"code": code, "name": name, "url": translate_url(path, code)} for code, name in settings.LANGUAGES
        ],
    }


# -- beginning and discarding ----------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponseBase:
    """The first page. A valid POST begins a draft; a language button stores what was typed in a draft."""
    language, now = request.POST.get("language"), timezone.localtime()
    form, blocked_until = _start_form(request, now), None
    if language in LANGUAGES:
        return no_store(redirect(_begin(request, form, now, step="start", language=str(language))))
    if request.method == "POST":
        blocked_until = look_up(form, searcher=Searcher(client_of(request), now, has_submitted(request.session)))
        if form.is_valid():
            return no_store(redirect(_begin(request, form, now)))
    page = render(
        request,
        "declarations/start.html",
        {"form": form, "unfinished_drafts": unfinished_drafts(request.session, now)},
    )
    return no_store(too_many_requests(page, blocked_until, now))


def _start_form(request: HttpRequest, now: datetime) -> StartForm:
    is_posted = request.method == "POST"
    context = StepContext(
        DeclarationKind.IN,
        tables.current(),
        now.date(),
        now.date(),
        is_posted=is_posted,
    )
    return StartForm(
        apply_modify_button(request.POST, "start") if is_posted else None, context=context, prefix="start"
    )


def _begin(request: HttpRequest, form: StartForm, now: datetime, *, step: str = "", language: str = "") -> str:
    """Begin a draft from the first page. Returns the address of that page, unvalidated, or of the next one."""
    unvalidated = ("start",) if step == "start" else ()
    steps = {"start": form.to_storage()}
    draft = begin(request.session, form.declared_kind, steps, unvalidated=unvalidated, now=now)
    if not unvalidated:
        draft.accept(START, form)
    with override(language or get_language()):
        return draft.url(step)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, kind: DeclarationKind, draft: UUID) -> HttpResponseBase:
    """Ask for confirmation, and drop the draft on POST: nothing was sent."""
    found = Draft(kind, draft, request.session, timezone.localtime())
    if filed := receipt_page.response_if_submitted(request, found):
        return filed
    if not found.is_open:
        return gone(request)
    if request.method == "POST":
        found.close()
        return redirect("discarded")
    return no_store(render(request, "declarations/discard.html", {"back_url": found.url("overview")}))


@require_safe
def discarded(request: HttpRequest) -> HttpResponse:
    """Say that the declaration was discarded and nothing was sent."""
    return render(request, "declarations/discarded.html")


# -- the receipt -----------------------------------------------------------------------------------------------


def _declaration_of(token: str) -> Declaration:
    """The declaration with that secret token, and the related rows that its receipt shows. Raises Http404."""
    related = ("employer", "worker", "period__employer", "period__worker_type", "decision__period", "decision__worker")
    return get_object_or_404(Declaration.objects.select_related(*related), receipt_token=token)


@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponseBase:
    """The receipt of a declaration, at its secret address, in the language of the page."""
    return no_store(
        render(request, "declarations/receipt.html", receipt_page.context(request, _declaration_of(token)))
    )


@require_POST
def correct(request: HttpRequest, token: str) -> HttpResponseBase:
    """Open a refused declaration as a new draft, with everything filled in."""
    declaration = _declaration_of(token)
    if declaration.current_status != Status.REFUSED:
        raise Http404
    url = receipt_page.begin_correction(request.session, declaration)
    messages.info(
        request,
        _("Everything is filled in as you sent it. Correct what was refused, then send the declaration again."),
    )
    return no_store(redirect(url))


@require_POST
def begin_on_period(request: HttpRequest, token: str, kind: DeclarationKind) -> HttpResponseBase:
    """Begin a declaration on the period of a receipt, with employer and period number filled in."""
    declaration = _declaration_of(token)
    period = None if declaration.current_status == Status.REFUSED else declaration.current_period
    if period is None or kind not in follow_ups.available_kinds(period):
        return no_store(redirect("receipt", token=token))
    start = follow_ups.period_start(kind, period)
    draft = begin(request.session, kind, {"start": start}, now=timezone.localtime())
    return no_store(redirect(draft.url()))


# -- the rest --------------------------------------------------------------------------------------------------


@require_safe
def places(request: HttpRequest, version: int) -> HttpResponseBase:
    """The suggested postal codes and towns, as JSON: [[code, town], …].

    They weigh more than their page, so a browser caches them for a day, under an address that contains the present
    `version` of the tables. A response for another version is not cached. A place that begins or ends at midnight may
    appear or disappear a day late.
    """
    current = tables.current()
    found = JsonResponse(lists.places(current, timezone.localdate()), safe=False)
    if version != current.version:
        return no_store(found)
    patch_cache_control(found, public=True, max_age=PLACES_MAX_AGE)
    return found


@require_safe
def rules_table(request: HttpRequest) -> HttpResponse:
    """Every rule of the office, in a table for lawyers."""
    current, today = tables.current(), timezone.localdate()
    rows = [
        {
            "rule": rule,
            "anomaly": current.anomaly(rule.code, today, rule.name),
            "is_blocking": rule.severity == Severity.BLOCKING,
            "kinds": [kind.label for kind in rule.kinds],
        }
        for rule in rules.RULES
    ]
    return render(request, "declarations/rules.html", {"rows": rows})


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """The accessibility statement."""
    return render(request, "declarations/accessibility.html")


@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Where to send a question."""
    return render(request, "declarations/contact.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """Explain a missing security cookie: nothing was sent. Values typed on a step can be returned to its page.

    This does not help another site. The offer is made only if the request came from this site as far as the browser
    tells; after a foreign Origin or Referer only the explanation is shown. The form offered sends the posted fields
    and the encrypted copy with the button that saves without checking, never the button that was pressed. The filer
    then sees the values on the step itself and decides whether to file them.
    """
    return no_store(render(request, "403.html", {"fields": _posted_step_fields(request, reason)}, status=403))


def _posted_step_fields(request: HttpRequest, reason: str) -> list[tuple[str, str]]:
    """The posted fields of a step, and the button that shows them again; empty for other pages and sites."""
    page = request.resolver_match
    if page is None or page.view_name not in ("home", *DeclarationKind) or not reason.startswith(CSRF_TOKEN_REASONS):
        return []
    step = page.kwargs.get("step", "start")
    typed = [
        (name, value)
        for name, value in posted_fields(request)
        if name == "draft_copy" or name.startswith(("shown_", f"{step}-"))
    ]
    return [*typed, ("language", get_language() or "")] if typed else []
