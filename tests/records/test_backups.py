"""Backups: their contents, refused restores, and that neither command overwrites anything."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from declarations.filing import submission
from declarations.management.commands import restore
from declarations.models import Declaration, DeclarationRank
from declarations.records import backups
from declarations.records.backups import files, sqlite
from declarations.records.backups.manifest import Manifest, fingerprint
from referentials.numbers import dimona
from trials.racing import ssin_of

from ..support.builders import answers_for, submit

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
KEY = "0e9cf80f"


def said(*command: str) -> str:
    """The output of a command."""
    output = StringIO()
    call_command(*command, stdout=output)
    return output.getvalue()


# -- the whole way ---------------------------------------------------------------------------------------------


@contextmanager
def filing() -> Iterator[list[str]]:
    """A thread that files one declaration after another; yields their numbers, each once it is committed."""
    numbers: list[str] = []
    stopped, begun = Event(), Event()

    def work() -> None:
        try:
            while not stopped.is_set():
                numbers.append(submit(answers_for("XXX", "OTH", ssin=ssin_of(len(numbers))), NOW).number)
                begun.set()
        finally:
            begun.set()
            connection.close()

    thread = Thread(target=work)
    thread.start()
    try:
        begun.wait()
        yield numbers
    finally:
        stopped.set()
        thread.join()


@contextmanager
def another_database(folder: Path) -> Iterator[None]:
    """An empty database instead of the tests' database."""
    usual = connection.settings_dict["NAME"]
    name = str(folder / "restored.sqlite3") if connection.vendor == "sqlite" else f"{usual}_restored"
    if connection.vendor == "postgresql":
        run_apart(f"CREATE DATABASE {name}")
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        if connection.vendor == "postgresql":
            run_apart(f"DROP DATABASE {name}")


def run_apart(statement: str) -> None:
    """Run the statement outside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_what_was_filed_before_the_backup_is_there_after_the_restore(tmp_path: Path):
    submit(answers_for("XXX", "OTH"), NOW)
    head = said("seal_declarations").removeprefix("Head: ").strip()
    with filing() as numbers:
        before = list(numbers)
        assert f"head {head}.\n{backups.NOT_INCLUDED}\n" in said("backup", str(tmp_path))
    (path,) = tmp_path.glob("*.json")
    written = path.read_bytes() + path.with_name(backups.read(path).file).read_bytes()
    assert not [key for key in (settings.HASH_KEY, *settings.ENCRYPTION_KEYS) if key.encode() in written]
    with another_database(tmp_path):
        output = said("restore", str(path))
        restored = set(Declaration.objects.values_list("number", flat=True))
        next_number = dimona.from_rank(submission.FIRST_RANK + DeclarationRank.objects.create().pk)
        with pytest.raises(CommandError, match=r"out of the way|make another"):
            said("restore", str(path))
    assert set(before) <= restored <= set(Declaration.objects.values_list("number", flat=True))
    assert f"{len(restored)} declarations, 0 differences.\n" in output
    assert "1 seals, 0 breaks" in output
    assert next_number > max(numbers)
    assert len(restored) == backups.read(path).declarations


# -- what a restore refuses ------------------------------------------------------------------------------------


@pytest.fixture
def backup(tmp_path: Path) -> Manifest:
    """A manifest that matches its file, this code and these keys; the file is no database."""
    path = tmp_path / "dimona-20260302T080000Z.sqlite3"
    path.write_bytes(b"nothing")
    return Manifest(
        migrations=["declarations.0001_initial"], declarations=0, head="", encryption_keys=[KEY],
        made_at=NOW.isoformat(), release="0.1.0", database=connection.vendor, file=path.name, size=7,
        sha256=files.sha256(path), hash_key=fingerprint(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"database": "oracle"}, "a backup of oracle"),
        ({"size": 8}, "not the file"),
        ({"sha256": "0" * 64}, "not the file"),
        ({"file": "another"}, "not the file"),
        ({"hash_key": "0" * 64}, "HASH_KEY is not"),
        ({"encryption_keys": [KEY, "ffffffff"]}, "lacks keys that this backup needs: ffffffff"),
        ({"migrations": ["declarations.9999_later"]}, "newer release: declarations.9999_later"),
    ],
)
def test_a_restore_refuses_what_does_not_fit(backup: Manifest, tmp_path: Path, changes: dict[str, Any], reason: str):
    with pytest.raises(backups.BackupError, match=reason):
        backups.restore(replace(backup, **changes), tmp_path, 0)


@pytest.fixture
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path that the settings name as SQLite's file, where no file exists."""
    path = tmp_path / "db.sqlite3"
    monkeypatch.setattr(sqlite, "_file", lambda: path)
    monkeypatch.setattr(connection, "vendor", "sqlite")
    return path


