"""The settings of a deployment, but for the static files: served as they lie in the project, uncollected."""

from dimona_site.settings import *
from dimona_site.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
