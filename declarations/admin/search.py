"""What a search box's text means, resolved to keys where there are few rows, before a long list is narrowed by them.

A number, a name of an employer or of a worker is looked up by an index of its own table; the list is then narrowed by
columns that it has itself, each with its index. Asked across joins, the database would read the whole list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from referentials.employers import fold
from referentials.models import Employer
from referentials.numbers import dimona, enterprise, nsso, provisional_nsso, ssin

from ..models import Decision, Worker
from ..names import family_name_hash, ssin_hash

# The most employers, and the most workers, whose rows one search lists; who means more is told to write more.
MAX_MATCHES = 200

EMPLOYER_NUMBERS: dict[str, Any] = {
    "enterprise_number": enterprise,
    "nsso_number": nsso,
    "provisional_nsso_number": provisional_nsso,
}


# What stands for a worker in an address, where the SSIN was typed; of nobody known, with 0.
SSIN_LIKE = re.compile("[0-9]{11}", re.ASCII)
WORKER_KEY = re.compile(r"worker-([0-9]{1,18})", re.ASCII)


def query_for_url(text: str) -> str:
    """The text as it may stand in an address: in the place of an SSIN, be it mistyped, the key of the worker, or 0."""
    if not ssin.is_valid(text):
        return "worker-0" if SSIN_LIKE.fullmatch(ssin.compact(text)) else text
    return f"worker-{next(_keys(Worker.objects.filter(ssin_hash=ssin_hash(ssin.compact(text)))), 0)}"


@dataclass(frozen=True)
class SearchMatches:
    """What a text can mean: keys of employers and of workers, a number, the hash of a family name; each may be none.

    `decided_declarations` are those that a reviewer decided to be of one of these workers. `is_truncated` says that it
    means more than MAX_MATCHES employers or workers, or so many such declarations.
    """

    employers: list[int]
    workers: list[int]
    decided_declarations: list[int]
    number: str
    family_name_hash: str
    is_truncated: bool

    def condition(self, *, for_declarations: bool) -> Q:
        """The rows of a list that the text means.

        A declaration has the family name of who is not identified, too; and the worker that it was decided to be of.
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
    """Whatever fulfils one of the conditions; nothing when there is none."""
    return Q(**conditions, _connector=Q.OR) if conditions else Q(pk__in=[])


def find_matches(text: str) -> SearchMatches:
    """What the text as a whole can mean; a number may be typed with its separators, a name in any spelling."""
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
    """Who has the number, then whose name begins so, the first by name."""
    numbers = {name: kind.compact(text) for name, kind in EMPLOYER_NUMBERS.items() if kind.is_valid(text)}
    if numbers:
        yield from _keys(Employer.objects.filter(any_of(numbers)).order_by("pk"))
    if key := fold(text):
        yield from _keys(Employer.objects.filter(search_key__begins=key).order_by("search_key"))


def _workers(text: str) -> Iterator[int]:
    """Who has the key or the SSIN, then who has the family name, the latest known first."""
    if by_key := WORKER_KEY.fullmatch(text):
        yield int(by_key[1])
        return
    if ssin.is_valid(text):
        yield from _keys(Worker.objects.filter(ssin_hash=ssin_hash(ssin.compact(text))))
    if name := _name_hash(text):
        yield from _keys(Worker.objects.filter(family_name_hash=name).order_by("-pk"))


def _decided_declarations(workers: list[int]) -> Iterator[int]:
    """The declarations that were decided to be of these workers, the latest decided first."""
    if workers:
        rows = Decision.objects.filter(worker__in=workers).order_by("-pk")
        yield from rows.values_list("declaration", flat=True)[: MAX_MATCHES + 1]


def _name_hash(text: str) -> str:
    """The hash of a family name; empty for a text without a letter."""
    return family_name_hash(text) if any(character.isalpha() for character in text) else ""


def _keys(rows: QuerySet[Any]) -> Iterator[int]:
    yield from rows.values_list("pk", flat=True)[: MAX_MATCHES + 1]
