"""The logs, for auditors: who decided, locked, looked at an SSIN, signed in or failed to, and changed what."""

from __future__ import annotations

from typing import Any, ClassVar

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.models import StaticDevice

from ..models import Decision, ListExport, PeriodLock, SsinLook
from ..numbers import dimona
from .base import ReadOnlyAdmin

# A second factor is given and taken by `enrol_staff` alone; a recovery code typed here would never count.
admin.site.unregister(StaticDevice)


class LogAdmin(ReadOnlyAdmin):
    """A log: found by the account, by the number of what it is about, narrowed by the day."""

    list_select_related: ClassVar[Any] = True
    account = "user__username"
    about: tuple[str, ...] = ()

    def terms(self, request: HttpRequest, text: str) -> Q:
        """An account's name, or a number however it is typed."""
        found = Q(**{self.account: text})
        for name in self.about:
            found |= Q(**{name: dimona.compact(text)})
        return found


@admin.register(Decision)
class DecisionAdmin(LogAdmin):
    """The decisions, with the status they went from and to."""

    list_display = ("decided_at", "decided_by", "declaration", "from_status", "status")
    list_filter = ("status", "decided_by")
    date_hierarchy = "decided_at"
    ordering = ("-decided_at", "-pk")
    fields = readonly_fields = (
        "decided_at", "decided_by", "declaration", "from_status", "status", "note", "period",
    )  # fmt: skip
    account = "decided_by__username"
    about = ("declaration__number",)


@admin.register(PeriodLock)
class PeriodLockAdmin(LogAdmin):
    """The locks and unlocks of periods."""

    list_display = ("changed_at", "changed_by", "period", "is_locked")
    list_filter = ("is_locked", "changed_by")
    date_hierarchy = "changed_at"
    ordering = ("-changed_at", "-pk")
    fields = readonly_fields = ("changed_at", "changed_by", "period", "is_locked", "note")
    account = "changed_by__username"
    about = ("period__number",)


@admin.register(SsinLook)
class SsinLookAdmin(LogAdmin):
    """The looks at full SSINs, without the SSINs."""

    list_display = ("looked_at", "looked_by", "worker", "declaration")
    list_filter = ("looked_by",)
    date_hierarchy = "looked_at"
    ordering = ("-looked_at", "-pk")
    fields = readonly_fields = ("looked_at", "looked_by", "worker", "declaration")
    account = "looked_by__username"
    about = ("declaration__number",)


@admin.register(ListExport)
class ListExportAdmin(LogAdmin):
    """The lists that were taken away as files."""

    list_display = fields = readonly_fields = (
        "exported_at", "exported_by", "exported_list", "file_format", "row_count", "filters",
    )  # fmt: skip
    list_filter = ("file_format", "exported_by")
    date_hierarchy = "exported_at"
    ordering = ("-exported_at", "-pk")
    account = "exported_by__username"

    @admin.display(description=_("list"), ordering="list_name")
    def exported_list(self, row: ListExport) -> str:
        """The list's name as the office reads it."""
        return capfirst(str(apps.get_model(row.list_name)._meta.verbose_name_plural))


class AccessAdmin(LogAdmin):
    """What django-axes wrote down; the client is a keyed hash in the place of an address."""

    list_filter: ClassVar[Any] = ("attempt_time",)
    date_hierarchy = "attempt_time"
    ordering = ("-attempt_time", "-pk")
    account = "username"

    @admin.display(description=_("client"), ordering="ip_address")
    def client(self, row: Any) -> str:
        """The same text for the same client."""
        return str(row.ip_address)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(AccessAdmin):
    """The failures that count at present."""

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
    """Every sign-in, and when its session was ended."""

    list_display = fields = readonly_fields = ("attempt_time", "logout_time", "username", "client", "user_agent")


@admin.register(LogEntry)
class LogEntryAdmin(LogAdmin):
    """What was changed in the admin: tables, the repertory, accounts."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag")
    list_filter = ("action_flag", "content_type")
    date_hierarchy = "action_time"
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
        """What was changed, in words."""
        return str(entry.get_change_message())
