"""Apps of libraries, as the office wants them: Django's admin with our site, django-axes under a name of ours."""

from axes.apps import AppConfig as AxesConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class OfficeConfig(AdminConfig):
    """`admin.site` is the office's: every registration goes there."""

    default_site = "declarations.admin.site.office.OfficeSite"


class SignInsConfig(AxesConfig):
    """The name under which the administration pages list the sign-ins."""

    verbose_name = _("Sign-ins")
