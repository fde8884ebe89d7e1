"""Export of a list to CSV or XLSX: the rows and columns that the list shows, with its search, filters and order.

SSINs are masked, because the columns are those of the list. The file is completed on disk before it is sent, so a
failed export is never mistaken for the whole list. The keys are read first and the rows in batches of a few hundred,
so memory use is constant, and on SQLite no filing waits. Each export is recorded.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import date, datetime
from html import unescape
from io import TextIOWrapper
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import ForeignKey, Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import strip_tags
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from referentials.numbers import ssin

from ..models import ListExport
from . import permissions

# The maximum number of rows in a file, which takes a server process a few seconds. The page states it.
MAX_ROWS = 20_000
BATCH_SIZE = 500

Value = str | int | date | None
Row = list[Value]


def max_rows_text() -> str:
    """MAX_ROWS with the digit grouping of the active language."""
    return number_format(MAX_ROWS, force_grouping=True)


# -- what the list shows ---------------------------------------------------------------------------------------


def headings(changelist: ChangeList, columns: Iterable[str]) -> list[str]:
    """The heading of each column."""
    return [capfirst(str(label_for_field(name, changelist.model, changelist.model_admin))) for name in columns]


def rows_of(changelist: ChangeList, columns: list[str], keys: list[Any]) -> Iterator[Row]:
    """The values of the rows with those keys, in that order; skips rows deleted in the meantime."""
    rows = changelist.apply_select_related(changelist.root_queryset).prefetch_related(
        *_foreign_keys(changelist, columns)
    )
    for start in range(0, len(keys), BATCH_SIZE):
        batch = keys[start : start + BATCH_SIZE]
        by_key = rows.in_bulk(batch)
        yield from (
            [value_of(name, by_key[key], changelist.model_admin) for name in columns] for key in batch if key in by_key
        )


def _foreign_keys(changelist: ChangeList, columns: Iterable[str]) -> list[str]:
    fields = {field.name: field for field in changelist.lookup_opts.get_fields()}
    return [name for name in columns if isinstance(fields.get(name), ForeignKey)]


def value_of(name: str, row: Model, model_admin: Any) -> Value:
    """The value of a cell: a text, a number, a date, a naive datetime in Brussels time, or None."""
    try:
        field, _attribute, value = lookup_field(name, row, model_admin)
    except ObjectDoesNotExist:
        return None
    if choices := getattr(field, "flatchoices", None):
        value = dict(choices).get(value, value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        return timezone.make_naive(value).replace(microsecond=0)
    if value is None or isinstance(value, int | date):
        return value
    text = unescape(strip_tags(str(value))) if hasattr(value, "__html__") else str(value)
    # The lists show "-" for an empty value, and no-break spaces inside numbers.
    return None if text == "-" else text.replace("\u00a0", " ")


# -- files -----------------------------------------------------------------------------------------------------

# What a spreadsheet reads as a formula, also after a character that separates cells in another country's spreadsheet.
FORMULA = re.compile(r"(^|[,;\t\n]|\r(?!\n))(?=\s*[=+\-@＝＋－＠])|^(?=[\t\r\n])")
MAX_CELL_LENGTH = 32_767
# XLSX stores a date as a number of days since 1900.
FIRST_YEAR = 1900


def escape_formulas(text: str) -> str:
    """The text for a CSV cell, with an apostrophe before anything that a spreadsheet would evaluate."""
    return FORMULA.sub(r"\1'", text)


def write_csv(file: IO[bytes], title: str, labels: list[str], rows: Iterable[Row]) -> int:
    """Write UTF-8 with a byte order mark, semicolons and ISO dates; returns the number of rows.

    A Belgian Excel opens this format with a double click: its list separator is the semicolon, because the comma is
    the decimal separator.
    """
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow(map(escape_formulas, labels))
    count = 0
    for row in rows:
        writer.writerow([escape_formulas(value) if isinstance(value, str) else value for value in row])
        count += 1
    text.detach()
    return count


def write_xlsx(file: IO[bytes], title: str, labels: list[str], rows: Iterable[Row]) -> int:
    """Write one sheet, in which a text cell stays text when edited; returns the number of rows."""
    from xlsxwriter import Workbook

    with TemporaryDirectory() as folder, Workbook(file, {"constant_memory": True, "tmpdir": folder}) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31])
        bold = book.add_format({"bold": True, "num_format": "@"})
        formats = {
            str: book.add_format({"num_format": "@", "quote_prefix": True}),
            date: book.add_format({"num_format": "dd/mm/yyyy"}),
            datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"}),
        }
        writers = {str: sheet.write_string, int: sheet.write_number, date: sheet.write_datetime}
        writers[datetime] = sheet.write_datetime
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(labels) - 1), 20)
        for column, label in enumerate(labels):
            sheet.write_string(0, column, label, bold)
        count = 0
        for count, row in enumerate(rows, start=1):
            for column, value in enumerate(map(xlsx_value, row)):
                if value is not None:
                    writers[type(value)](count, column, value, formats.get(type(value)))
    return count


def xlsx_value(value: Value) -> Value:
    """The value within the limits of XLSX: a date before 1900 becomes text, a long text is cut."""
    if isinstance(value, date) and value.year < FIRST_YEAR:
        return str(value)
    return value[:MAX_CELL_LENGTH] if isinstance(value, str) else value


Writer = Callable[[IO[bytes], str, list[str], Iterable[Row]], int]
FORMATS: dict[str, tuple[str, Writer]] = {
    "csv": ("text/csv; charset=utf-8", write_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
}


# -- the request -----------------------------------------------------------------------------------------------


def export(request: HttpRequest, app: str, model: str, file_format: str) -> HttpResponseBase:
    """Send a list as a file, filtered as in the address, if the account may see and export it. Recorded.

    Answers POST only, which the button on the list's page sends.
    """
    model_admin = _admin_of(app, model)
    if file_format not in FORMATS:
        raise Http404
    is_reader = model_admin.has_view_or_change_permission(request)
    if not (is_reader and request.user.has_perm(permissions.EXPORT_DECLARATION)):
        raise PermissionDenied
    back = f"{reverse(f'admin:{app}_{model}_changelist')}?{request.GET.urlencode()}"
    if request.method != "POST":
        return redirect(back)
    try:
        changelist = model_admin.get_changelist_instance(request)
    except IncorrectLookupParameters:
        return redirect(back)
    keys = list(changelist.queryset.values_list("pk", flat=True)[: MAX_ROWS + 1])
    if len(keys) > MAX_ROWS:
        words = _(
            "This list has more than %(most)s rows, the maximum for one export. Narrow it down with a search or a"
            " filter."
        )
        messages.error(request, words % {"most": max_rows_text()})
        return redirect(back)
    return _file_of(request, changelist, keys, file_format)


def _admin_of(app: str, model: str) -> Any:
    try:
        model_admin = admin.site.get_model_admin(apps.get_model(app, model))
    except (LookupError, NotRegistered):
        raise Http404 from None
    if not getattr(model_admin, "is_list", True):
        raise Http404
    return model_admin


def _file_of(request: HttpRequest, changelist: ChangeList, keys: list[Any], file_format: str) -> FileResponse:
    content_type, write = FORMATS[file_format]
    columns = [str(name) for name in changelist.model_admin.get_list_display(request)]
    title = capfirst(str(changelist.opts.verbose_name_plural))
    now = timezone.now()
    rows = rows_of(changelist, columns, keys)
    with ExitStack() as closing:
        file = closing.enter_context(TemporaryFile())
        ListExport.objects.create(
            exported_at=now,
            exported_by=request.user,  # type: ignore[misc]
            list_name=changelist.opts.label_lower,
            file_format=file_format,
            filters=filters_of(request),
            row_count=write(file, title, headings(changelist, columns), rows),
        )
        # From here on the response closes the file once it is sent.
        closing.pop_all()
    file.seek(0)
    name = f"{changelist.opts.model_name}-{timezone.localdate(now)}.{file_format}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=content_type)


def filters_of(request: HttpRequest) -> str:
    """The search and the filters of the list, with any SSIN masked; empty for the whole list."""
    query = [(name, str(value)) for name, value in request.GET.items()]
    return "; ".join(f"{name}={ssin.mask(text) if ssin.is_valid(text) else text}" for name, text in query)
