"""A deployment's settings, except that static files are served from the project without collectstatic."""

from dimona_site.settings import *
from dimona_site.settings import STORAGES

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
