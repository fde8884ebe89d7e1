"""Resolution of a search text to primary keys in short tables, before a long list is filtered by them.

Numbers and names of employers and workers are looked up by an index in their own tables. The list is then filtered by
its own indexed columns. With joins instead, the database would read the whole list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from referentials.folding import fold
from referentials.models import Employer
from referentials.numbers import dimona, ssin
from referentials.numbers.employer import possible_numbers

from ..models import Decision, Worker
from ..names import family_name_hash, ssin_hash

# The maximum number of employers, and of workers, in one search; beyond it the user is asked to type more.
MAX_MATCHES = 200

# WORKER_KEY replaces a typed SSIN in an address; the key is 0 if no worker has the SSIN.
SSIN_LIKE = re.compile("[0-9]{11}", re.ASCII)
WORKER_KEY = re.compile(r"worker-([0-9]{1,18})", re.ASCII)


def query_for_url(text: str) -> str:
    """The text as allowed in an address: an SSIN, even mistyped, is replaced by the key of the worker, or 0."""
    if not ssin.is_valid(text):
        return "worker-0" if SSIN_LIKE.fullmatch(ssin.compact(text)) else text
    return f"worker-{next(_keys(Worker.objects.filter(ssin_hash=ssin_hash(ssin.compact(text)))), 0)}"


@dataclass(frozen=True)
class SearchMatches:
    """The possible meanings of a text: keys of employers and workers, a number, the hash of a family name.

    Each may be empty. `decided_declarations` are those that a decision assigned to one of these workers.
    `is_truncated` says that there are more than MAX_MATCHES employers, workers or such declarations.
    """

    employers: list[int]
    workers: list[int]
    decided_declarations: list[int]
    number: str
    family_name_hash: str
    is_truncated: bool

    def condition(self, *, for_declarations: bool) -> Q:
        """The condition for the rows of a list that the text means.

        A declaration also matches by the family name of an unidentified worker, and by the worker whom a decision
        identified.
        """
        conditions: dict[str, Any] = {
            "employer__in": self.employers,
            "worker__in": self.workers,
            "number": self.number,
            "family_name_hash": self.family_name_hash if for_declarations else "",
            "pk__in": self.decided_declarations if for_declarations else [],
        }
        return any_of({name: value for name, value in conditions.items() if value})


def any_of(conditions: dict[str, Any]) -> Q:
    """The rows that meet at least one condition; none without conditions."""
    return Q(**conditions, _connector=Q.OR) if conditions else Q(pk__in=[])


def find_matches(text: str) -> SearchMatches:
    """The possible meanings of the whole text: numbers with or without separators, names in any spelling."""
    employers, workers = list(_employers(text)), list(_workers(text))
    decided = list(_decided_declarations(workers[:MAX_MATCHES]))
    return SearchMatches(
        employers=employers[:MAX_MATCHES],
        workers=workers[:MAX_MATCHES],
        decided_declarations=decided[:MAX_MATCHES],
        number=dimona.compact(text) if dimona.is_valid(text) else "",
        family_name_hash=_name_hash(text),
        is_truncated=max(len(employers), len(workers), len(decided)) > MAX_MATCHES,
    )


def _employers(text: str) -> Iterator[int]:
    """The employers with that number, then those whose name begins with the text, sorted by name."""
    if numbers := possible_numbers(text):
        yield from _keys(Employer.objects.filter(any_of(numbers)).order_by("pk"))
    if key := fold(text):
        yield from _keys(Employer.objects.filter(search_key__begins=key).order_by("search_key"))


def _workers(text: str) -> Iterator[int]:
    """The worker with that key or SSIN, then those with that family name, most recent first."""
    if by_key := WORKER_KEY.fullmatch(text):
        yield int(by_key[1])
        return
    if ssin.is_valid(text):
        yield from _keys(Worker.objects.filter(ssin_hash=ssin_hash(ssin.compact(text))))
    if name := _name_hash(text):
        yield from _keys(Worker.objects.filter(family_name_hash=name).order_by("-pk"))


def _decided_declarations(workers: list[int]) -> Iterator[int]:
    """The declarations that a decision assigned to these workers, most recent decision first."""
    if workers:
        rows = Decision.objects.filter(worker__in=workers).order_by("-pk")
        yield from rows.values_list("declaration", flat=True)[: MAX_MATCHES + 1]


def _name_hash(text: str) -> str:
    """The hash of a family name; empty for a text without letters."""
    return family_name_hash(text) if any(character.isalpha() for character in text) else ""


def _keys(rows: QuerySet[Any]) -> Iterator[int]:
    yield from rows.values_list("pk", flat=True)[: MAX_MATCHES + 1]
