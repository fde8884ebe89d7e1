"""The domain call: the status that findings give, the worker they concern, and what a filing leaves behind."""

from __future__ import annotations

from datetime import date, time
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from declarations.enums import DeclarationKind, Severity, Status
from declarations.filing import submission, workers
from declarations.filing.submission import Assessment, AssessmentChangedError, Submission
from declarations.models import Declaration, DeclarationAnomaly, Period, Worker, WriteOnceError
from declarations.rules import RULES, Finding
from referentials import tables
from referentials.models import Anomaly

from ..support.builders import (
    BY_NAME,
    ERIC,
    MONDAY,
    RESTAURANT,
    answers_for,
    cleaned_answers,
    codes,
    employer,
    period,
    submit,
    worker,
)

pytestmark = pytest.mark.django_db

BLOCKING = next(Finding(rule) for rule in RULES if rule.severity == Severity.BLOCKING)
WARNING = next(Finding(rule) for rule in RULES if rule.severity == Severity.WARNING)


@pytest.mark.parametrize(
    ("findings", "is_identified", "status"),
    [
        ((), True, Status.ACCEPTED),
        ((WARNING,), True, Status.ACCEPTED_WITH_WARNING),
        ((BLOCKING,), True, Status.REFUSED),
        ((WARNING, BLOCKING), True, Status.REFUSED),
        ((), False, Status.PENDING),
        ((WARNING,), False, Status.PENDING),
        ((BLOCKING,), False, Status.REFUSED),
    ],
)
def test_the_status_follows_the_findings(findings, is_identified, status):
    assert submission.status_of(findings, is_identified=is_identified) == status


def test_a_fingerprint_says_status_and_codes():
    one = Assessment(Status.REFUSED, (BLOCKING, WARNING))
    assert one.fingerprint == Assessment(Status.REFUSED, (WARNING, BLOCKING, WARNING)).fingerprint
    assert one.fingerprint != Assessment(Status.REFUSED, (BLOCKING,)).fingerprint
    assert Assessment(Status.ACCEPTED, ()).fingerprint != Assessment(Status.PENDING, ()).fingerprint


def test_a_code_that_two_rules_give_for_one_field_is_told_once():
    """00910-008 comes from three rules on the starting date; what refuses comes first."""
    findings = tuple(Finding(rule) for rule in RULES)
    told = workers.once_per_field((*findings, *findings))
    keys = [(finding.code, finding.rule.field) for finding in told]
    assert len(keys) == len(set(keys)) < len(RULES)
    severities = [finding.rule.severity for finding in told]
    assert severities == sorted(severities)


def test_examining_changes_nothing(at):
    moment = at(MONDAY)
    answers, before = cleaned_answers(answers_for("XXX", "OTH", ssin="88010110274"), moment), Worker.objects.count()
    assessment = submission.assess(DeclarationKind.IN, answers, at=moment, tables=tables.current())
    assert assessment == Assessment(Status.ACCEPTED, ())
    assert (Declaration.objects.count(), Period.objects.count(), Worker.objects.count()) == (0, 0, before)


def test_a_declaration_is_kept_as_filed(at):
    moment = at(MONDAY)
    declaration = submit(answers_for("XXX", "STU"), moment)
    declaration.refresh_from_db()
    assert (declaration.kind, declaration.status, declaration.submitted_at) == ("in", Status.ACCEPTED, moment)
    assert (declaration.employer, declaration.worker.ssin) == (employer(), ERIC)
    assert (declaration.start_date, declaration.end_date) == (date(2026, 3, 2), date(2026, 3, 31))
    assert (declaration.start_time, declaration.end_time) == (time(10), time(18))
    assert declaration.planned_hours == 20
    assert declaration.answers["values"]["start_date"] == "2026-03-02"
    assert declaration.answers["values"]["ssin"] == ERIC
    assert "employer" not in declaration.answers["values"]


