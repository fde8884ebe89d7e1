"""The database models: declarations as filed, the office's decisions, notifications, seals and counts."""

from .counts import AttemptCount, CountWatermark, DailyCount, Figure
from .filed import (
    AnomalyRow,
    Declaration,
    DeclarationAnomaly,
    DeclarationRank,
    EmploymentTerms,
    Period,
    Worker,
    WriteOnceError,
    WriteOnceModel,
    receipt_token,
)
from .notifications import Notification, NotificationState
from .office import Decision, DecisionAnomaly, ListExport, PendingDeclaration, PeriodLock, QueueEntry, SsinAccess
from .seals import RowKind, Seal, Tombstone
from .staff import AuthenticatorApp, recovery_code_hash

__all__ = [
    "AnomalyRow",
    "AttemptCount",
    "AuthenticatorApp",
    "CountWatermark",
    "DailyCount",
    "Decision",
    "DecisionAnomaly",
    "Declaration",
    "DeclarationAnomaly",
    "DeclarationRank",
    "EmploymentTerms",
    "Figure",
    "ListExport",
    "Notification",
    "NotificationState",
    "PendingDeclaration",
    "Period",
    "PeriodLock",
    "QueueEntry",
    "RowKind",
    "Seal",
    "SsinAccess",
    "Tombstone",
    "Worker",
    "WriteOnceError",
    "WriteOnceModel",
    "receipt_token",
    "recovery_code_hash",
]
