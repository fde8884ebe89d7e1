"""App configurations of libraries: Django's admin with the office's site, django-axes with another name."""

from axes.apps import AppConfig as AxesConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AdminConfig):
    """Django's admin with `OfficeSite` as `admin.site`."""

    default_site = "declarations.admin.site.office.OfficeSite"


class SignInsConfig(AxesConfig):
    """django-axes under the name that the admin shows."""

    verbose_name = _("Sign-ins")
