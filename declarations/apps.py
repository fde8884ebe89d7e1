"""The app as Django loads it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeclarationsConfig(AppConfig):
    """The name under which the administration pages list declarations and periods."""

    name = "declarations"
    verbose_name = _("Declarations")
