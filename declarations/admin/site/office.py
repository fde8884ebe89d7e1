"""The admin site of the office: for staff with a second factor, under a policy of its own for inline styles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib.admin.forms import AdminAuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite

# Django's admin writes style attributes; style sheets and scripts stay ours alone.
INLINE_STYLES = {"style-src-attr": [UNSAFE_INLINE]}


class OfficeSite(OTPAdminSite):
    """Whoever signed in without a second factor is nobody here."""

    site_title = _("Dimona, the office")
    site_header = _("Dimona, the office")
    site_url = "/"
    login_template = "admin/login.html"

    def __init__(self) -> None:
        super().__init__(name="admin")

    @property
    def login_form(self) -> type[AdminAuthenticationForm]:
        """Asks for the second factor. Imported late: the site is made before the models are."""
        from .sign_in import SignInForm

        return SignInForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in; closed to a client that failed too often, whatever the accounts it tried."""
        from ...client_address import client_of
        from ...filing import throttling
        from . import sign_in

        client, now, is_try = client_of(request), timezone.now(), request.method == "POST"
        if is_try and (until := throttling.sign_in_blocked_until(client, now)):
            return sign_in.blocked_page(request, until, is_of_account=False)
        answer = super().login(request, extra_context)
        if is_try and answer.status_code == 200:
            # The form again: whoever is signed in is led on.
            throttling.count_failed_sign_in(client, now)
        return answer

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """A page for staff alone, whose style attributes count."""
        return super().admin_view(csp_replace(INLINE_STYLES)(view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Also the page that shows one SSIN in full, and the files that lists are exported as."""
        from .. import exports, ssin_access

        return [
            path("ssin/", self.admin_view(ssin_access.ssin_page), name="ssin"),
            path("export/<str:app>/<str:model>/<str:file_format>/", self.admin_view(exports.export), name="export"),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Also what the page of a list says of its export."""
        from .. import exports

        return {**super().each_context(request), "max_export_rows": exports.max_rows_text()}
