"""Helpers for tests of notifications: queue, send, reload."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from declarations.models import Decision, Declaration, Notification


def queue(declaration: Declaration, decision: Decision | None = None) -> Notification | None:
    """Queue a notification as filing or a decision does, replacing the existing one."""
    Notification.objects.filter(declaration=declaration, decision=decision).delete()
    return Notification.objects.queue(declaration, decision=decision, at=timezone.now())


def send(**options: Any) -> str:
    """The output of the command."""
    output = StringIO()
    call_command("send_notifications", stdout=output, **options)
    return output.getvalue()


def raising(error: Exception | None) -> Callable[..., None]:
    """A function that raises that error, or does nothing without one."""

    def act(*arguments: Any) -> None:
        if error:
            raise error

    return act


def row(notification: Notification) -> Notification:
    """The notification, reloaded from the database."""
    return Notification.objects.get(pk=notification.pk)
