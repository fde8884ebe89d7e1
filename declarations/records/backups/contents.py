"""The contents of a copy of the database, read in plain SQL from the copy itself, not from the live database."""

# ruff: noqa: S608 - the names of tables and columns are the models'

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection

from ...encryption import KEY_ID_LENGTH, EncryptedTextField
from ...models import Seal
from .files import BackupError

Query = Callable[[str], Sequence[Sequence[Any]]]
Columns = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Contents:
    """Applied migrations, number of declarations, head of the chain, and the ids of the keys used for encryption."""

    migrations: list[str]
    declarations: int
    head: str
    encryption_keys: list[str]


def contents(query: Query, columns: Columns) -> Contents:
    """The contents of a copy. `query` runs a statement on it; `columns` are its encrypted columns."""
    newest = query("SELECT position, chain_mac FROM declarations_seal ORDER BY position DESC LIMIT 1")
    keys = [
        query(f'SELECT DISTINCT substr("{column}", 1, {KEY_ID_LENGTH}) FROM "{table}"') for table, column in columns
    ]
    return Contents(
        migrations=sorted(f"{app}.{name}" for app, name in query("SELECT app, name FROM django_migrations")),
        declarations=query("SELECT count(*) FROM declarations_declaration")[0][0],
        head=":".join(map(str, newest[0])) if newest else "",
        encryption_keys=sorted({row[0] for rows in keys for row in rows} - {None}),
    )


def encrypted_columns() -> Columns:
    """The tables and columns of encrypted texts that exist in the database, which may be older than the code.

    Raises BackupError if the database is not one of this service.
    """
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if Seal._meta.db_table not in tables:
            raise BackupError("This database has no tables of Dimona: nothing to back up.")
        return [
            (model._meta.db_table, field.column)
            for model in apps.get_models()
            if model._meta.db_table in tables
            for field in model._meta.local_concrete_fields
            if isinstance(field, EncryptedTextField) and field.column in _columns(cursor, model._meta.db_table)
        ]


def _columns(cursor: Any, table: str) -> set[str]:
    return {row.name for row in connection.introspection.get_table_description(cursor, table)}
