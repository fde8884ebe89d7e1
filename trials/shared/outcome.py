"""Results of a trial: a line per phase, and every fault."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from uuid import UUID

from .application import Release
from .clerks import ClerkPool, Error
from .servers import Server, Sqlite

COLUMNS = "{:<44} {:>8} {:>9} {:>7} {:>15}"
Row = tuple[str, str]
DECLARATIONS = "SELECT draft, number FROM declarations_declaration"
COMMANDS = ("seal_declarations", "check_ledger", "verify_chain")


class Timeline:
    """The phases of a run, each with its start."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, float]] = []

    def begin(self, name: str) -> None:
        """Begin the next phase now."""
        self.phases.append((name, time.monotonic()))

    def spans(self) -> Iterator[tuple[str, float, float]]:
        """Each phase with its start and end; the last phase only ends the one before."""
        for (name, since), (_next, until) in pairwise(self.phases):
            yield name, since, until


def longest_silence(answers: Sequence[float], since: float, until: float) -> float:
    """The longest time between two responses within that span, in seconds."""
    inside = sorted(at for at in answers if since <= at < until)
    return max(after - before for before, after in pairwise([since, *inside, until]))


def print_table(timeline: Timeline, pool: ClerkPool) -> None:
    """Print the results of each phase."""
    print(COLUMNS.format("phase", "seconds", "receipts", "errors", "longest silence"))
    for name, since, until in timeline.spans():
        receipts = sum(since <= each.at < until for each in pool.filed)
        errors = [each for each in pool.errors if since <= each.at < until]
        silence = longest_silence(pool.answers, since, until)
        print(COLUMNS.format(name, f"{until - since:.1f}", receipts, len(errors), f"{silence:.2f} s"))
        print_errors(errors)


def print_errors(errors: Sequence[Error]) -> None:
    """Print the errors that clerks saw, with their steps."""
    for (what, method, step), count in Counter((each.what, each.method, each.step) for each in errors).most_common():
        print(f"    {count} × {what} ({method} {step})")


def faults(pool: ClerkPool, database: Server | Sqlite, release: Release, head: str = "") -> list[str]:
    """Everything that is wrong, in the database and according to its own commands."""
    return [*differences(pool, declarations(database)), *command_faults(release, database.url, head)]


def declarations(database: Server | Sqlite) -> list[Row]:
    """The draft and the number of each declaration; SQLite stores a draft without dashes."""
    return [(str(UUID(str(draft))), number) for draft, number in database.rows(DECLARATIONS)]


def differences(pool: ClerkPool, stored: Sequence[Row]) -> list[str]:
    """Unexpected errors of clerks, and differences between declarations and receipts."""
    again = (each.confirmed_again() for each in pool.filed)
    return [*pool.faults, *lost_or_doubled(stored, pool.receipts()), *filter(None, again)]


def lost_or_doubled(stored: Sequence[Row], receipts: Sequence[Row]) -> list[str]:
    """Differences between stored declarations and displayed receipts, both as draft and number."""
    numbers, drafts = dict(stored), dict(receipts)
    return [
        *duplicates("draft", [draft for draft, _number in stored]),
        *duplicates("number", [number for _draft, number in stored]),
        *duplicates("number shown", [number for _draft, number in receipts]),
        *(f"{number}: lost" for draft, number in receipts if numbers.get(draft) != number),
        *(f"{number}: filed, and nobody has its receipt" for draft, number in stored if draft not in drafts),
    ]


def duplicates(what: str, values: Sequence[str]) -> list[str]:
    """A line per value that occurs more than once."""
    return [f"{what} {value}: {count} times" for value, count in Counter(values).items() if count > 1]


def command_faults(release: Release, url: str, head: str = "") -> Iterator[str]:
    """Print what the office's own commands say; it again when they find something."""
    for command in COMMANDS:
        options = ["--head", head] if head and command == "verify_chain" else []
        done = release.tried(url, command, *options)
        said = f"{command}: {done.stdout.strip()}{done.stderr.strip()}"
        print(said)
        if done.returncode:
            yield said
