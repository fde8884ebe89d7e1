"""The logs for auditors: decisions, locks, SSIN accesses, exports, sign-ins and changes in the admin."""

from __future__ import annotations

from typing import Any, ClassVar

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_otp.plugins.otp_static.models import StaticDevice

from referentials.numbers import dimona

from ..formatting import display_datetime
from ..models import Decision, ListExport, PeriodLock, SsinAccess
from .base import ReadOnlyAdmin
from .filters import InUseFilter

# Only `enrol_staff` manages second factors; a recovery code typed here would never be valid.
admin.site.unregister(StaticDevice)


# The column that names each related row. The other columns are not read: they may be long, and encrypted.
NAME_COLUMNS = {"declaration": "number", "period": "number", "worker": "pk"}


def _prefetch_names(field: Any) -> Any:
    """The prefetch of a related row by its name."""
    name, rows = field.name, field.related_model._base_manager.all()
    return Prefetch(name, rows.only(NAME_COLUMNS[name]) if name in NAME_COLUMNS else rows)


class LogAdmin(ReadOnlyAdmin):
    """A log, latest first, searched by account or by the number of its subject, filtered by moment.

    Search and filters use columns whose index ends with the moment. Only the moment can be sorted.
    """

    list_select_related = ()
    account_field: ClassVar[str] = "user"
    subject_field: ClassVar[str] = ""

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The rows with the names of their related rows, prefetched."""
        relations = [each for each in self.opts.concrete_fields if each.is_relation and each.name in self.list_display]
        rows: QuerySet = super().get_queryset(request)
        return rows.prefetch_related(*map(_prefetch_names, relations))

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """The moment only, even in a search: one account may have many rows."""
        return self.sorted_by_index

    def search_condition(self, request: HttpRequest, text: str) -> Q:
        """The rows about that number, in any notation, or else the acts of that account."""
        name, condition = self.account_field, {"username": text}
        if self.subject_field and dimona.is_valid(text):
            name, condition = self.subject_field, {"number": dimona.compact(text)}
        model: Any = self.opts.get_field(name).related_model
        key = model._base_manager.filter(**condition).values_list("pk", flat=True).first()
        return Q(**{name: key}) if key else Q(pk__in=[])


@admin.register(Decision)
class DecisionAdmin(LogAdmin):
    """The decisions, with the old and the new status."""

    list_display = ("decided_at", "decided_by", "declaration", "from_status", "status")
    list_filter = ("status", ("decided_by", InUseFilter), "decided_at")
    sorted_by_index = ("decided_at",)
    ordering = ("-decided_at", "-pk")
    fields = readonly_fields = (
        "decided_at", "decided_by", "declaration", "from_status", "status", "note", "period",
    )  # fmt: skip
    account_field = "decided_by"
    subject_field = "declaration"


@admin.register(PeriodLock)
class PeriodLockAdmin(LogAdmin):
    """The locking and unlocking of periods."""

    list_display = ("changed_at", "changed_by", "period", "is_locked")
    list_filter = ("is_locked", ("changed_by", InUseFilter), "changed_at")
    sorted_by_index = ("changed_at",)
    ordering = ("-changed_at", "-pk")
    fields = readonly_fields = ("changed_at", "changed_by", "period", "is_locked", "note")
    account_field = "changed_by"
    subject_field = "period"


@admin.register(SsinAccess)
class SsinAccessAdmin(LogAdmin):
    """The accesses to full SSINs, without the SSINs."""

    list_display = ("accessed_at", "accessed_by", "worker", "declaration")
    list_filter = (("accessed_by", InUseFilter), "accessed_at")
    sorted_by_index = ("accessed_at",)
    ordering = ("-accessed_at", "-pk")
    fields = readonly_fields = ("accessed_at", "accessed_by", "worker", "declaration")
    account_field = "accessed_by"
    subject_field = "declaration"


@admin.register(ListExport)
class ListExportAdmin(LogAdmin):
    """The exports of lists."""

    list_display = fields = readonly_fields = (
        "exported_at", "exported_by", "exported_list", "file_format", "row_count", "filters",
    )  # fmt: skip
    list_filter = (("exported_by", InUseFilter), "exported_at")
    sorted_by_index = ("exported_at",)
    ordering = ("-exported_at", "-pk")
    account_field = "exported_by"

    @admin.display(description=_("list"), ordering="list_name")
    def exported_list(self, row: ListExport) -> str:
        """The list's name as the office sees it."""
        return capfirst(str(apps.get_model(row.list_name)._meta.verbose_name_plural))


# Strings of django-axes in these lists, which has no Dutch translations. Marked here, they get into our catalogues,
# which take precedence over the library's.
WORDS_OF_AXES = (
    gettext_noop("Attempt Time"),
    gettext_noop("Logout Time"),
    gettext_noop("Username"),
    gettext_noop("User Agent"),
    gettext_noop("Failed Logins"),
    gettext_noop("Access lock out"),
    gettext_noop("access attempt"),
    gettext_noop("access attempts"),
    gettext_noop("access failure"),
    gettext_noop("access failures"),
    gettext_noop("access log"),
    gettext_noop("access logs"),
)

# Hidden table headings of Django's admin that its Dutch catalogue lacks; ours has them.
WORDS_OF_DJANGO = (
    gettext_noop("Model name"),
    gettext_noop("Add link"),
    gettext_noop("Change or view list link"),
)


def _account_and_moment(row: Any) -> str:
    """The title of a row's page, instead of the library's English sentence."""
    return f"{row.username or '-'}, {display_datetime(row.attempt_time)}"


for model in (AccessAttempt, AccessFailureLog, AccessLog):
    model.__str__ = _account_and_moment


class AccessAdmin(LogAdmin):
    """A log written by django-axes; the client is a keyed hash instead of an address."""

    list_filter: ClassVar[Any] = ("attempt_time",)
    # The moment has no index, but later rows have higher keys.
    ordering = ("-pk",)
    sorted_by_index = ()

    def search_condition(self, request: HttpRequest, text: str) -> Q:
        """The rows of that account name, whether it exists or not."""
        return Q(username=text)

    @admin.display(description=_("client"))
    def client(self, row: Any) -> str:
        """The keyed hash of the client."""
        return str(row.ip_address)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(AccessAdmin):
    """The failures that currently count towards a lockout."""

    list_display = fields = readonly_fields = (
        "attempt_time", "username", "client", "failures_since_start", "user_agent",
    )  # fmt: skip


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(AccessAdmin):
    """Every failed sign-in."""

    list_display = fields = readonly_fields = ("attempt_time", "username", "client", "locked_out", "user_agent")
    list_filter = ("attempt_time", "locked_out")


@admin.register(AccessLog)
class AccessLogAdmin(AccessAdmin):
    """Every sign-in, and the end of its session."""

    list_display = fields = readonly_fields = ("attempt_time", "logout_time", "username", "client", "user_agent")


@admin.register(LogEntry)
class LogEntryAdmin(LogAdmin):
    """The changes made in the admin: tables, repertory, accounts."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag")
    list_filter = ("action_flag", ("content_type", InUseFilter), "action_time")
    ordering = ("-pk",)
    sorted_by_index = ()
    fields = readonly_fields = (
        "action_time",
        "user",
        "content_type",
        "object_id",
        "object_repr",
        "action_flag",
        "change",
    )

    @admin.display(description=_("change"))
    def change(self, entry: LogEntry) -> str:
        """The change, in words."""
        return str(entry.get_change_message())
