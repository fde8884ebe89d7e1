"""One row by what is unique in it, for what every request asks: the SQL is made once, as text.

Django makes it anew for each query, which takes three times as long as asking the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connections, models, router
from django.db.models.sql import Query

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Statement:
    """A query, the same as text, and its columns; none of them is of one connection."""

    query: Query
    text: str
    columns: Sequence[Any]


_statements: dict[tuple[Any, ...], Statement] = {}


def row(model: type[Row], **where: Any) -> Row | None:
    """The row that fits, None without one. `where` holds exact lookups, or others of a single value (`__gt`)."""
    names = [each.attname for each in model._meta.concrete_fields]
    found = values(model, *names, **where)
    return model.from_db(router.db_for_read(model), names, found) if found else None


def values(model: type[models.Model], *columns: str, **where: Any) -> tuple[Any, ...] | None:
    """The values of those columns in the row that fits, None without one; of several rows, any."""
    using = router.db_for_read(model)
    # As `filter` sorts them.
    where = dict(sorted(where.items()))
    connection, statement = connections[using], _statement(model, columns, where, using)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, [_parameter(model, *each, using) for each in where.items()])
        found = cursor.fetchone()
    if found is None:
        return None
    compiler = statement.query.get_compiler(using)
    converters = compiler.get_converters(statement.columns)
    return tuple(next(compiler.apply_converters([found], converters))) if converters else found


def _statement(model: type[models.Model], columns: tuple[str, ...], where: Mapping[str, Any], using: str) -> Statement:
    key = (model, columns, *where, using)
    if key not in _statements:
        query = model._base_manager.using(using).filter(**where).order_by().values_list(*columns).query
        compiler = query.get_compiler(using)
        text = compiler.as_sql()[0]
        _statements[key] = Statement(query, text, [each[0] for each in compiler.select])
    return _statements[key]


def _parameter(model: type[models.Model], lookup: str, value: Any, using: str) -> Any:
    """The value as the database takes it. Raises ValueError for None, which SQL compares by other words."""
    if value is None:
        raise ValueError(lookup)
    each: Any = model._meta.get_field(lookup.partition("__")[0])
    return each.get_db_prep_value(value, connections[using])
