"""The retention period of each kind of data, with its reason. `retention` applies them.

No source states them. They are chosen on the long side, and the office must confirm each one before the first removal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class RetentionPeriod:
    """How many years a kind of data is retained (0: not at all), from which event, and why."""

    kind: str
    years: int
    since: str
    reason: str

    def cutoff(self, now: datetime) -> datetime:
        """The moment before which a retention period must have begun to have ended at `now`."""
        is_leap_day = (now.month, now.day) == (2, 29)
        return now.replace(year=now.year - self.years, day=28 if is_leap_day else now.day)


SESSIONS = RetentionPeriod(
    kind="sessions, with the drafts in them",
    years=0,
    since="their expiry, a day after they were last written (SESSION_COOKIE_AGE)",
    reason="What was begun and not sent is no declaration; nobody can reach it any more.",
)
ATTEMPTS = RetentionPeriod(
    kind="counts of attempts",
    years=0,
    since="the end of the stretch of time that they count",
    reason="They stop nobody any more.",
)
FAILURES = RetentionPeriod(
    kind="failures that count against an account",
    years=0,
    since="the end of the time for which they lock it out (SIGN_IN_FAILURES)",
    reason="They stop nobody any more; the log of failed sign-ins stays.",
)
REFUSED_DECLARATIONS = RetentionPeriod(
    kind="refused declarations",
    years=5,
    since="the filing, or the decision of a reviewer",
    reason="They opened and changed no period; an employer may dispute a refusal, or a lateness that followed.",
)
# A period is removed with everything that refers to it. An open or locked period is never removed.
PERIODS = RetentionPeriod(
    kind="periods, with every declaration, decision, lock, notification and look on them",
    years=10,
    since="their end or cancellation, or the last declaration, decision or lock on them, whichever came last",
    reason="Rights of workers, and claims for contributions after fraud, reach back years. Locked or open ones stay.",
)
SSIN_ACCESSES = RetentionPeriod(
    kind="looks at SSINs",
    years=10,
    since="the look",
    reason="As long as what was looked at; those at a declaration or a worker that is removed go with it.",
)
EXPORTS = RetentionPeriod(
    kind="exports of lists",
    years=10,
    since="the export",
    reason="As the looks: who took what away may be asked as long as it is kept.",
)
SIGN_INS = RetentionPeriod(
    kind="sign-ins of staff",
    years=2,
    since="the sign-in",
    reason="The misuse of an account comes out within months, in a yearly audit at the latest in the second year.",
)
FAILED_SIGN_INS = RetentionPeriod(
    kind="failed sign-ins",
    years=2,
    since="the failure",
    reason="They are read together with the sign-ins.",
)
CHANGES = RetentionPeriod(
    kind="changes of tables, employers and accounts (the log of the admin)",
    years=10,
    since="the change",
    reason="A declaration was judged by the tables of its day: who made them so may be asked as long as it is kept.",
)
# In the order of removal. Pending declarations are kept however old they are. Daily counts are kept too, because they
# contain no personal data.
RETENTION_PERIODS = (
    SESSIONS, ATTEMPTS, FAILURES, REFUSED_DECLARATIONS, PERIODS, SSIN_ACCESSES, EXPORTS, SIGN_INS, FAILED_SIGN_INS,
    CHANGES,
)  # fmt: skip
