"""Configuration of the app, and the signals that record a change of a table."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class ReferentialsConfig(AppConfig):
    """Django's configuration of the app."""

    name = "referentials"
    verbose_name = _("Reference tables")

    def ready(self) -> None:
        """Renew the version of the tables whenever a row of a dated table is saved or deleted."""
        from .bases import Dated, tables_changed

        for model in self.get_models():
            if issubclass(model, Dated):
                post_save.connect(tables_changed, sender=model)
                post_delete.connect(tables_changed, sender=model)
