"""Declarations on one period, confirmed at the same moment: roles, and the expected results.

Each process plays one role of a contest, round after round, through the real pages. The expected results come from a
separate model: a period starts and ends on some day, may be cancelled, and accepts declarations in the order of their
numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.test import Client

from declarations.enums import DeclarationKind, Status
from declarations.models import Declaration
from tests.support.builders import START, Walk, answers_for, codes, submit_pages
from tests.support.pages import preview

OUT, MODIFICATION, CANCELLATION = DeclarationKind.OUT, DeclarationKind.MODIFICATION, DeclarationKind.CANCELLATION
CANCELLED, CLOSED, UNCHANGED = "00913-355", "00913-356", "90378-444"
EXPECTED_STATUSES = (200, 302)
# A Confirm cannot be overtaken more often than there are processes.
MAX_CONFIRMS = 12


@dataclass(frozen=True)
class Role:
    """The declaration of one process: the typed values, and its effect on the model's period.

    `typed_again` is typed in addition if another process's change sends the draft back to its dates.
    """

    kind: DeclarationKind
    typed: Mapping[str, str] = field(default_factory=dict)
    makes: Mapping[str, Any] = field(default_factory=dict)
    typed_again: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contest:
    """The roles that meet on a period that ends on `end`, or is open.

    If the period is closed in between, a Modification begins its draft after that, the others before.
    """

    name: str
    roles: tuple[Role, ...]
    end: str = ""
    closed_between: str = ""

    def role(self, process: int) -> Role:
        """The role of a process; with more processes than roles, several play the same role."""
        return self.roles[process % len(self.roles)]

    def begins_late(self, process: int) -> bool:
        """Whether the process begins its draft after the period was closed."""
        return bool(self.closed_between) and self.role(process).kind == MODIFICATION


class Shared(NamedTuple):
    """What the processes share: the barrier, and the number of each round's period."""

    barrier: Barrier
    numbers: MutableSequence[int]


# Set when a process starts.
shared: Shared | None = None


@dataclass
class Act:
    """The result of one process in one round: HTTP statuses of its Confirms, codes of each new overview."""

    contest: int
    round: int
    process: int
    draft: UUID = field(default_factory=uuid4)
    statuses: list[int] = field(default_factory=list)
    shown: list[set[str]] = field(default_factory=list)
    trouble: str = ""


@dataclass(frozen=True)
class StoredDeclaration:
    """A declaration as stored."""

    number: str
    is_accepted: bool
    codes: set[str]


def day(today: date, ahead: int) -> str:
    """A day, as typed."""
    return f"{today + timedelta(ahead):%d/%m/%Y}"


def contests(today: date) -> list[Contest]:
    """Every pair of roles. The periods start in ten days, so that nothing is late."""
    earlier, end, later, latest = (day(today, ahead) for ahead in (5, 30, 40, 50))
    closing, closing_later = (Role(OUT, {"end_date": each}, {"end": each}) for each in (end, later))
    extending, extending_more = (Role(MODIFICATION, {"end_date": each}, {"end": each}) for each in (later, latest))
    starting_earlier = Role(MODIFICATION, {"start_date": earlier}, {"start": earlier}, {"end_date": end})
    reopening = Role(MODIFICATION, {"end_date": "", "remove_end_date": "on"}, {"end": ""})
    cancelling = Role(CANCELLATION, makes={"is_cancelled": True})
    return [
        Contest("OUT / OUT", (closing, closing_later)),
        Contest("OUT / CANCELLATION", (closing, cancelling)),
        Contest("MODIFICATION to start earlier / OUT", (starting_earlier, closing)),
        Contest("MODIFICATION to reopen / OUT", (reopening, closing_later), closed_between=end),
        Contest("MODIFICATION / MODIFICATION, alike", (extending, extending), end),
        Contest("MODIFICATION / MODIFICATION, unlike", (extending, extending_more), end),
        Contest("CANCELLATION / CANCELLATION", (cancelling, cancelling)),
    ]


# -- the processes ---------------------------------------------------------------------------------------------


def new_client(process: int, position: int) -> Client:
    """A client with an address of its own, so that no limit on previews is reached."""
    address = f"10.{process}.{position // 256}.{position % 256}"
    return Client(raise_request_exception=False, REMOTE_ADDR=address)


def ssin_of(position: int) -> str:
    """The SSIN of the worker for that position."""
    born = date(1950, 1, 1) + timedelta(position % 15_000)
    first = f"{born:%y%m%d}{position // 15_000 + 1:03d}"
    return f"{first}{97 - int(first) % 97:02d}"


def open_period(contest: Contest, today: date, position: int, process: int) -> str:
    """Open a period by a Dimona IN for a new worker; returns its number."""
    answers = answers_for("XXX", "OTH", ssin=ssin_of(position), start_date=day(today, 10), end_date=contest.end)
    declaration = submit_pages(new_client(process, position), answers)
    assert declaration.period, codes(declaration)
    return declaration.number


def period_answers(number: str, kind: DeclarationKind, typed: Mapping[str, str]) -> dict[str, str]:
    """Answers for a declaration on that period."""
    return {**START, "kind": kind.value, "period_number": number, "period_characteristics": "other", **typed}


def play(contest: Contest, number: str, act: Act, meet: Callable[[], Any]) -> None:
    """Take a draft to its overview, wait for the others, and confirm."""
    role, client = contest.role(act.process), new_client(act.process, act.round)
    if not contest.begins_late(act.process):
        walk, page = to_overview(client, number, role)
    if contest.closed_between:
        meet()
        if act.process == 0:
            submit_pages(client, period_answers(number, OUT, {"end_date": contest.closed_between}))
        meet()
    if contest.begins_late(act.process):
        walk, page = to_overview(client, number, role)
    act.draft = walk.draft
    meet()
    confirm(walk, role, page, act)


