"""The WSGI entry point."""

import gc
import os
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dimona_site.settings")

# Shorter than the timeouts of gunicorn, nginx and the browser, so that a waiting page still gets a response.
POSTGRESQL_LIMITS = {"lock_timeout": "10s", "statement_timeout": "20s"}


def limit_waiting(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Limit how long a statement of a page may wait, on each new connection. Commands do not use this module.

    A connection pooler shares connections, and with them these limits: see docs/operations.md.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name, value in POSTGRESQL_LIMITS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


application = get_wsgi_application()
connection_created.connect(limit_waiting)

# Imported objects live as long as the process. Freezing them keeps every later collection short.
gc.collect()
gc.freeze()
