"""Rate limits on look-ups, previews, filings and sign-ins, counted in the database per time window.

The site is open to anyone, so look-ups and previews could be repeated by the thousand to learn something about a
worker. Every shared limit reserves a few attempts per client, so one client cannot exhaust it for everyone. Windows of
a span follow one another from 1970 on, in UTC. No address is stored: clients and subjects are keyed hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain

from django.conf import settings
from django.db import transaction
from django.db.models import F

from ..encryption import keyed_hash
from ..models import AttemptCount

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Attempts that each client has even when all clients together have exhausted the limit of a worker: previews, and
# refusals. More refusals are reserved, because a client at that limit cannot declare at all until it ends.
PREVIEW_RESERVE, REFUSAL_RESERVE = 2, 5
DELETED_AT_ONCE = 100


# -- what is counted -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counter:
    """The counter of one subject in one window, with its limit."""

    key: str
    limit: int
    ends_at: datetime


# Closed when all its counters have reached their limits, until their common window ends.
Barrier = tuple[Counter, ...]


def _counter(scope: str, subject: str, limit: tuple[int, timedelta], now: datetime) -> Counter:
    count, span = limit
    ends_at = EPOCH + ((now - EPOCH) // span + 1) * span
    return Counter(keyed_hash("attempts", f"{scope}:{ends_at.isoformat()}:{subject}"), count, ends_at)


def _shared_barrier(
    scope: str, subject: str, client: str, limit: tuple[int, timedelta], reserve: int, now: datetime
) -> Barrier:
    """The limit over all clients, closed only to a client that has also used up its own reserve."""
    own = _counter(f"{scope} by client", f"{client}:{subject}", (reserve, limit[1]), now)
    return own, _counter(scope, subject, limit, now)


def _lookup_barriers(
    client: str, employer_number: str, now: datetime, *, has_submitted: bool = False
) -> list[Barrier]:
    per_employer, reserve = settings.LOOKUP_MISSES_PER_EMPLOYER, settings.LOOKUP_RESERVE
    misses, span = settings.LOOKUP_MISSES_PER_CLIENT
    if has_submitted:
        misses += reserve
    return [
        (_counter("misses by client", client, (misses, span), now),),
        _shared_barrier("misses of employer", employer_number, client, per_employer, reserve, now),
    ]


def _preview_barriers(client: str, worker_key: str, now: datetime) -> list[Barrier]:
    per_pair, per_worker = settings.PREVIEWS_PER_WORKER_AND_CLIENT, settings.PREVIEWS_PER_WORKER
    return [
        (_counter("previews of worker and client", f"{client}:{worker_key}", per_pair, now),),
        (_counter("previews by client", client, settings.PREVIEWS_PER_CLIENT, now),),
        _shared_barrier("previews of worker", worker_key, client, per_worker, PREVIEW_RESERVE, now),
    ]


def _filing_barriers(client: str, worker_key: str, now: datetime, *, include_refusals: bool) -> list[Barrier]:
    barriers: list[Barrier] = [(_counter("filings by client", client, settings.FILINGS_PER_CLIENT, now),)]
    if include_refusals:
        per_pair, per_worker = settings.REFUSALS_PER_WORKER_AND_CLIENT, settings.REFUSALS_PER_WORKER
        barriers += [
            (_counter("refusals of worker and client", f"{client}:{worker_key}", per_pair, now),),
            _shared_barrier("refusals of worker", worker_key, client, per_worker, REFUSAL_RESERVE, now),
        ]
    return barriers


def _sign_in_barriers(client: str, now: datetime) -> list[Barrier]:
    return [(_counter("failed sign-ins by client", client, settings.SIGN_IN_FAILURES_PER_CLIENT, now),)]


# -- may it be done, and that it was ---------------------------------------------------------------------------


def lookup_blocked_until(
    client: str, employer_number: str, now: datetime, *, has_submitted: bool = False
) -> datetime | None:
    """None if the client may look up a number of that employer, else the moment from which it may again.

    Check this before the look-up: a blocked client gets no result, whether its number is right or wrong. Only misses
    count. `employer_number` must be the same for an employer however it was typed; `now` is aware. Many browsers may
    share a client's address. A browser in which a declaration was filed (`has_submitted`) has a few misses more, so
    that other users of the address cannot lock it out.
    """
    return _blocked_until(_lookup_barriers(client, employer_number, now, has_submitted=has_submitted))


def count_missed_lookup(client: str, employer_number: str, now: datetime) -> None:
    """Count a look-up that found nothing, or another employer's period. Never call it in a transaction."""
    _count(_lookup_barriers(client, employer_number, now), now)