def test_the_period_repeats_what_was_accepted(at):
    declaration = submit(answers_for("302", "EXT", employer_number=RESTAURANT), at(MONDAY))
    opened = Period.objects.get()
    for name in (
        "number", "worker", "employer", "joint_committee", "worker_type", "duration_unit", "start_date", "start_time",
        "end_date", "end_time", "planned_hours",
    ):  # fmt: skip
        assert getattr(opened, name) == getattr(declaration, name), name


def test_numbers_follow_one_another_whatever_is_answered(at):
    moment = at(MONDAY)
    found = [submit(answers_for("XXX", kind), moment) for kind in ("OTH", "T17", "DWD")]
    assert [declaration.status for declaration in found] == [Status.ACCEPTED, Status.REFUSED, Status.ACCEPTED]
    ranks = [int(declaration.number[:10]) for declaration in found]
    assert ranks == list(range(ranks[0], ranks[0] + 3))
    assert ranks[0] > 9_000_000_000


def test_a_draft_is_filed_once(at):
    moment, draft = at(MONDAY), uuid4()
    first = submit(answers_for("XXX", "OTH"), moment, draft)
    values = cleaned_answers(answers_for("XXX", "STU"), moment)
    values_to_file = Submission(draft, "en", {}, {"en": {}})
    again = submission.submit(
        DeclarationKind.IN,
        values,
        values_to_file,
        at=moment,
        tables=tables.current(),
        displayed_fingerprint="anything",
    )
    assert again == first
    assert again.worker_type.code == "OTH"
    assert Declaration.objects.count() == 1


def test_an_answer_that_is_not_the_displayed_one_files_nothing(at):
    moment = at(MONDAY)
    values = cleaned_answers(answers_for("XXX", "OTH", ssin="88010110274"), moment)
    before = Worker.objects.count()
    with pytest.raises(AssessmentChangedError) as found:
        submission.submit(
            DeclarationKind.IN, values, Submission(uuid4(), "en", {}, {}), at=moment, tables=tables.current(),
            displayed_fingerprint=Assessment(Status.REFUSED, ()).fingerprint,
        )  # fmt: skip
    assert found.value.assessment.status == Status.ACCEPTED
    assert (Declaration.objects.count(), Period.objects.count(), Worker.objects.count()) == (0, 0, before)


def test_another_failure_of_the_database_is_not_taken_for_a_second_confirm(at, monkeypatch):
    def fail(*args, **kwargs):
        raise IntegrityError("something else")

    monkeypatch.setattr(type(DeclarationAnomaly.objects), "bulk_create", fail, raising=False)
    with pytest.raises(IntegrityError, match="something else"):
        submit(answers_for("XXX", "OTH", start_date="1/3/2026"), at(MONDAY))
    assert not Declaration.objects.exists()


def test_an_anomaly_is_kept_in_the_words_of_the_day(at):
    declaration = submit(answers_for("XXX", "T17"), at(MONDAY))
    anomaly, row = declaration.anomalies.get(), Anomaly.objects.get(code="00655-350")
    assert (anomaly.code, anomaly.severity, anomaly.field, anomaly.step) == (
        "00655-350", "B", "worker_type", "characteristics",
    )  # fmt: skip
    assert anomaly.texts == {
        language: {"label": getattr(row, f"label_{language}"), "repair": getattr(row, f"repair_{language}")}
        for language in ("nl", "fr", "de", "en")
    }


# -- who the worker is -----------------------------------------------------------------------------------------


def test_a_new_ssin_enters_the_register_and_is_found_again(at):
    moment = at(MONDAY)
    one = submit(answers_for("XXX", "OTH", ssin="88010110274"), moment)
    other = submit(answers_for("XXX", "DWD", ssin="88.01.01-102.74"), moment)
    assert one.worker == other.worker
    assert Worker.objects.filter(ssin_hash=one.worker.ssin_hash).count() == 1


def test_identify_prefers_the_ssin(at):
    worker(ERIC, family_name="Exemple", given_name="Éric", birth_date="1985-07-30", sex="1")
    named = {"family_name": "Exemple", "given_name": "eric", "birth_date": "1985-07-30", "sex": "1"}
    found = workers.identify(named)
    assert found
    assert found.ssin == ERIC
    assert workers.identify({**named, "ssin": "88010110274"}) is None
    assert workers.identify({**named, "birth_date": "1985-00-00"}) is None


