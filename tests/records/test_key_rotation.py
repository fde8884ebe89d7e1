"""Rotation of keys while the service runs: everything ends under the first key, and nothing is lost.

`python -m trials.rotate_keys` tests this on a private server, with the command killed and restarted.
"""

from __future__ import annotations

import ast
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from declarations.encryption import encrypt, key_id_of, key_ids
from declarations.models import (
    AuthenticatorApp,
    Declaration,
    ListExport,
    Worker,
)
from declarations.records import key_rotation
from declarations.wizard.draft_copy import decrypt_copy
from trials.rotate_keys import find_faults

from ..support.builders import ERIC, MONDAY, ZOE, Walk, answers_for, submit_pages, worker
from ..support.dumping import rows_of_every_table
from ..support.sealing import chain_breaks, command, execute, seal_all, seed_sealed_rows
from ..support.staff import signed_in_client

BATCH_SIZE = pytest.mark.django_db(transaction=True)


def new_key() -> str:
    """An encryption key."""
    return Fernet.generate_key().decode()


@pytest.fixture
def rotate(settings) -> Callable[..., str]:
    """Put a new key first and return the id of the old one."""

    def put_first() -> str:
        old = key_ids()[0]
        settings.ENCRYPTION_KEYS = [new_key(), *settings.ENCRYPTION_KEYS]
        return old

    return put_first


def everything(at: Any) -> dict[str, Any]:
    """Rows in every table that has an encrypted column."""
    rows = seed_sealed_rows(at)
    reviewer = User.objects.get(username="reviewer")
    AuthenticatorApp.objects.create(user=reviewer)
    ListExport.objects.create(
        exported_at=timezone.now(), exported_by=reviewer, list_name="x", file_format="csv", filters="", row_count=0
    )
    worker("88010110175", family_name="Niemand")
    return rows


def tables_that_name(key: str) -> set[str]:
    """The tables with a text that begins with that key's id, in any column."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            if any(f"{key}:" in str(cell) for row in cursor.fetchall() for cell in row):
                found.add(table)
    return found


# -- finding encrypted columns ---------------------------------------------------------------------------------


def test_every_encrypted_column_is_found(db, at, rotate):
    """The cells are searched, regardless of the classes of the fields."""
    everything(at)
    found = key_rotation.tables()
    assert tables_that_name(key_ids()[0]) == {table.model._meta.db_table for table in found}
    old = rotate()
    assert all(table.counts_by_key()[old] for table in found)
    assert command("rotate_keys")[0] == 0
    assert tables_that_name(old) == set()


def test_only_three_modules_write_what_is_encrypted(project):
    """A column filled by `encrypt` instead of its field would be missed; these modules fill none but the session's."""
    users = set()
    files = [path for app in ("declarations", "dimona_site", "referentials") for path in (project / app).rglob("*.py")]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("encryption"):
                users |= {path.stem for name in node.names if name.name in ("encrypt", "reencrypt")}
    assert users == {"draft_copy", "key_rotation", "session_store"}