def to_overview(client: Client, number: str, role: Role) -> tuple[Walk, Any]:
    """A draft of that role, and its overview."""
    walk = Walk(client).to("overview", period_answers(number, role.kind, role.typed))
    return walk, walk.get("overview")


def confirm(walk: Walk, role: Role, page: Any, act: Act) -> None:
    """Press Confirm; if a new page comes instead of a receipt, read it and press again."""
    for _time in range(MAX_CONFIRMS):
        answer = walk.client.post(walk.url("overview"), walk.hidden(page))
        act.statuses.append(answer.status_code)
        if answer.status_code not in EXPECTED_STATUSES:
            act.trouble = repr(answer.exc_info[1]) if answer.exc_info else "an error page"
            return
        if answer.status_code == 302 and "/receipt/" in answer.url:
            return
        page = answer if answer.status_code == 200 else overview_again(walk, role)
        act.shown.append(preview(page)[1])
    act.trouble = f"no receipt after {MAX_CONFIRMS} times"


def overview_again(walk: Walk, role: Role) -> Any:
    """The overview after filling in the dates again, because they no longer fit the period."""
    while (page := walk.get("overview")).status_code == 302:
        walk.next("period", {**role.typed, **role.typed_again})
    return page


def run_process(process: int, processes: int, rounds: int, today: date) -> tuple[list[Act], list[float]]:
    """Play every contest as that process; returns its acts and the seconds per contest."""
    acts, seconds = [], []
    pairs = contests(today)
    try:
        for position, contest in enumerate(pairs):
            began = time.monotonic()
            mine = [Act(position, each, process) for each in range(position, rounds, len(pairs))]
            # First, all processes open the periods in turn.
            for act in mine[process::processes]:
                shared.numbers[act.round] = int(open_period(contest, today, act.round, process))
            shared.barrier.wait()
            for act in mine:
                play(contest, str(shared.numbers[act.round]), act, shared.barrier.wait)
            acts += mine
            seconds.append(time.monotonic() - began)
    except BaseException:
        # Otherwise the others would wait for this process.
        shared.barrier.abort()
        raise
    return acts, seconds


# -- the expected results --------------------------------------------------------------------------------------


def refusals(contest: Contest, roles: Sequence[Role]) -> list[str]:
    """The refusal code of each declaration in that order, empty if it is accepted."""
    period = {"start": "", "end": contest.closed_between or contest.end, "is_cancelled": False}
    found = []
    for role in roles:
        found.append(_refusal(role, period))
        if not found[-1]:
            period |= role.makes
    return found


def _refusal(role: Role, period: Mapping[str, Any]) -> str:
    if period["is_cancelled"]:
        return CANCELLED
    if role.kind == OUT and period["end"]:
        return CLOSED
    is_unchanged = role.kind == MODIFICATION and {**period, **role.makes} == period
    return UNCHANGED if is_unchanged else ""


def faults(contest: Contest, acts: Sequence[Act], filed: Mapping[UUID, Sequence[StoredDeclaration]]) -> Iterator[str]:
    """The faults of one round."""
    yield from (f"{act.statuses} {act.trouble}" for act in acts if act.trouble)
    yield from (f"{len(filed[act.draft])} declarations of one draft" for act in acts if len(filed[act.draft]) != 1)
    if any(act.trouble or len(filed[act.draft]) != 1 for act in acts):
        return
    in_order = sorted(acts, key=lambda act: filed[act.draft][0].number)
    expected = refusals(contest, [contest.role(act.process) for act in in_order])
    for act, code in zip(in_order, expected, strict=True):
        yield from _unlike(act, filed[act.draft][0], {code} - {""})
    at_once = [len(act.statuses) == 1 for act in in_order]
    if not contest.closed_between and at_once != [True] + [False] * (len(acts) - 1):
        yield f"{sum(at_once)} were filed at the first Confirm"


def _unlike(act: Act, filed: StoredDeclaration, expected: set[str]) -> Iterator[str]:
    if filed.codes != expected or filed.is_accepted == bool(expected):
        yield f"{filed}, expected {expected or 'accepted'}"
    if act.shown and act.shown[-1] != filed.codes:
        yield f"{filed}, after an overview that showed {act.shown[-1]}"


def outcome(contest: Contest, acts: Sequence[Act], filed: Mapping[UUID, Sequence[StoredDeclaration]]) -> str:
    """The round in words, which are the same whichever of equal roles came first."""
    return " + ".join(sorted(_in_words(contest.role(act.process), act, filed[act.draft]) for act in acts))


def _in_words(role: Role, act: Act, filed: Sequence[StoredDeclaration]) -> str:
    seen = [f"shown {' '.join(sorted(each)) or 'the change'}" for each in act.shown]
    ends = ["accepted" if each.is_accepted else f"refused {' '.join(sorted(each.codes))}" for each in filed]
    return f"{role.kind.name} {', '.join([*seen, *ends]) or 'not filed'}"


def declarations_by_draft(drafts: Sequence[UUID]) -> dict[UUID, list[StoredDeclaration]]:
    """The declarations of each draft."""
    found: dict[UUID, list[StoredDeclaration]] = {draft: [] for draft in drafts}
    for declaration in Declaration.objects.prefetch_related("anomalies").defer("answers"):
        if declaration.draft in found:
            is_accepted = Status(declaration.status).is_accepted
            told = {anomaly.code for anomaly in declaration.anomalies.all()}
            found[declaration.draft].append(StoredDeclaration(declaration.number, is_accepted, told))
    return found