def test_a_pending_declaration_has_no_period_and_keeps_the_name_to_search(at):
    declaration = submit({**answers_for("XXX", "OTH"), **BY_NAME}, at(MONDAY))
    assert (declaration.status, declaration.worker, declaration.period) == (Status.PENDING, None, None)
    assert len(declaration.family_name_hash) == 64
    assert Period.objects.count() == 0


def test_a_refusal_comes_before_pending(at):
    declaration = submit({**answers_for("302", "OTH"), **BY_NAME}, at(MONDAY))
    assert (declaration.status, codes(declaration)) == (Status.REFUSED, {"90374-349"})


def test_a_warning_of_a_pending_declaration_is_kept(at):
    declaration = submit({**answers_for("XXX", "OTH", start_date="1/3/2026"), **BY_NAME}, at(MONDAY))
    assert (declaration.status, codes(declaration)) == (Status.PENDING, {"90373-460"})


def test_a_worker_found_by_name_is_judged_with_his_periods(at):
    known = worker(ERIC, family_name="Nieuwkomer", given_name="Isaura", birth_date="1991-11-17", sex="2")
    period("XXX", "OTH", "2026-01-05", worker=known)
    declaration = submit({**answers_for("XXX", "OTH"), **BY_NAME}, at(MONDAY))
    assert (declaration.status, codes(declaration)) == (Status.REFUSED, {"90373-334"})


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ([("XXX", "OTH", "2026-01-05", "")], {"90017-510"}),
        ([("XXX", "OTH", "2026-01-05", "2026-01-31")], {"90017-510"}),
        ([("XXX", "OTH", "2025-01-05", "2025-12-31")], set()),
        ([("XXX", "OTH", "2026-03-03", "")], set()),
        ([("XXX", "DWD", "2026-01-05", "")], set()),
    ],
)
def test_a_flexi_job_beside_another_contract_is_warned(at, others, found):
    for other in others:
        period(*other)
    assert codes(submit(answers_for("XXX", "FLX"), at(MONDAY))) == found


# -- what the database and the model guarantee -----------------------------------------------------------------


def test_a_filed_declaration_is_never_written_again(at):
    declaration = submit(answers_for("XXX", "OTH"), at(MONDAY))
    declaration.status = Status.REFUSED
    with pytest.raises(WriteOnceError):
        declaration.save()
    with pytest.raises(WriteOnceError):
        declaration.delete()
    with pytest.raises(WriteOnceError):
        Declaration.objects.filter(pk=declaration.pk).update(status=Status.REFUSED)
    with pytest.raises(WriteOnceError):
        Declaration.objects.all().delete()
    declaration.refresh_from_db()
    assert declaration.status == Status.ACCEPTED


@pytest.mark.parametrize(
    "change",
    [
        {"end_date": date(2026, 3, 1)},
        {"planned_hours": 0},
        {"planned_hours": 1000},
        {"period": None},
    ],
)
def test_the_database_refuses_what_cannot_be(at, change):
    declaration = submit(answers_for("XXX", "OTH"), at(MONDAY))
    with pytest.raises(IntegrityError), transaction.atomic():
        Declaration._base_manager.filter(pk=declaration.pk).update(**change)


def test_an_anomaly_stands_once_per_field(at):
    anomaly = submit(answers_for("XXX", "T17"), at(MONDAY)).anomalies.get()
    with pytest.raises(WriteOnceError):
        anomaly.save()
    twin = DeclarationAnomaly(**{name: getattr(anomaly, name) for name in ("declaration", "code", "field", "texts")})
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_what_a_declaration_points_at_cannot_be_deleted(at):
    declaration = submit(answers_for("XXX", "OTH"), at(MONDAY))
    for row in (declaration.worker, declaration.employer, declaration.worker_type, declaration.period):
        with pytest.raises(ProtectedError):
            row.delete()
