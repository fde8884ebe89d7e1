"""The test database itself: the real engine, its options, and tables that survive whatever a test does to them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from referentials import tables
from referentials.models import JointCommittee


def test_the_demo_tables_are_there(db):
    assert len(tables.current().joint_committees) == 9


@pytest.mark.django_db(transaction=True)
def test_the_tables_come_back_after_a_flush():
    call_command("flush", interactive=False, verbosity=0)
    assert JointCommittee.objects.count() == 9
    assert len(tables.current().joint_committees) == 9


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_is_seen_by_another_connection():
    JointCommittee.objects.filter(code="302").update(position=99)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT position FROM referentials_jointcommittee WHERE code = '302'")
            assert cursor.fetchone() == (99,)
    finally:
        other.close()


@pytest.mark.django_db(transaction=True)
def test_a_foreign_key_to_nothing_is_refused():
    with pytest.raises(Exception, match=r"(?i)foreign key"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_admin_log (action_time, object_repr, action_flag, change_message, user_id)"
            " VALUES ('2026-01-01 00:00:00+00', '', 1, '', 987654)"
        )


def test_the_engine_is_set_as_in_service(db):
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SHOW server_version_num")
            assert int(cursor.fetchone()[0]) >= 150000
        else:
            assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
            assert cursor.execute("PRAGMA journal_mode").fetchone()[0] in ("truncate", "wal")


# A table filled in and emptied; then how the journal is written, and what of it is left.
EMPTIED = """
import sys
{setup}
from pathlib import Path
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS t (words TEXT)")
    cursor.execute("INSERT INTO t VALUES (%s)", ["x" * {size}])
    cursor.execute("DELETE FROM t")
    journal = Path(sys.argv[1] + "-journal")
    mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    print(mode, journal.stat().st_size if journal.exists() else 0)
"""
A_PAGE, A_COMMAND = "from dimona_site import wsgi", "import django; django.setup()"
MODE = "wal" if sqlite3.sqlite_version_info >= (3, 51, 3) else "truncate"


@pytest.mark.parametrize("setup", [A_PAGE, A_COMMAND])
@pytest.mark.parametrize("size", [20_000, 2_000_000])
def test_nothing_is_left_in_the_journal(project: Path, tmp_path: Path, setup: str, size: int):
    file = tmp_path / "own.sqlite3"
    own = {"DATABASE_URL": f"sqlite:///{file}", "DJANGO_SETTINGS_MODULE": "dimona_site.settings", "DEBUG": "true"}
    command = [sys.executable, "-c", EMPTIED.format(setup=setup, size=size), str(file)]
    done = subprocess.run(
        command, cwd=project, env=os.environ | own, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [MODE, "0"]
