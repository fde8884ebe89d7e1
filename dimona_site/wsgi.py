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
# The part of SQLite's journal that persists: as much as a Confirm writes.
JOURNAL_BYTES = 262_144


def limit_waiting(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Limit how long a statement of a page may wait, on each new connection. Commands do not use this module.

    A connection pooler shares connections, and with them these limits: see docs/operations.md.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name, value in POSTGRESQL_LIMITS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def keep_the_journal(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let transactions of pages overwrite SQLite's journal instead of truncating it at each commit.

    A file that changes its length waits for the file system's own journal, and so for anything else written to that
    disk. Data that a page removes stays in the journal until later pages overwrite it; a command truncates it.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            if cursor.execute("PRAGMA journal_mode").fetchone() == ("truncate",):
                cursor.execute(f"PRAGMA journal_size_limit={JOURNAL_BYTES}")
                cursor.execute("PRAGMA journal_mode=PERSIST")


application = get_wsgi_application()
connection_created.connect(limit_waiting)
connection_created.connect(keep_the_journal)

# Imported objects live as long as the process. Freezing them keeps every later collection short.
gc.collect()
gc.freeze()
