"""Configuration of the app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeclarationsConfig(AppConfig):
    """Django's configuration of the app."""

    name = "declarations"
    verbose_name = _("Declarations")

    def ready(self) -> None:
        """Register the pages of the office once all models are loaded."""
        import_module("declarations.admin.registration")
