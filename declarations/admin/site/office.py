"""The admin site of the office: for staff with a second factor, with its own policy for inline styles."""

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

# Django's admin writes style attributes. Style sheets and scripts are still restricted to our own.
INLINE_STYLES = {"style-src-attr": [UNSAFE_INLINE]}


class OfficeSite(OTPAdminSite):
    """Admin site that treats an account without a verified second factor as signed out."""

    site_title = _("Dimona – NSSO")
    site_header = _("Dimona – NSSO")
    site_url = "/"
    login_template = "admin/login.html"

    def __init__(self) -> None:
        super().__init__(name="admin")

    @property
    def login_form(self) -> type[AdminAuthenticationForm]:
        """The form with the second factor, imported late because the site is created before the models."""
        from .sign_in import SignInForm

        return SignInForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The sign-in page; blocked for a client with too many failures, on whatever accounts."""
        from ...client_address import client_of
        from ...filing import throttling
        from . import sign_in

        client, now, is_try = client_of(request), timezone.now(), request.method == "POST"
        if is_try and (until := throttling.sign_in_blocked_until(client, now)):
            return sign_in.blocked_page(request, until, is_of_account=False)
        response = super().login(request, extra_context)
        if is_try and response.status_code == 200:
            # The form again: a successful sign-in redirects.
            throttling.count_failed_sign_in(client, now)
        return response

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """A page for staff, with inline style attributes allowed."""
        return super().admin_view(csp_replace(INLINE_STYLES)(view), cacheable)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Add the page that shows a full SSIN, and the exports."""
        from .. import exports, ssin_access

        return [
            path("ssin/", self.admin_view(ssin_access.ssin_page), name="ssin"),
            path("export/<str:app>/<str:model>/<str:file_format>/", self.admin_view(exports.export), name="export"),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the maximum number of rows of an export."""
        from .. import exports

        return {**super().each_context(request), "max_export_rows": exports.max_rows_text()}
