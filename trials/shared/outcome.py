"""What came of it: a line per phase, and every fault."""

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
    """The phases of a run, each begun when it is named."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, float]] = []

    def begin(self, name: str) -> None:
        """The next phase, from now on."""
        self.phases.append((name, time.monotonic()))

    def spans(self) -> Iterator[tuple[str, float, float]]:
        """Each phase with its beginning and end; the last one only ends the one before."""
        for (name, since), (_next, until) in pairwise(self.phases):
            yield name, since, until


def longest_silence(answers: Sequence[float], since: float, until: float) -> float:
    """The most seconds between two answers, as far as they lie in that time."""
    inside = sorted(at for at in answers if since <= at < until)
    return max(after - before for before, after in pairwise([since, *inside, until]))


def print_table(timeline: Timeline, pool: ClerkPool) -> None:
    """Print what each phase brought."""
    print(COLUMNS.format("phase", "seconds", "receipts", "errors", "longest silence"))
    for name, since, until in timeline.spans():
        receipts = sum(since <= each.at < until for each in pool.filed)
        errors = [each for each in pool.errors if since <= each.at < until]
        silence = longest_silence(pool.answers, since, until)
        print(COLUMNS.format(name, f"{until - since:.1f}", receipts, len(errors), f"{silence:.2f} s"))
        print_errors(errors)


def print_errors(errors: Sequence[Error]) -> None:
    """Print what clerks saw in the place of answers, and on which step."""
    for (what, method, step), count in Counter((each.what, each.method, each.step) for each in errors).most_common():
        print(f"    {count} × {what} ({method} {step})")


def faults(pool: ClerkPool, database: Server | Sqlite, release: Release, head: str = "") -> list[str]:
    """What is not as it must be, on the database and in what its own commands say."""
    return [*differences(pool, declarations(database)), *command_faults(release, database.url, head)]


def declarations(database: Server | Sqlite) -> list[Row]:
    """The draft and the number of each; SQLite keeps a draft without its dashes."""
    return [(str(UUID(str(draft))), number) for draft, number in database.rows(DECLARATIONS)]


def differences(pool: ClerkPool, stored: Sequence[Row]) -> list[str]:
    """What clerks did not expect, and what differs between declarations and receipts, shown once or once more."""
    again = (each.confirmed_again() for each in pool.filed)
    return [*pool.faults, *lost_or_doubled(stored, pool.receipts()), *filter(None, again)]


def lost_or_doubled(stored: Sequence[Row], receipts: Sequence[Row]) -> list[str]:
    """What differs between the declarations stored and the receipts shown, both as draft and number."""
    numbers, drafts = dict(stored), dict(receipts)
    return [
        *duplicates("draft", [draft for draft, _number in stored]),
        *duplicates("number", [number for _draft, number in stored]),
        *duplicates("number shown", [number for _draft, number in receipts]),
        *(f"{number}: lost" for draft, number in receipts if numbers.get(draft) != number),
        *(f"{number}: filed, and nobody has its receipt" for draft, number in stored if draft not in drafts),
    ]


def duplicates(what: str, values: Sequence[str]) -> list[str]:
    """A line for each value that is there more than once."""
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
