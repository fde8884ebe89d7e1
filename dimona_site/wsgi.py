"""The entry of a WSGI server."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dimona_site.settings")

application = get_wsgi_application()

# What was imported stays as long as the process: left out of every later collection, it makes none of them long.
gc.collect()
gc.freeze()
