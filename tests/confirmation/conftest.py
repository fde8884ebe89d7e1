"""Fixtures: a spool, and a declaration whose notification is queued."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from declarations.confirmation import documents
from declarations.models import Declaration, Notification
from referentials.employers import Channel
from referentials.models import Employer

from ..support.builders import MONDAY, answers_for, submit


@pytest.fixture
def spool(tmp_path: Path, settings) -> Path:
    """An empty spool; e-mail is configured too."""
    settings.NOTIFICATION_SPOOL, settings.EMAIL_HOST = str(tmp_path / "spool"), "smtp.example"
    settings.DEFAULT_FROM_EMAIL = "Dimona <dimona@office.example>"
    (tmp_path / "spool").mkdir()
    return tmp_path / "spool"


@pytest.fixture
def declaration(at, db) -> Declaration:
    """A declaration filed in French."""
    return submit(answers_for("XXX", "OTH"), at(MONDAY), language="fr")


@pytest.fixture
def queued(declaration, spool, monkeypatch) -> Callable[..., Notification]:
    """Queue the declaration's notification for a channel; its PDF is produced at once."""
    monkeypatch.setattr(documents, "pdf_of", lambda page, identifier: b"%PDF " + identifier)

    def queue(channel: Channel = Channel.EBOX, **columns: Any) -> Any:
        Employer.objects.filter(pk=declaration.employer_id).update(channel=channel, email="office@employer.example")
        declaration.employer.refresh_from_db()
        Notification.objects.filter(declaration=declaration).delete()
        notification = Notification.objects.queue(declaration, at=timezone.now())
        Notification.objects.filter(pk=notification.pk).update(**columns)
        return notification

    return queue
