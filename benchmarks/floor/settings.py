"""The service's settings with another URL configuration."""

from dimona_site.settings import *
from dimona_site.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks.floor"]
ROOT_URLCONF = "benchmarks.floor.urls"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
