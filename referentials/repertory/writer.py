"""Writer of the employers in batches: one transaction per batch, each employer whole or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import reduce
from operator import or_
from typing import Any

from django.db import IntegrityError, reset_queries, transaction
from django.db.models import Q

from ..models import Employer
from ..numbers.employer import ENTERPRISE, NUMBERS
from .merger import EmployerMerger, matching_employer
from .reporting import RejectedLine, Report
from .staging import Entry, Staging

BATCH = 1000
COLUMNS = [each.name for each in Employer._meta.concrete_fields if not each.primary_key]
COMPARED_COLUMNS = [name for name in COLUMNS if name != "search_key"]
# If more than 100 employers and more than one in 20 are absent, the file is probably truncated.
EXPECTED_CLOSURES, EXPECTED_SHARE = 100, 20


def state(employer: Employer) -> tuple[Any, ...]:
    """The values that would be written, without the derived `search_key`."""
    return tuple(getattr(employer, name) for name in COMPARED_COLUMNS)


class SuspiciousClosures(Exception):  # noqa: N818 - a question for a person
    """Implausibly many employers are absent; none was closed."""


class EmployerWriter:
    """Writer of employers to the repertory; `counts` holds how many were added, changed, closed and so on.

    `records` is the name of the file of records, used to report its rejected lines.
    """

    def __init__(self, staging: Staging, merger: EmployerMerger, report: Report, records: str) -> None:
        self.staging = staging
        self.merger = merger
        self.report = report
        self.records = records
        self.knows_cbe = bool(staging.counts()[0])
        self.counts: Counter[str] = Counter()

    def write_all(self) -> None:
        """Add and update every employer of the files."""
        done, total = 0, sum(self.staging.counts())
        for batch in self.staging.batches(BATCH):
            self._write(batch)
            done += sum(bool(part) for entry in batch for part in entry)
            self.report.progress.show("employers", done, total)
        self.report.progress.clear()

    def _write(self, batch: list[Entry]) -> None:
        """Write a batch. If the database refuses it, write its employers one by one and reject only the bad one."""
        try:
            self._write_together(batch)
        except IntegrityError as error:
            if len(batch) > 1:
                for entry in batch:
                    self._write([entry])
            else:
                self._reject(batch[0], RejectedLine(f"the repertory refuses it: {str(error).splitlines()[0]}"))
        reset_queries()

    def _write_together(self, batch: list[Entry]) -> None:
        counts: Counter[str] = Counter()
        rejections: list[tuple[Entry, RejectedLine]] = []
        changed: dict[int, Employer] = {}
        with transaction.atomic():
            existing = ExistingEmployers(batch)
            for entry in batch:
                try:
                    act, employer = self._merge(entry, existing)
                except RejectedLine as rejected:
                    rejections.append((entry, rejected))
                else:
                    counts[act] += 1
                    changed |= {id(employer): employer} if act in WRITTEN else {}
            save(list(changed.values()))
        self.counts += counts
        for entry, why in rejections:
            self._reject(entry, why)

    def _merge(self, entry: Entry, existing: ExistingEmployers) -> tuple[str, Employer]:
        """The kind of change, and the changed employer. If RejectedLine is raised, the employer is unchanged."""
        numbers = numbers_of(entry)
        employer = existing.find(numbers) or Employer()
        if employer.pk is None and is_struck_off(entry):
            return "struck off and never known", employer
        if employer.pk is None and entry[0] is None and self.knows_cbe and ENTERPRISE in numbers:
            raise RejectedLine("the enterprise number is not in enterprise.csv")
        before, was_open = state(employer), employer.active_until is None
        try:
            self.merger.apply(entry, employer)
        except RejectedLine:
            for name, value in zip(COMPARED_COLUMNS, before, strict=True):
                setattr(employer, name, value)
            raise
        return change_kind(employer, before, was_open), employer

    def _reject(self, entry: Entry, rejected: RejectedLine) -> None:
        enterprise, record = entry
        if enterprise:
            self.report.reject("enterprise.csv", enterprise.line, rejected)
        elif record:
            self.report.reject(self.records, record.line, rejected)

    def close_absent(self, *, allow_many: bool) -> None:
        """Close the open employers whose enterprise number the CBE does not have. Raises SuspiciousClosures."""
        absent = known = 0
        for keys, count in self._absent_keys():
            self.staging.add_absent(keys)
            absent, known = absent + len(keys), known + count
        if absent > max(EXPECTED_CLOSURES, known // EXPECTED_SHARE) and not allow_many:
            raise SuspiciousClosures(
                f"{absent} of {known} open employers are not in enterprise.csv: is the file whole? They were left "
                "open; with --close-many they are closed."
            )
        for keys in self.staging.absent(BATCH):
            self._close(keys)

    def _absent_keys(self) -> Iterator[tuple[list[int], int]]:
        """The keys of absent employers in each batch of open ones, with the size of the batch."""
        open_ones = Employer.objects.exclude(enterprise_number=None).order_by("pk").values_list("pk", ENTERPRISE)
        open_ones = open_ones.filter(Q(active_until=None) | Q(active_until__gt=self.merger.day))
        last = 0
        while rows := list(open_ones.filter(pk__gt=last)[: BATCH * 10]):
            yield [key for key, number in rows if not self.staging.has_enterprise(number)], len(rows)
            last = rows[-1][0]
            reset_queries()

    def _close(self, keys: list[int]) -> None:
        with transaction.atomic():
            found = list(Employer.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True))
            before = {employer.pk: state(employer) for employer in found}
            for employer in found:
                self.merger.close(employer)
            changed = [employer for employer in found if state(employer) != before[employer.pk]]
            save(changed)
        self.counts["closed"] += len(changed)
        reset_queries()


WRITTEN = ("added", "changed", "closed", "opened again")


def change_kind(employer: Employer, before: tuple[Any, ...], was_open: bool) -> str:
    """The change that the files made to an employer, in a word or two."""
    if employer.pk is None:
        return "added"
    if state(employer) == before:
        return "unchanged"
    is_open = employer.active_until is None
    if is_open == was_open:
        return "changed"
    return "opened again" if is_open else "closed"


def is_struck_off(entry: Entry) -> bool:
    """Whether the enterprise is struck off and has no record."""
    enterprise, record = entry
    return enterprise is not None and not enterprise.is_open and record is None


def numbers_of(entry: Entry) -> dict[str, str]:
    """The numbers of an entry by column of `Employer`."""
    enterprise, record = entry
    numbers = {name: record.facts[name] for name in NUMBERS if name in record.facts} if record else {}
    return numbers | ({ENTERPRISE: enterprise.number} if enterprise else {})


def save(employers: list[Employer]) -> None:
    """Insert the employers without a primary key and overwrite every column of the others."""
    added = [employer for employer in employers if employer.pk is None]
    stored = [employer for employer in employers if employer.pk is not None]
    Employer.objects.bulk_create(added)
    Employer.objects.bulk_create(stored, update_conflicts=True, unique_fields=["id"], update_fields=COLUMNS)


class ExistingEmployers:
    """The stored employers that share a number with a batch, locked until the transaction ends."""

    def __init__(self, batch: list[Entry]) -> None:
        wanted: dict[str, set[str]] = {}
        for entry in batch:
            for name, number in numbers_of(entry).items():
                wanted.setdefault(name, set()).add(number)
        any_of_them = reduce(or_, (Q(**{f"{name}__in": numbers}) for name, numbers in wanted.items()))
        stored = Employer.objects.filter(any_of_them).order_by("pk").select_for_update(no_key=True)
        self._by_number = {(name, getattr(each, name)): each for each in stored for name in NUMBERS}

    def find(self, numbers: dict[str, str]) -> Employer | None:
        """The employer that has any of the numbers. Raises RejectedLine if they belong to different employers."""
        found = [self._by_number[key] for key in numbers.items() if key in self._by_number]
        return matching_employer(found, numbers)