def filing_blocked_until(client: str, worker_key: str, now: datetime, *, is_not_previewed: bool) -> datetime | None:
    """None if the client may file, else the moment from which it may again.

    `is_not_previewed`: no preview of the assessment was shown. After a preview a refusal reveals nothing new, so the
    limits on refusals do not apply.
    """
    return _blocked_until(_filing_barriers(client, worker_key, now, include_refusals=is_not_previewed))


def count_filing(client: str, worker_key: str, now: datetime, *, is_refusal_without_preview: bool) -> None:
    """Count a filing, and a refusal if no preview was shown. Never call it in a transaction."""
    _count(_filing_barriers(client, worker_key, now, include_refusals=is_refusal_without_preview), now)


def sign_in_blocked_until(client: str, now: datetime) -> datetime | None:
    """None if the client may try to sign in to any account, else the moment from which it may again."""
    return _blocked_until(_sign_in_barriers(client, now))


def count_failed_sign_in(client: str, now: datetime) -> None:
    """Count a failed sign-in. Never call it in a transaction."""
    _count(_sign_in_barriers(client, now), now)


def preview_blocked_until(client: str, worker_key: str, now: datetime) -> datetime | None:
    """Count a preview and return None, or return the moment from which the client may have one again.

    Call it once per different preview, never in a transaction. `worker_key` identifies the worker, however the draft
    names them; `now` is aware.
    """
    barriers = _preview_barriers(client, worker_key, now)
    with transaction.atomic(durable=True):
        counts = _lock_counts(barriers, now)
        closed_until = _closed_until(barriers, counts)
        if closed_until is None:
            # A blocked preview is not counted, so repeating it does not use up the shared limit.
            _add_one(counts)
    return closed_until


def _blocked_until(barriers: Iterable[Barrier]) -> datetime | None:
    """As `_closed_until`, with the stored counts; changes nothing."""
    barriers = list(barriers)
    rows = AttemptCount.objects.filter(key__in=[counter.key for counter in chain.from_iterable(barriers)])
    return _closed_until(barriers, dict(rows.values_list("key", "count")))


def _closed_until(barriers: Iterable[Barrier], counts: Mapping[str, int]) -> datetime | None:
    """The moment from which every barrier is open, given the counts by key; None if all are open now."""
    ends = [
        barrier[0].ends_at
        for barrier in barriers
        if all(counts.get(counter.key, 0) >= counter.limit for counter in barrier)
    ]
    return max(ends, default=None)


# -- counting --------------------------------------------------------------------------------------------------


def _lock_counts(barriers: Iterable[Barrier], now: datetime) -> dict[str, int]:
    """The counts by key; their rows stay locked until the open transaction ends.

    All processes create missing rows in the order of their keys, then lock rows in the order of creation, so there is
    no deadlock.
    """
    ends = {counter.key: counter.ends_at for counter in chain.from_iterable(barriers)}
    rows = AttemptCount.objects.filter(key__in=ends)
    missing = sorted(ends.keys() - set(rows.values_list("key", flat=True)))
    if missing:
        _delete_expired(now)
        # Another process may have created one by now; then that row counts.
        AttemptCount.objects.bulk_create(
            [AttemptCount(key=key, expires_at=ends[key]) for key in missing], ignore_conflicts=True
        )
    return dict(rows.select_for_update().order_by("pk").values_list("key", "count"))


def _count(barriers: Iterable[Barrier], now: datetime) -> None:
    """Count one attempt in every counter, in a transaction of its own."""
    with transaction.atomic(durable=True):
        _add_one(_lock_counts(list(barriers), now))


def _add_one(keys: Iterable[str]) -> None:
    """Count one attempt under each key, whose rows must be locked."""
    AttemptCount.objects.filter(key__in=list(keys)).update(count=F("count") + 1)


def _delete_expired(now: datetime) -> None:
    """Delete the oldest rows whose window has ended, except those locked by other processes."""
    expired = AttemptCount.objects.select_for_update(skip_locked=True).filter(expires_at__lte=now)
    oldest = list(expired.order_by("expires_at").values_list("pk", flat=True)[:DELETED_AT_ONCE])
    if oldest:
        AttemptCount.objects.filter(pk__in=oldest).delete()
