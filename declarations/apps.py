"""The app as Django loads it."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeclarationsConfig(AppConfig):
    """The name under which the administration pages list declarations and periods."""

    name = "declarations"
    verbose_name = _("Declarations")

    def ready(self) -> None:
        """Register the pages of the office, once every model is loaded."""
        import_module("declarations.admin.registration")
