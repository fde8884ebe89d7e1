"""Django's admin as an app, with our site in place of its own."""

from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    """`admin.site` is the office's: every registration goes there."""

    default_site = "dimona_site.office.Office"
