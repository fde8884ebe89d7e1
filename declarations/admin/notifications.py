"""The notifications of the official channel: their states, and the actions on those that need a person."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from referentials.numbers import dimona

from ..models import Declaration, Notification
from . import permissions
from .base import ReadOnlyAdmin


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """The notifications, latest first; failed and unsure ones wait for a person."""

    list_display = (
        "reference", "declaration_number", "channel", "language_name", "state", "created_at", "attempts",
        "next_attempt_at", "sent_at", "last_error",
    )  # fmt: skip
    list_filter = ("state", "channel", "created_at")
    list_select_related = ()
    sorted_by_index = ("created_at",)
    fields = readonly_fields = (*list_display, "decision")
    actions = ("requeue", "mark_as_sent")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """The rows with the numbers of their declarations, prefetched."""
        rows: QuerySet = super().get_queryset(request)
        return rows.prefetch_related(Prefetch("declaration", Declaration._base_manager.only("number")))

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Search by the number of the declaration."""
        text = search_term.strip()
        return (queryset.filter(declaration__number=dimona.compact(text)) if text else queryset), False

    def has_settle_permission(self, request: HttpRequest) -> bool:
        """Whether the account may decide declarations, and so settle failed and unsure notifications."""
        return bool(request.user.has_perm(permissions.DECIDE_DECLARATION))

    @admin.display(description=_("declaration"))
    def declaration_number(self, notification: Notification) -> str:
        """The number in groups of four."""
        return str(dimona.format(notification.declaration.number))

    @admin.action(description=_("Send again (failed or uncertain, and not delivered)"), permissions=["settle"])
    def requeue(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Restart the delivery of failed and unsure notifications."""
        self._tell(request, Notification.objects.filter(pk__in=queryset).requeue(timezone.now()))

    @admin.action(description=_("Mark as sent (uncertain, but found to have been delivered)"), permissions=["settle"])
    def mark_as_sent(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Record that unsure notifications have arrived."""
        self._tell(request, Notification.objects.filter(pk__in=queryset).mark_as_sent(timezone.now()))

    def _tell(self, request: HttpRequest, count: int) -> None:
        words = ngettext("%(count)d notification was processed.", "%(count)d notifications were processed.", count)
        messages.info(request, words % {"count": count})