@pytest.mark.parametrize("failing", [{"check_ledger"}, {"verify_chain"}, {"check_ledger", "verify_chain"}])
def test_both_checks_run_whatever_the_first_finds(
    backup: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: set[str]
):
    ran: list[str] = []

    def check(name: str, *options: str, **more: object) -> None:
        ran.append(name)
        if name in failing:
            sys.exit(1)

    monkeypatch.setattr(restore, "call_command", check)
    monkeypatch.setattr(restore.backups, "read", lambda path: backup)
    monkeypatch.setattr(restore.backups, "restore", lambda *arguments: [])
    with pytest.raises(SystemExit) as ended:
        call_command("restore", str(tmp_path / "any.json"), verbosity=0)
    assert (ended.value.code, ran) == (1, ["check_ledger", "verify_chain"])


def test_a_damaged_file_is_not_put_in_place(backup: Manifest, own_file: Path):
    with pytest.raises(backups.BackupError, match="damaged: file is not a database"):
        backups.restore(replace(backup, database="sqlite"), own_file.parent, 0)
    assert not own_file.exists()


@pytest.mark.parametrize("name", ["db.sqlite3", "db.sqlite3-journal", "db.sqlite3-wal"])
def test_a_journal_left_behind_is_not_taken_for_the_restored_file_s(own_file: Path, name: str):
    own_file.write_bytes(b"")
    sqlite.refuse_unless_empty()
    own_file.with_name(name).write_bytes(b"x")
    with pytest.raises(backups.BackupError, match=f"{name} is there"):
        sqlite.refuse_unless_empty()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"file": "x"}'])
def test_what_is_no_manifest_is_said_to_be_none(tmp_path: Path, text: str):
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(backups.BackupError, match="no manifest"):
        backups.read(path)


# -- copying SQLite's file during a write ----------------------------------------------------------------------


CHANGE = f"UPDATE t SET filler = '{'y' * 1000}'"


@contextmanager
def written_to(path: Path, journal: str) -> Iterator[sqlite3.Connection]:
    """A connection to a database with a hundred committed rows, in that journal mode."""
    with closing(sqlite3.connect(path, isolation_level=None)) as live:
        live.execute("PRAGMA synchronous=OFF")
        live.execute(f"PRAGMA journal_mode={journal}")
        # A change of more than ten pages is written to the file before its commit.
        live.execute("PRAGMA cache_size=10")
        live.execute("CREATE TABLE t (number INTEGER PRIMARY KEY, filler TEXT)")
        live.executemany("INSERT INTO t VALUES (?, ?)", [(number, "x" * 1000) for number in range(100)])
        yield live


