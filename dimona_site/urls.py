"""The URL configuration: monitoring, the administration, and the service under each language prefix."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path

from . import health, metrics

public = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("metrics", metrics.page, name="metrics"),
    *i18n_patterns(path("", include("declarations.urls"))),
]
handler500 = "declarations.wizard.database_unavailable.server_error"
urlpatterns = [path(f"{settings.ADMIN_PATH}/", admin.site.urls), *public]
