"""What came of it: a line per phase, and every fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .clerks import Error, Office
from .front import Release
from .servers import Server

COLUMNS = "{:<44} {:>8} {:>9} {:>7} {:>15}"
Row = tuple[str, str]
DECLARATIONS = "SELECT draft::text, number FROM declarations_declaration"


@dataclass(frozen=True)
class Phase:
    """A part of the run, from a moment on."""

    name: str
    since: float


class Timeline:
    """The phases of a run, each begun when it is named."""

    def __init__(self) -> None:
        self.phases: list[Phase] = []

    def begin(self, name: str, now: float) -> None:
        """The next phase."""
        self.phases.append(Phase(name, now))

    def spans(self) -> Iterator[tuple[str, float, float]]:
        """Each phase with its beginning and end; the last one only ends the one before."""
        for phase, following in pairwise(self.phases):
            yield phase.name, phase.since, following.since


def longest_silence(answers: Sequence[float], since: float, until: float) -> float:
    """The most seconds between two answers, as far as they lie in that time."""
    inside = sorted(at for at in answers if since <= at < until)
    return max(after - before for before, after in pairwise([since, *inside, until]))


def table(timeline: Timeline, office: Office) -> None:
    """Print what each phase brought."""
    print(COLUMNS.format("phase", "seconds", "receipts", "errors", "longest silence"))
    for name, since, until in timeline.spans():
        receipts = sum(since <= each.at < until for each in office.filed)
        errors = [each for each in office.errors if since <= each.at < until]
        silence = longest_silence(office.answers, since, until)
        print(COLUMNS.format(name, f"{until - since:.1f}", receipts, len(errors), f"{silence:.2f} s"))
        seen(errors)


def seen(errors: Sequence[Error]) -> None:
    """Print what clerks saw in the place of answers, and on which step."""
    for (what, method, step), count in Counter((each.what, each.method, each.step) for each in errors).most_common():
        print(f"    {count} × {what} ({method} {step})")


def faults(office: Office, leader: Server, release: Release, head: str = "") -> list[str]:
    """What is not as it must be: a receipt without its declaration, a draft or number twice, a broken chain."""
    return [
        *office.faults,
        *lost_or_doubled(
            [(draft, number) for draft, number in leader.rows(DECLARATIONS)],
            [(each.draft, each.number) for each in office.filed],
        ),
        *filter(None, (each.confirmed_again() for each in office.filed)),
        *commands(leader, release, head),
    ]


def lost_or_doubled(stored: Sequence[Row], receipts: Sequence[Row]) -> list[str]:
    """What differs between the declarations stored and the receipts shown, both as draft and number."""
    numbers, drafts = dict(stored), dict(receipts)
    return [
        *twice("draft", [draft for draft, _number in stored]),
        *twice("number", [number for _draft, number in stored]),
        *twice("number shown", [number for _draft, number in receipts]),
        *(f"{number}: lost" for draft, number in receipts if numbers.get(draft) != number),
        *(f"{number}: filed, and nobody has its receipt" for draft, number in stored if draft not in drafts),
    ]


def twice(what: str, values: Sequence[str]) -> list[str]:
    """A line for each value that is there more than once."""
    return [f"{what} {value}: {count} times" for value, count in Counter(values).items() if count > 1]


def commands(leader: Server, release: Release, head: str) -> list[str]:
    """Print what `check_ledger` and `verify_chain` say; it again when they found something."""
    found = []
    for command in (["seal_declarations"], ["check_ledger"], ["verify_chain", *(["--head", head] if head else [])]):
        done = release.tried(leader.url, *command)
        said = f"{command[0]}: {done.stdout.strip()}{done.stderr.strip()}"
        print(said)
        if done.returncode:
            found.append(said)
    return found
