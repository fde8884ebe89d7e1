"""Health checks: whether the service is alive, and whether it can work."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dimona_site import health
from referentials import tables
from referentials.models import Quota, TablesVersion


def told(path: str) -> tuple[int, str]:
    """The status and the text of the response, which must not be cached."""
    answer = Client().get(path)
    assert "no-store" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer
    return answer.status_code, answer.text


def test_alive_asks_the_database_nothing():
    """Without the database fixture, a query would raise."""
    assert told("/healthz") == (200, "alive\n")


def test_ready_with_a_database_its_migrations_and_the_tables(db):
    assert told("/readyz") == (200, "ready\n")


def test_ready_is_cheap(db):
    told("/readyz")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        told("/readyz")
    assert len(asked) <= 3, [query["sql"] for query in asked]


def test_not_ready_before_a_migration_is_applied(db):
    MigrationRecorder.Migration.objects.filter(app="declarations", name="0002_groups").delete()
    assert told("/readyz") == (503, "not ready: migrations not applied: 1 (migrate)\n")


def test_ready_when_newer_code_has_migrated_already(db):
    MigrationRecorder(connection).record_applied("declarations", "9999_of_the_next_version")
    assert told("/readyz") == (200, "ready\n")


def test_not_ready_before_the_tables_are_loaded(db):
    Quota.objects.all().delete()
    TablesVersion.renew()
    tables._current = None
    assert told("/readyz") == (503, "not ready: nothing is valid today in quotas (load_referentials)\n")


def test_not_ready_without_a_database(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    def silent() -> str:
        raise OperationalError("connection to server at db.example failed for user dimona")

    monkeypatch.setattr(health, "_problem", silent)
    assert told("/readyz") == (503, "not ready: the database does not answer\n")
    assert "db.example" in caplog.text


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_is_posted_there(path: str):
    assert Client().post(path).status_code == 405
