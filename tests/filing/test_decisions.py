"""Reviewers' decisions on pending declarations, and locks of periods."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from declarations.enums import Status
from declarations.filing import decisions
from declarations.models import Decision, Declaration, Notification, Period, QueueEntry, Worker, WriteOnceError
from declarations.names import birth_date_hash, family_name_hash, ssin_hash
from referentials import tables

from ..support.builders import BY_NAME, ERIC, MONDAY, answers_for, submit, without

pytestmark = pytest.mark.django_db

ZOFIA = "90021412402"


@pytest.fixture
def reviewer() -> User:
    return User.objects.create_user("reviewer", is_staff=True)


def pending(at, moment: str = MONDAY, **changes: str) -> Declaration:
    """A declaration of an unknown worker."""
    answers = {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME, **changes}
    declaration = submit(answers, at(moment))
    assert declaration.status == Status.PENDING
    return declaration


def decide(declaration: Declaration, by: User, ssin: str = "") -> Decision:
    return decisions.decide(declaration, ssin=ssin, note="seen", by=by, at=timezone.now(), tables=tables.current())


def test_identified_it_is_accepted_and_its_period_takes_its_number(at, reviewer):
    declaration = pending(at)
    decision = decide(declaration, reviewer, ZOFIA)
    period = Period.objects.get()
    assert (decision.from_status, decision.status, decision.decided_by) == ("S", Status.ACCEPTED, reviewer)
    assert (period.number, period.worker.ssin, decision.period) == (declaration.number, ZOFIA, period)
    assert (period.start_date, period.end_date) == (date(2026, 3, 2), None)


def test_the_declaration_stays_as_it_was_filed(at, reviewer):
    declaration = pending(at)
    decide(declaration, reviewer, ZOFIA)
    kept = Declaration.objects.get()
    assert (kept.status, kept.worker, kept.period) == (Status.PENDING, None, None)
    assert (kept.current_status, kept.current_period) == (Status.ACCEPTED, Period.objects.get())


def test_it_is_examined_as_of_the_moment_of_filing(at, reviewer):
    declaration = pending(at)
    at("2026-05-04 10:00")
    assert decide(declaration, reviewer, ZOFIA).status == Status.ACCEPTED
    late = pending(at, "2026-03-03 09:00", family_name="Andere")
    decision = decide(late, reviewer, ERIC)
    assert decision.status == Status.ACCEPTED_WITH_WARNING
    assert [anomaly.code for anomaly in decision.anomalies.all()] == ["90373-460"]


def test_identified_it_may_be_refused(at, reviewer):
    submit(answers_for("XXX", "OTH", ssin=ZOFIA), at(MONDAY))
    decision = decide(pending(at), reviewer, ZOFIA)
    assert (decision.status, decision.period) == (Status.REFUSED, None)
    assert [anomaly.code for anomaly in decision.anomalies.all()] == ["90373-333"]
    assert Period.objects.count() == 1


def test_who_cannot_be_identified_is_refused(at, reviewer):
    decision = decide(pending(at), reviewer)
    assert (decision.status, decision.worker) == (Status.REFUSED, None)
    assert [(anomaly.code, anomaly.step) for anomaly in decision.anomalies.all()] == [("90017-151", "worker")]


def test_who_was_identified_is_known_the_next_time(at, reviewer):
    decide(pending(at), reviewer, ZOFIA)
    answers = {**without(answers_for("XXX", "STU"), "ssin"), **BY_NAME}
    assert submit(answers, at(MONDAY)).worker == Worker.objects.get()


def test_a_second_decision_is_not_taken(at, reviewer):
    declaration = pending(at)
    first = decide(declaration, reviewer)
    with pytest.raises(decisions.AlreadyDoneError) as raised:
        decide(declaration, reviewer, ZOFIA)
    assert raised.value.row == first
    assert Decision.objects.get() == first


def test_what_is_not_pending_is_not_decided(at, reviewer):
    declaration = submit(answers_for("XXX", "OTH"), at(MONDAY))
    with pytest.raises(decisions.AlreadyDoneError):
        decide(declaration, reviewer)


def test_a_decision_is_written_once(at, reviewer):
    decision = decide(pending(at), reviewer)
    with pytest.raises(WriteOnceError):
        decision.save()
    with pytest.raises(WriteOnceError):
        Decision.objects.update(status=Status.ACCEPTED)


@pytest.mark.parametrize("ssin", ["", ZOFIA])
def test_what_was_decided_is_in_the_queue_no_more(at, reviewer, ssin):
    first, second = pending(at), pending(at, "2026-03-03 09:00", family_name="Andere")
    submit(answers_for("XXX", "OTH"), at("2026-03-01 09:00"))
    assert list(Declaration.objects.awaiting_decision()) == [first, second]
    decide(first, reviewer, ssin)
    assert list(Declaration.objects.awaiting_decision()) == [second] == list(Declaration.objects.undecided())


class KilledError(Exception):
    """A kill in the middle of a transaction."""


@pytest.fixture
def killed(monkeypatch):
    """Raise KilledError at the last step of a filing and of a decision."""

    def end(*args: object, **kwargs: object) -> None:
        raise KilledError

    return lambda: monkeypatch.setattr(type(Notification.objects.all()), "queue", end)


def test_who_is_stopped_in_a_decision_leaves_the_queue_as_it_was(at, reviewer, killed):
    declaration = pending(at)
    killed()
    with pytest.raises(KilledError):
        decide(declaration, reviewer, ZOFIA)
    assert list(Declaration.objects.awaiting_decision()) == [declaration]
    assert not Decision.objects.exists()


def test_who_is_stopped_in_a_filing_leaves_nothing_in_the_queue(at, killed):
    killed()
    with pytest.raises(KilledError):
        pending(at)
    assert not QueueEntry.objects.exists()
    assert not Declaration.objects.exists()


@pytest.mark.parametrize(
    ("changes", "agreements"),
    [
        ({"family_name": "Exemple", "given_name": "Eric", "sex": "1", "birth_date": "31/7/1985"}, 3),
        ({"family_name": "EXEMPLE", "given_name": "Erik", "sex": "1", "birth_date": "30/7/1985"}, 3),
        ({"family_name": "Eric", "given_name": "Exemple", "sex": "1", "birth_date": "1/1/1980"}, 1),
        ({"family_name": "Example", "given_name": "Éric", "sex": "1", "birth_date": "30/7/1985"}, 3),
        ({"family_name": "Anders", "given_name": "Erik", "sex": "1", "birth_date": "30/7/1986"}, None),
    ],
)
def test_who_is_likely_to_be_the_one(at, changes, agreements):
    call_command("load_demo_workers", verbosity=0)
    matches = decisions.likely_matches(pending(at, **changes))
    found = next((len(match.agreements) for match in matches if match.worker.ssin == ERIC), None)
    assert found == agreements


def test_among_many_of_one_birth_date_and_many_of_one_name_the_likeliest_is_found(at):
    def known(ssin: str, family_name: str, birth_date: str) -> Worker:
        return Worker(
            ssin=ssin,
            ssin_hash=ssin_hash(ssin),
            identity={"family_name": family_name, "given_name": "Éric", "birth_date": birth_date, "sex": "1"},
            family_name_hash=family_name_hash(family_name),
            birth_date_hash=birth_date_hash(birth_date),
        )

    namesakes = [known(f"namesake {rank}", "Exemple", "1970-01-01") for rank in range(10)]
    others = [known(f"other {rank}", "Modèle", "1985-07-30") for rank in range(10)]
    Worker.objects.bulk_create([*namesakes, *others, known(ERIC, "Exemple", "1985-07-30")])
    declared = {"family_name": "Exemple", "given_name": "Erik", "sex": "1", "birth_date": "30/7/1985"}
    (match,) = decisions.likely_matches(pending(at, **declared), limit=1)
    assert match.worker.ssin == ERIC


@pytest.mark.parametrize(("most", "count"), [(1, 1), (2, 3)])
def test_no_more_workers_are_read_than_serve(at, most, count):
    """Workers with both the name and the birth date suffice if there are enough of them."""
    call_command("load_demo_workers", verbosity=0)
    declared = {"family_name": "Exemple", "given_name": "Erik", "sex": "1", "birth_date": "30/7/1985"}
    declaration = pending(at, **declared)
    with CaptureQueriesContext(connection) as asked:
        assert decisions.likely_matches(declaration, most)
    assert [each["sql"].endswith(f"LIMIT {5 * most}") for each in asked] == [True] * count


def test_a_period_is_locked_and_unlocked_once(at, reviewer):
    submit(answers_for("XXX", "OTH"), at(MONDAY))
    period, now = Period.objects.get(), timezone.now()
    decisions.set_lock(period, is_locked=True, note="inspection", by=reviewer, at=now)
    period.refresh_from_db()
    assert period.locked_at == now
    with pytest.raises(decisions.AlreadyDoneError):
        decisions.set_lock(period, is_locked=True, note="again", by=reviewer, at=now)
    decisions.set_lock(period, is_locked=False, note="over", by=reviewer, at=now + timedelta(days=1))
    period.refresh_from_db()
    assert period.locked_at is None
    assert [(lock.is_locked, lock.note) for lock in period.locks.order_by("pk")] == [
        (True, "inspection"),
        (False, "over"),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_decides(at):
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    declaration = pending(at)
    barrier, told = threading.Barrier(2), []

    def try_it(ssin: str) -> None:
        try:
            barrier.wait()
            told.append(decide(declaration, reviewer, ssin).status)
        except decisions.AlreadyDoneError:
            told.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it, args=(ssin,)) for ssin in (ZOFIA, "")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 2
    assert told.count("told") == 1
    assert Decision.objects.count() == 1
    assert not QueueEntry.objects.exists()
    assert Period.objects.count() == told.count(Status.ACCEPTED)