def test_no_model_hides_its_columns():
    """A field based on an encrypted field is encrypted too, and a proxy model has no fields of its own."""
    listed = {(table.model, name) for table in key_rotation.tables() for name in table.field_names}
    walked = {
        (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields(include_hidden=True)
        if isinstance(field, models.Field) and "Encrypted" in type(field).__name__ and not model._meta.proxy
    }
    assert listed == walked
    assert (Declaration, "answers") in listed
    assert (AuthenticatorApp, "secret") in listed


# -- the result ------------------------------------------------------------------------------------------------


def as_read() -> dict[str, list[Any]]:
    """Every row of the tables with encrypted columns, decrypted."""
    return {str(table): list(table.model._base_manager.order_by("pk").values()) for table in key_rotation.tables()}


def test_all_is_read_with_the_new_key_alone_and_no_seal_breaks(db, at, settings, rotate):
    everything(at)
    head, before, old = seal_all(), as_read(), rotate()
    count = sum((table.counts_by_key().total() for table in key_rotation.tables()), 0)
    code, lines = command("rotate_keys")
    assert code == 0
    assert f"Key {key_ids()[0]}, the first: values {count}." in lines
    told = next(line for line in lines if line.startswith(f"Key {old}: values 0;"))
    assert told.endswith("; it may be removed a day after the last process that has it first was stopped.")
    assert sum(int(line.split()[1]) for line in lines if line.endswith(" values encrypted anew.")) == count
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert as_read() == before
    assert chain_breaks("--head", head) == []
    assert command("check_ledger")[0] == 0


def test_a_second_run_writes_nothing(db, at, rotate, django_assert_num_queries):
    everything(at)
    rotate()
    command("rotate_keys")
    before = rows_of_every_table()
    lines = command("rotate_keys")[1]
    assert rows_of_every_table() == before
    assert {line.split()[1] for line in lines if line.endswith("anew.")} == {"0"}


def test_a_dry_run_only_tells(db, at, rotate):
    everything(at)
    old, before = rotate(), rows_of_every_table()
    code, lines = command("rotate_keys", "--dry-run")
    assert (code, rows_of_every_table()) == (1, before)
    assert lines[0] == f"Key {key_ids()[0]}, the first: values 0."
    assert lines[1].startswith(f"Key {old}: ")
    assert not lines[1].startswith(f"Key {old}: values 0")


def test_small_batches_leave_nothing_out(db, monkeypatch, rotate):
    for position in range(7):
        worker(f"880101{position:05}")
    old = rotate()
    monkeypatch.setattr(key_rotation, "BATCH_SIZE", 3)
    table = next(each for each in key_rotation.tables() if each.model is Worker)
    rows = Worker.objects.count()
    written = [each.written for each in key_rotation.encrypt_table(table)]
    assert written[-1] == 2 * rows
    assert len(written) == -(-rows // 3)
    assert table.counts_by_key()[old] == 0


@pytest.mark.parametrize("stored", ["85073003328", "", "00000000:gAAAA", "{old}:gAAAA", "é"])
def test_what_cannot_be_read_is_named_and_stays(db, rotate, stored):
    person, other = worker(), worker("88010110175")
    old = rotate()
    execute("UPDATE declarations_worker SET ssin = %s WHERE id = %s", stored.format(old=old), person.pk)
    code, lines = command("rotate_keys")
    assert code == 1
    assert f"declarations.Worker, row {person.pk}: ssin cannot be read with the keys listed." in lines
    assert "85073003328" not in " ".join(lines).replace(f"Key {key_id_of(stored)}", "")
    held = key_rotation.Table(Worker, ("ssin",)).stored_values(Worker.objects.filter(pk=person.pk)).get()
    assert held[1] == stored.format(old=old)
    assert Worker.objects.defer("ssin").get(pk=person.pk).identity == {}
    assert Worker.objects.get(pk=other.pk).ssin == "88010110175"


# -- while others write ----------------------------------------------------------------------------------------


def test_a_change_that_comes_between_is_kept(db, monkeypatch, rotate):
    """Between reading and writing a row, another process changes it under the old key."""
    person = worker(family_name="Exemple")
    former = encrypt('{"family_name": "Later"}')
    rotate()
    anew = key_rotation.reencrypt

    def slowly(stored: str) -> str:
        execute("UPDATE declarations_worker SET identity = %s WHERE id = %s", former, person.pk)
        return anew(stored)

    table = next(each for each in key_rotation.tables() if each.model is Worker)
    monkeypatch.setattr(key_rotation, "PAUSE", 0)
    with monkeypatch.context() as patched:
        patched.setattr(key_rotation, "reencrypt", slowly)
        next(key_rotation.encrypt_table(table))
    assert Worker.objects.get(pk=person.pk).identity == {"family_name": "Later"}
    *_others, last = key_rotation.encrypt_table(table)
    assert last.written == 2
    assert Worker.objects.get(pk=person.pk).identity == {"family_name": "Later"}


@BATCH_SIZE
@pytest.mark.postgresql
def test_it_waits_for_nobody_who_holds_a_row(monkeypatch, rotate):
    """A filing has locked the worker's row; a later pass returns to it."""
    person, other = worker(), worker("88010110175")
    old = rotate()
    monkeypatch.setattr(key_rotation, "PAUSE", 0)
    table = next(each for each in key_rotation.tables() if each.model is Worker)

    def rotated() -> int:
        try:
            return max(each.written for each in key_rotation.encrypt_table(table))
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            Worker.objects.select_for_update(no_key=True).get(pk=person.pk)
            assert pool.submit(rotated).result(timeout=10) == table.rows.count() * 2 - 2
        assert key_id_of(table.stored_values(table.rows.filter(pk=person.pk)).get()[1]) == old
        assert key_id_of(table.stored_values(table.rows.filter(pk=other.pk)).get()[1]) == key_ids()[0]
        assert pool.submit(rotated).result(timeout=10) == 2


@BATCH_SIZE
def test_it_runs_twice_at_once_while_others_declare(at, settings, rotate):
    at(MONDAY)
    filed = [submit_pages(Client(), answers_for("XXX", "OTH"))]
    old, begun = rotate(), threading.Barrier(3)

    def apart(act: Callable[[], Any]) -> Any:
        begun.wait(timeout=10)
        try:
            return act()
        finally:
            connection.close()

    def declare() -> list[Declaration]:
        dates = [f"{day}/3/2026" for day in (3, 4)]
        return [submit_pages(Client(), answers_for("XXX", "DWD", start_date=each, end_date=each)) for each in dates]

    with ThreadPoolExecutor() as pool:
        written = [pool.submit(apart, lambda: call_command("rotate_keys", stdout=StringIO())) for _each in range(2)]
        filed += pool.submit(apart, declare).result(timeout=60)
        for each in written:
            each.result(timeout=60)
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    receipts = [(row.receipt_token, ERIC) for row in filed]
    assert list(find_faults(receipts)) == []
    assert list(find_faults([*receipts[1:], ("x", ERIC)])) == ["x: lost"]
    assert list(find_faults([*receipts[1:], (receipts[0][0], ZOE)])) == [f"{receipts[0][0]}: not as it was typed"]
    assert list(find_faults(receipts[1:])) == ["3 declarations, 2 receipts"]
    assert all(table.counts_by_key()[old] == 0 for table in key_rotation.tables())
    seal_all()
    assert chain_breaks() == []


# -- sessions, drafts and receipts -----------------------------------------------------------------------------


def test_sessions_stay_and_are_counted(client, db, at, rotate):
    moment = at(MONDAY)
    Walk(client).to("overview", answers_for("XXX", "OTH"))
    old = rotate()
    told = f"Key {old}: values 0, sessions 1 until 2026-03-03 09:00."
    assert command("rotate_keys")[1][-1] == told
    at((moment + timedelta(hours=25)).strftime("%Y-%m-%d %H:%M"))
    assert "sessions" not in command("rotate_keys")[1][-1]


def test_a_draft_and_its_copy_outlive_a_rotation(client, db, at, rotate, settings):
    at(MONDAY)
    walk = Walk(client).to("overview", answers_for("XXX", "OTH"))
    copy = walk.hidden()["draft_copy"]
    rotate()
    assert decrypt_copy(walk.session_key, copy)
    assert walk.confirm().status_code == 302
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert decrypt_copy(walk.session_key, copy) is None


def with_another_secret_key(settings, *, is_old_one_kept: bool) -> None:
    """Sign with another key from now on."""
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret key, long enough to be one" * 2
    settings.SECRET_KEY_FALLBACKS = [old] if is_old_one_kept else []


def test_another_secret_key_ends_nothing_while_the_old_one_is_kept(client, admin_user, at, settings):
    at(MONDAY)
    receipt = submit_pages(client, answers_for("XXX", "OTH")).receipt_token
    walk = Walk(client).to("overview", answers_for("XXX", "DWD", start_date="3/3/2026", end_date="3/3/2026"))
    staff = signed_in_client(admin_user)
    shown = walk.hidden()
    with_another_secret_key(settings, is_old_one_kept=True)
    assert walk.get("worker").context["form"].initial is not None
    assert walk.stored_input()["worker-ssin"] == ERIC
    assert staff.get(reverse("admin:index")).status_code == 200
    assert client.get(f"/en/receipt/{receipt}/").status_code == 200
    # The overview signed with the old key is shown again, and filed at the next press.
    assert client.post(walk.url("overview"), shown).status_code == 200
    assert walk.confirm().status_code == 302
    assert Declaration.objects.count() == 2


def test_another_secret_key_alone_leaves_the_copy_in_the_page(client, admin_user, at, settings):
    at(MONDAY)
    receipt = submit_pages(client, answers_for("XXX", "OTH")).receipt_token
    walk = Walk(client).to("overview", answers_for("XXX", "DWD", start_date="3/3/2026", end_date="3/3/2026"))
    staff, shown = signed_in_client(admin_user), walk.hidden()
    with_another_secret_key(settings, is_old_one_kept=False)
    assert staff.get(reverse("admin:index")).status_code == 302
    assert client.get(f"/en/receipt/{receipt}/").status_code == 200
    assert client.post(walk.url("overview"), shown).status_code == 200
    assert walk.stored_input()["worker-ssin"] == ERIC
    assert walk.confirm().status_code == 302
