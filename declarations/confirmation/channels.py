"""The channels that deliver a notification: a folder that another system empties, and e-mail.

A channel delivers completely or raises `TemporaryFailure` (not delivered, worth another attempt), `PermanentFailure`
(not delivered, no attempt will succeed) or `UnknownOutcome` (perhaps delivered). The messages of these errors contain
no personal data.
"""

from __future__ import annotations

import hashlib
import json
import os
import smtplib
from contextlib import suppress
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from referentials.employers import Channel, Employer

from ..models import Notification
from ..whole_files import whole_file
from .documents import Document

# SMTP replies from this code on are permanent refusals (RFC 5321, 4.2.1).
PERMANENT = 500


class NotHandedOverError(Exception):
    """A notification was not delivered, as far as is known."""


class TemporaryFailure(NotHandedOverError):  # noqa: N818 # the outcome
    """Another attempt may succeed."""


class PermanentFailure(NotHandedOverError):  # noqa: N818
    """No attempt can succeed; a person must look at it."""


class UnknownOutcome(NotHandedOverError):  # noqa: N818
    """The notification may have been delivered; a person must find out."""


class Handover(Protocol):
    """A channel. If `is_repeatable`, a repeated delivery of the same notification has no further effect."""

    is_repeatable: bool

    def missing_requirement(self) -> str:
        """A sentence that says what the channel lacks; empty if it is usable."""

    def hand_over(self, notification: Notification, document: Document) -> None:
        """Deliver the notification. Raises NotHandedOverError."""


class Spool:
    """A folder in NOTIFICATION_SPOOL, named after the channel, which the e-Box or the printing system empties.

    A notification has three files, named after its reference: .pdf, .html and the manifest, .json. Each file appears
    complete. The manifest comes last, so the other system takes a notification once its manifest exists. If the
    manifest exists, nothing is written again.
    """

    is_repeatable = True

    def missing_requirement(self) -> str:
        """A sentence if NOTIFICATION_SPOOL is unset, does not exist or is not writable; else empty."""
        folder = settings.NOTIFICATION_SPOOL
        if not folder:
            return "NOTIFICATION_SPOOL names no folder."
        if not os.access(folder, os.W_OK | os.X_OK) or not Path(folder).is_dir():
            return f"NOTIFICATION_SPOOL is “{folder}”: no folder, or one that takes no files."
        return ""

    def hand_over(self, notification: Notification, document: Document) -> None:
        """Write the three files, unless the manifest exists."""
        if not can_be_posted(notification):
            raise PermanentFailure("no postal address")
        folder = Path(settings.NOTIFICATION_SPOOL) / notification.channel
        names = {suffix: f"{notification.reference}.{suffix}" for suffix in ("pdf", "html", "json")}
        try:
            folder.mkdir(mode=0o770, exist_ok=True)
            if (folder / names["json"]).exists():
                return
            written = {names["pdf"]: document.pdf, names["html"]: document.html}
            written[names["json"]] = as_json(manifest(notification, written))
            for name, data in written.items():
                write_whole(folder / name, data, notification.attempts)
        except OSError as error:
            raise TemporaryFailure(f"{type(error).__name__} {error.strerror}") from error


def can_be_posted(notification: Notification) -> bool:
    """Whether a letter has an address. An address may have a building or a foreign box instead of a street."""
    employer = notification.declaration.employer
    place = employer.street or employer.extra_address_info
    return notification.channel != Channel.POST or bool(place and employer.town)


def manifest(notification: Notification, files: dict[str, bytes]) -> dict[str, Any]:
    """The data for the system that empties the folder; nothing about the worker."""
    declaration = notification.declaration
    return {
        "reference": str(notification.reference),
        "channel": notification.channel,
        "language": notification.language,
        "created_at": notification.created_at.isoformat(),
        "declaration_number": declaration.number,
        "declaration_kind": declaration.kind,
        "is_decision": notification.decision_id is not None,
        "recipient": recipient(declaration.employer),
        "files": [
            {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in files.items()
        ],
    }


RECIPIENT_FIELDS = (
    "name",
    "enterprise_number",
    "nsso_number",
    "provisional_nsso_number",
    "street",
    "house_number",
    "box",
    "extra_address_info",
    "postal_code",
    "town",
    "country",
)


def recipient(employer: Employer) -> dict[str, str]:
    """The employer's name, numbers and address at the time of delivery."""
    return {name: getattr(employer, name) or "" for name in RECIPIENT_FIELDS}


def as_json(data: dict[str, Any]) -> bytes:
    """Indented UTF-8, which people can read too."""
    return json.dumps(data, ensure_ascii=False, indent=2).encode() + b"\n"


def write_whole(path: Path, data: bytes, attempt: int) -> None:
    """Write a file completely or not at all; it is synced to disk on return.

    Each attempt uses a temporary name of its own, and removes what earlier, killed attempts left.
    """
    drafts = [path.with_name(f".{path.name}.{number}") for number in range(1, attempt + 1)]
    for draft in drafts:
        draft.unlink(missing_ok=True)
    with whole_file(path, drafts[-1], 0o660) as file:
        file.write_bytes(data)


class Email:
    """E-mail with the PDF and a Message-ID from the reference; not retried after an unknown outcome."""

    is_repeatable = False

    def missing_requirement(self) -> str:
        """A sentence if EMAIL_HOST is unset; else empty."""
        return "" if settings.EMAIL_HOST else "EMAIL_HOST names no server."

    def hand_over(self, notification: Notification, document: Document) -> None:
        """Send the message. If sending breaks off after the connection, the server may have accepted it."""
        address = notification.declaration.employer.email
        if not address:
            raise PermanentFailure("no e-mail address")
        message = message_of(notification, document, address)
        connection = get_connection()
        try:
            connection.open()
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryFailure(_error_name(error)) from error
        try:
            connection.send_messages([message])
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            raise _refusal(error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise UnknownOutcome(_error_name(error)) from error
        finally:
            # Errors after the server's reply do not change the outcome.
            with suppress(OSError, smtplib.SMTPException):
                connection.close()


def message_of(notification: Notification, document: Document, address: str) -> EmailMessage:
    """The message: a short summary, with the PDF attached."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    message = EmailMessage(
        subject=document.title,
        body=document.summary + "\n",
        to=[address],
        headers={
            "Message-ID": f"<{notification.reference}@{domain}>",
            "Content-Language": notification.language,
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach(f"dimona-{notification.declaration.number}.pdf", document.pdf, "application/pdf")
    return message


def _refusal(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> NotHandedOverError:
    """The failure that corresponds to the reply code of a server's refusal."""
    if isinstance(error, smtplib.SMTPResponseException):
        code = error.smtp_code
    else:
        code = max(code for code, _words in error.recipients.values())
    return (PermanentFailure if code >= PERMANENT else TemporaryFailure)(f"SMTP {code}")


def _error_name(error: Exception) -> str:
    code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
    return type(error).__name__ + code


CHANNELS: dict[str, Handover] = {Channel.EBOX: Spool(), Channel.POST: Spool(), Channel.EMAIL: Email()}
