"""The app as Django loads it, and the signals that tell when a table changed."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class ReferentialsConfig(AppConfig):
    """The name under which the administration pages list the tables."""

    name = "referentials"
    verbose_name = _("Tables of the administration")

    def ready(self) -> None:
        """Every saved or deleted row of a dated table draws a new version of the tables."""
        from .bases import Dated, tables_changed

        for model in self.get_models():
            if issubclass(model, Dated):
                post_save.connect(tables_changed, sender=model)
                post_delete.connect(tables_changed, sender=model)
