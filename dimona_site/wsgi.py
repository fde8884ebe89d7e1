"""The entry of a WSGI server."""

import gc
import os
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dimona_site.settings")

# A page that waits is answered while its clerk is there: before gunicorn, nginx or the browser gives up.
POSTGRESQL_LIMITS = {"lock_timeout": "10s", "statement_timeout": "20s"}


def limit_waiting(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let no statement of a page wait longer, on each new connection; commands, which may, make none here.

    Behind a pooler connections are shared, and so are their limits: see docs/operations.md.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name, value in POSTGRESQL_LIMITS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


application = get_wsgi_application()
connection_created.connect(limit_waiting)

# What was imported stays as long as the process: left out of every later collection, it makes none of them long.
gc.collect()
gc.freeze()
