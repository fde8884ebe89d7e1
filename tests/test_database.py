"""The test database itself: the real engine, its options, and tables that survive whatever a test does to them."""

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
            assert cursor.execute("PRAGMA journal_mode").fetchone()[0] in ("persist", "wal")
