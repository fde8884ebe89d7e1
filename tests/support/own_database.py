"""A private database for a command, and the URL by which other processes reach the current one."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.core.management import call_command
from django.db import connection


def set_up() -> None:
    """Set Django up for a command of the tests, in development mode unless the environment says otherwise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dimona_site.settings")
    os.environ.setdefault("DEBUG", "true")
    django.setup()


@contextmanager
def own_database() -> Iterator[tuple[str, str]]:
    """A new database with the tables and the demo data. Yields its name and a description of the server."""
    before, name = connection.settings_dict["NAME"], f"dimona_tests_{secrets.token_hex(4)}"
    with tempfile.TemporaryDirectory() as folder:
        own = name if connection.vendor == "postgresql" else str(Path(folder, f"{name}.sqlite3"))
        connection.settings_dict["TEST"]["NAME"] = own
        connection.creation.create_test_db(verbosity=0, serialize=False)
        try:
            for command in ("load_referentials", "load_demo_data"):
                call_command(command, verbosity=0)
            yield own, connection.display_name
        finally:
            connection.creation.destroy_test_db(before, verbosity=0)


def url_of_this_database() -> str:
    """The DATABASE_URL by which another process reaches this process's database."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    usual = urlsplit(os.environ["DATABASE_URL"])
    return usual._replace(path=f"{usual.path.rpartition('/')[0]}/{name}").geturl()
