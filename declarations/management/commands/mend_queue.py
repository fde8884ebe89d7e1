"""`manage.py mend_queue`: brings the reviewers' queue to what was filed and decided."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import QuerySet

from declarations.models import Declaration, QueueEntry
from declarations.records.batches import batches


@transaction.atomic
def mend(key: int) -> None:
    """Put a declaration into the queue, or take it out, as it is by now. It is held meanwhile, as by a decision."""
    held = Declaration.objects.select_for_update(no_key=True, of=("self",)).filter(pk=key)
    moment = held.values_list("submitted_at", flat=True).first()
    QueueEntry.objects.filter(pk=key).delete()
    if moment and Declaration.objects.undecided().filter(pk=key).exists():
        QueueEntry.objects.create(declaration_id=key, since=moment)


class Command(BaseCommand):
    """mend_queue; it may be stopped at any moment, and run while declarations are filed and decided.

    Needed when the last process of a release without this queue is gone: what that one filed as pending meanwhile is
    not in it, what it decided still is.
    """

    help = "Brings the reviewers' queue to what was filed and decided, as `check_ledger` compares them."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        """How many were put right."""
        wrong: tuple[QuerySet[Any], ...] = (Declaration.objects.missing_from_queue(), QueueEntry.objects.misplaced())
        mended = 0
        for batch in chain.from_iterable(map(batches, wrong)):
            for row in batch:
                mend(row.pk)
            mended += len(batch)
        if verbosity:
            self.stdout.write(f"{mended} put right.")
