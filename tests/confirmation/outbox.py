"""What the tests of notifications do: queue, send, look."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.utils import timezone

from declarations.models import Decision, Declaration, Notification


def queue(declaration: Declaration, decision: Decision | None = None) -> Notification | None:
    """As the filing, or the decision, does it, in place of the notification it has."""
    Notification.objects.filter(declaration=declaration, decision=decision).delete()
    return Notification.objects.queue(declaration, decision=decision, at=timezone.now())


def send(**options: Any) -> str:
    """What the command says."""
    output = StringIO()
    call_command("send_notifications", stdout=output, **options)
    return output.getvalue()


def raising(error: Exception | None) -> Callable[..., None]:
    """What raises that error, or does nothing."""

    def act(*arguments: Any) -> None:
        if error:
            raise error

    return act


def row(notification: Notification) -> Notification:
    """The notification as the database has it now."""
    return Notification.objects.get(pk=notification.pk)
