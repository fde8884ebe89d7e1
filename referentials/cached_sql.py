"""Single-row lookups for the queries of every request, with their SQL compiled once.

Django compiles the SQL of each query anew, which takes three times as long as running it.
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
    """A query, its SQL and its columns. None of them is bound to a connection."""

    query: Query
    text: str
    columns: Sequence[Any]


_statements: dict[tuple[Any, ...], Statement] = {}


def row(model: type[Row], **where: Any) -> Row | None:
    """The row that matches, or None. `where` holds exact lookups, or others of a single value such as `__gt`."""
    names = [each.attname for each in model._meta.concrete_fields]
    cells = values(model, *names, **where)
    return model.from_db(router.db_for_read(model), names, cells) if cells else None


def values(model: type[models.Model], *columns: str, **where: Any) -> tuple[Any, ...] | None:
    """The values of those columns in the row that matches, or None. If several rows match, any of them counts."""
    using = router.db_for_read(model)
    # The parameters follow the order of the SQL: `filter` sorts its keyword arguments.
    where = dict(sorted(where.items()))
    connection, statement = connections[using], _statement(model, columns, where, using)
    with connection.cursor() as cursor:
        cursor.execute(statement.text, [_parameter(model, *each, using) for each in where.items()])
        cells = cursor.fetchone()
    if cells is None:
        return None
    compiler = statement.query.get_compiler(using)
    converters = compiler.get_converters(statement.columns)
    return tuple(next(compiler.apply_converters([cells], converters))) if converters else cells


def _statement(model: type[models.Model], columns: tuple[str, ...], where: Mapping[str, Any], using: str) -> Statement:
    key = (model, columns, *where, using)
    if key not in _statements:
        query = model._base_manager.using(using).filter(**where).order_by().values_list(*columns).query
        compiler = query.get_compiler(using)
        text = compiler.as_sql()[0]
        _statements[key] = Statement(query, text, [each[0] for each in compiler.select])
    return _statements[key]


def _parameter(model: type[models.Model], lookup: str, value: Any, using: str) -> Any:
    """The value in the form that the database expects. Raises ValueError for None, which needs other SQL."""
    if value is None:
        raise ValueError(lookup)
    each: Any = model._meta.get_field(lookup.partition("__")[0])
    return each.get_db_prep_value(value, connections[using])
