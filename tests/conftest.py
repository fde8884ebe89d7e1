"""Fixtures for all tests: reference tables, demo employers, a clock, compiled messages, log checks."""

import gc
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import hypothesis
import pytest
import time_machine
from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models.signals import post_migrate
from django.test import Client
from django.utils import translation

from referentials import tables

from .support.shorthand import BRUSSELS
from .support.staff import signed_in_client
from .support.watched_logs import LogWatcher

# Models whose rows `flush` recreates.
MADE_BY_DJANGO = (ContentType, Permission)
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "admin_client", "admin_user"}


def pytest_configure(config: pytest.Config) -> None:
    """Compile the messages once, in the controlling process; use a fast password hasher; disable timings."""
    hypothesis.settings.register_profile("project", deadline=None, derandomize="CI" in os.environ)
    hypothesis.settings.load_profile("project")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if not hasattr(config, "workerinput"):
        call_command("compile_translations", verbosity=0)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests with `data` and `slow`, put long tests first, and deselect `postgresql` on SQLite.

    `-m data` also runs on PostgreSQL. Tests marked `postgresql` are about row locks. SQLite has no row locks, since it
    has a single writer.
    """
    if connection.vendor != "postgresql":
        left_out = [item for item in items if item.get_closest_marker("postgresql")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("data")
    # A long test that starts last keeps one worker busy while the others have nothing left.
    items.sort(key=lambda item: not is_long(item))
    mark_slow(items)


def is_long(item: pytest.Item) -> bool:
    """Whether a test is marked `slow` by hand, or flushes the database when it ends."""
    database = item.get_closest_marker("django_db")
    return bool(item.get_closest_marker("slow") or (database and database.kwargs.get("transaction")))


def mark_slow(items: list[pytest.Item]) -> None:
    """Mark long tests with `slow`, and every case but the first of a parametrised test that uses the database."""
    seen: set[str] = set()
    for item in items:
        function, _, case = item.nodeid.partition("[")
        if is_long(item) or (case and function in seen and item.get_closest_marker("data")):
            item.add_marker("slow")
        seen.add(function)


def pytest_collection_finish() -> None:
    """Exclude everything imported so far from garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Put SQLite in a file, as in production, so that threads and the live server lock each other out.

    Only syncing to disk is disabled.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        connection.settings_dict["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Fill the test database with the tables and the demo data, at first and after each test that flushes it."""
    last = [config for config in apps.get_app_configs() if config.models_module][-1]
    with django_db_blocker.unblock():
        call_command("load_referentials", verbosity=0)
        call_command("load_demo_data", verbosity=0)
        tables.current()
        rows = {model: list(model._base_manager.all()) for model in apps.get_models() if model not in MADE_BY_DJANGO}
        roles = {
            group: [permission.natural_key() for permission in group.permissions.select_related("content_type")]
            for group in rows[Group]
        }

    def refill(sender: AppConfig, **kwargs: object) -> None:
        permissions = {each.natural_key(): each for each in Permission.objects.select_related("content_type")}
        with transaction.atomic():
            for model, each in rows.items():
                model._base_manager.bulk_create(each)
            for group, keys in roles.items():
                group.permissions.set(permissions[key] for key in keys)

    # A transactional test ends with `flush`, which sends this signal for each application once the tables are empty.
    post_migrate.connect(refill, sender=last)
    yield
    post_migrate.disconnect(refill, sender=last)


@pytest.fixture(scope="session")
def watch() -> Iterator[LogWatcher]:
    """Check every log line of the whole test session."""
    found = LogWatcher()
    logging.getLogger().addHandler(found)
    yield found
    logging.getLogger().removeHandler(found)


@pytest.fixture(autouse=True)
def nobody_in_the_logs(watch: LogWatcher) -> Iterator[None]:
    """Fail a test that logs an SSIN, a name, or the address of a receipt or a draft."""
    yield
    found, watch.found = watch.found, []
    assert found == []


@pytest.fixture(autouse=True)
def in_the_language_of_the_source() -> None:
    """Reset the language, which a request leaves active in the thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def tables_as_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drop the in-memory copy of the tables after a test that edits them."""
    monkeypatch.setattr(tables, "_current", tables._current)


@pytest.fixture
def admin_client(admin_user: User) -> Client:
    """A client of an administrator, signed in with a second factor."""
    return signed_in_client(admin_user)


@pytest.fixture
def at() -> Iterator[Callable[[str], datetime]]:
    """`at("2026-03-02 09:00")` stops the clock at that Brussels time and returns it; may be called repeatedly."""
    with ExitStack() as stack:

        def stop(moment: str) -> datetime:
            stack.close()
            instant = datetime.fromisoformat(moment).replace(tzinfo=BRUSSELS)
            stack.enter_context(time_machine.travel(instant, tick=False))
            return instant

        yield stop


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder of `manage.py`."""
    return Path(__file__).resolve().parent.parent