def changed(path: Path) -> int | str:
    """The number of changed rows in the file, or the error on reading it."""
    try:
        with closing(sqlite3.connect(path)) as copy:
            return int(copy.execute("SELECT count(*) FROM t WHERE filler LIKE 'y%'").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return str(error)


def test_a_copy_holds_what_is_committed_where_a_plain_one_lacks_it(tmp_path: Path):
    live, plain, copied = (tmp_path / name for name in ("live.sqlite3", "plain.sqlite3", "copied.sqlite3"))
    with written_to(live, "WAL") as connected:
        connected.execute(CHANGE)
        shutil.copyfile(live, plain)
        sqlite.copy_file(live, copied)
    assert changed(copied) == 100
    assert changed(plain) != 100
    assert not copied.with_name("copied.sqlite3-wal").exists()


@pytest.mark.parametrize("journal", ["PERSIST", "TRUNCATE"])
def test_a_copy_waits_for_a_transaction_of_which_a_plain_one_has_half(tmp_path: Path, journal: str):
    live, plain, copied = (tmp_path / name for name in ("live.sqlite3", "plain.sqlite3", "copied.sqlite3"))
    copying = Thread(target=sqlite.copy_file, args=(live, copied))
    with written_to(live, journal) as connected:
        connected.execute("BEGIN IMMEDIATE")
        connected.execute(CHANGE)
        shutil.copyfile(live, plain)
        copying.start()
        copying.join(0.3)
        assert copying.is_alive()
        connected.execute("COMMIT")
        copying.join()
    assert changed(copied) == 100
    assert changed(plain) not in (0, 100)


# -- files -----------------------------------------------------------------------------------------------------


def test_a_file_appears_whole_for_its_owner_alone_and_replaces_none(tmp_path: Path):
    target = tmp_path / "target"
    with files.atomic_file(target) as draft:
        draft.write_text("first")
        assert not target.exists()
    assert target.stat().st_mode & 0o777 == 0o600
    with pytest.raises(backups.BackupError, match="there already"), files.atomic_file(target) as draft:
        draft.write_text("second")
    with pytest.raises(ZeroDivisionError), files.atomic_file(tmp_path / "other"):
        raise ZeroDivisionError
    with (
        pytest.raises(backups.BackupError, match="other cannot be written: full"),
        files.atomic_file(tmp_path / "other"),
    ):
        raise sqlite3.OperationalError("full")
    with files.atomic_file(tmp_path / "other") as draft:
        with (
            pytest.raises(backups.BackupError, match="partial is there already"),
            files.atomic_file(tmp_path / "other"),
        ):
            pass
        assert draft.exists()
    (tmp_path / "other").unlink()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["first"]


def test_only_old_backups_are_removed(tmp_path: Path):
    old = ["dimona-20260101T000000Z.json", "dimona-20260101T000000Z.dump", ".dimona-20260101T000000Z.dump.partial"]
    for name in (*old, "dimona-20260301T000000Z.json", "dimona.env", "other"):
        (tmp_path / name).touch()
        days = 5 if "0301" in name else 31
        at = (NOW - timedelta(days)).timestamp()
        os.utime(tmp_path / name, (at, at))
    assert sorted(files.remove_old(tmp_path, NOW, 30)) == sorted(old)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dimona-20260301T000000Z.json", "dimona.env", "other"]


def test_a_backup_needs_a_folder(tmp_path: Path):
    with pytest.raises(CommandError, match="is not a folder"):
        said("backup", str(tmp_path / "missing"))


# -- the archive of PostgreSQL's log ---------------------------------------------------------------------------


def archive(folder: Path, contents: str, project: Path) -> int:
    """The exit code of the archive command, called as PostgreSQL does."""
    (folder / "pg_wal").write_text(contents)
    command = [project / "deploy" / "postgresql" / "dimona-archive-wal", "pg_wal", "0001", folder / "archive"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode


def test_a_segment_is_archived_once_and_never_overwritten(tmp_path: Path, project: Path):
    assert archive(tmp_path, "log", project) != 0
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / ".0001.partial").write_text("left by one that was killed")
    assert [archive(tmp_path, text, project) for text in ("log", "log", "other")] == [0, 0, 1]
    assert {path.name: path.read_text() for path in (tmp_path / "archive").iterdir()} == {"0001": "log"}
