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
# As much of SQLite's journal stays as a Confirm fills.
JOURNAL_BYTES = 262_144


def limit_waiting(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let no statement of a page wait longer, on each new connection; commands, which may, make none here.

    Behind a pooler connections are shared, and so are their limits: see docs/operations.md.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for name, value in POSTGRESQL_LIMITS.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def keep_the_journal(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Let each transaction of a page write SQLite's journal over, where it would be cut off at each commit.

    A file that changes its length waits for the file system's own journal, and so for whatever else is written to that
    disk. What a page removes stays in it until the next ones write over it; a command cuts it off.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            if cursor.execute("PRAGMA journal_mode").fetchone() == ("truncate",):
                cursor.execute(f"PRAGMA journal_size_limit={JOURNAL_BYTES}")
                cursor.execute("PRAGMA journal_mode=PERSIST")


application = get_wsgi_application()
connection_created.connect(limit_waiting)
connection_created.connect(keep_the_journal)

# What was imported stays as long as the process: left out of every later collection, it makes none of them long.
gc.collect()
gc.freeze()
