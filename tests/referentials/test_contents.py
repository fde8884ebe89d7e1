"""The contents of the tables, compared with the domain reference copied by hand."""

from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import models

from referentials import loading, tables
from referentials.bases import Dated
from referentials.models import (
    AllowedPair,
    Anomaly,
    Employer,
    JointCommittee,
    Quota,
    RiskCode,
    TraineeStatus,
    WorkerType,
)

pytestmark = pytest.mark.django_db

# Domain reference 2.2: the confidence of each pair, "-" where there is none.
HEADER, *MATRIX = """
     XXX 124 140 144 145 149 302 320 322
A17  C   -   -   -   -   -   -   -   -
ALT  C   -   L   -   -   L   -   -   -
BCW  -   C   -   -   -   -   -   -   C
DWD  C   C   L   -   -   L   -   -   C
EXT  -   -   -   C   C   -   C   C   C
FLX  C   -   -   -   -   -   -   -   L
IVT  C   C   L   -   -   L   -   -   C
O17  C   -   -   -   -   -   -   -   -
OTH  C   -   C   -   -   C   -   -   C
PMP  C   -   -   -   -   -   -   -   -
RTA  -   C   -   -   -   -   -   -   -
S17  C   -   -   -   -   -   -   -   -
STG  C   -   -   -   -   -   -   -   -
STU  C   C   L   -   -   L   -   -   C
T17  L   -   -   -   -   -   -   -   -
TRI  C   L   L   -   -   L   -   -   C
""".strip().splitlines()
COMMITTEES = HEADER.split()

# Domain reference 2.3. A pair lies within the validity of its type and of its committee.
TYPE_DATES = {
    "A17": (None, date(2021, 12, 31)),
    "ALT": (date(2023, 9, 1), None),
    "O17": (date(2022, 1, 1), None),
    "S17": (date(2022, 1, 1), None),
    "T17": (date(2022, 1, 1), None),
    "STG": (date(2020, 1, 1), None),
}
COMMITTEE_DATES = {"149": (date(2017, 10, 1), None), "320": (date(2019, 4, 1), None)}

# Domain reference 3, rulings 2 and 20: the columns that are set, for each type.
REQUIREMENTS = {
    "A17": "requires_end_date is_one_day",
    "ALT": "",
    "BCW": "",
    "DWD": "",
    "EXT": "requires_end_date has_times is_at_most_24_hours is_late_by_hour requires_ssin bars_flexi",
    "FLX": "requires_end_date is_within_quarter has_times is_per_day_or_period is_flexi "
    "is_at_most_24_hours is_late_by_hour",
    "IVT": "requires_end_date requires_definitive_nsso_number has_small_statute",
    "O17": "requires_end_date is_within_quarter has_planned_hours",
    "OTH": "bars_flexi",
    "PMP": "",
    "RTA": "",
    "S17": "requires_end_date is_within_quarter has_planned_hours",
    "STG": "requires_end_date requires_definitive_nsso_number has_small_statute",
    "STU": "requires_end_date is_within_quarter has_times has_planned_hours is_student has_student_workplace "
    "bars_flexi",
    "T17": "requires_end_date is_one_day",
    "TRI": "requires_end_date requires_definitive_nsso_number has_small_statute",
}
DAYS_AHEAD = {"FLX": (31, "quarter"), "O17": (15, "start"), "S17": (15, "start"), "T17": (15, "start")}
EMPLOYER_CONDITIONS = {"T17": "is_public_broadcaster", "PMP": "may_declare_mandates"}


def dates(row: Dated) -> tuple[date | None, date | None]:
    """The bounds of the validity."""
    return row.valid_from, row.valid_until


class TestMatrix:
    @pytest.mark.parametrize("line", MATRIX, ids=lambda line: line[:3])
    def test_each_type_goes_with_these_committees_and_no_other(self, line):
        worker_type, *cells = line.split()
        expected = {code: cell for code, cell in zip(COMMITTEES, cells, strict=True) if cell != "-"}
        found = AllowedPair.objects.filter(worker_type=worker_type)
        assert {pair.joint_committee: pair.confidence for pair in found} == expected

    def test_the_types_of_xxx_are_those_of_the_manuals_screen_and_t17(self):
        codes = [row.code for row in tables.current().worker_types_of("XXX", date(2024, 10, 17))]
        assert " ".join(codes) == "A17 ALT DWD FLX IVT O17 OTH PMP S17 STG STU T17 TRI"

    def test_the_validity_of_types_and_committees(self):
        assert {row.code: dates(row) for row in WorkerType.objects.all() if any(dates(row))} == TYPE_DATES
        assert {row.code: dates(row) for row in JointCommittee.objects.all() if any(dates(row))} == COMMITTEE_DATES

    def test_a_pair_is_valid_while_its_type_and_its_committee_are(self):
        for pair in AllowedPair.objects.all():
            both = [TYPE_DATES.get(pair.worker_type), COMMITTEE_DATES.get(pair.joint_committee)]
            begins = [bounds[0] for bounds in both if bounds and bounds[0]]
            ends = [bounds[1] for bounds in both if bounds and bounds[1]]
            assert dates(pair) == (max(begins, default=None), min(ends, default=None)), pair

    def test_cards(self):
        required = {"124 BCW", "124 DWD", "124 IVT", "124 RTA", "124 STU", "124 TRI", "322 BCW"}
        optional = {"322 DWD", "322 IVT", "322 STU", "322 TRI"}
        found = {f"{p.joint_committee} {p.worker_type}": p.cards for p in AllowedPair.objects.exclude(cards="")}
        assert found == {**dict.fromkeys(required, "required"), **dict.fromkeys(optional, "optional")}
        assert [row.code for row in JointCommittee.objects.filter(requires_cards=True)] == ["124"]

    def test_what_only_some_pairs_ask(self):
        users = AllowedPair.objects.exclude(user_committees="").values_list(
            "joint_committee", "worker_type", "user_committees"
        )
        assert set(users) == {("322", "BCW", "124"), ("322", "EXT", "144 145 302 320")}
        flat = AllowedPair.objects.filter(has_day_flat_rate=True).values_list("joint_committee", "worker_type")
        assert list(flat) == [("302", "EXT")]
        assert [row.code for row in JointCommittee.objects.filter(is_agency=True)] == ["322"]

    def test_committees_stand_in_the_order_of_the_manuals_list(self):
        assert [row.code for row in JointCommittee.objects.all()] == COMMITTEES


class TestWorkerTypes:
    @pytest.mark.parametrize(("code", "columns"), REQUIREMENTS.items())
    def test_requirements(self, code, columns):
        row = WorkerType.objects.get(code=code)
        booleans = [each.name for each in WorkerType._meta.fields if isinstance(each, models.BooleanField)]
        assert {name for name in booleans if getattr(row, name)} == set(columns.split())

    def test_there_are_these_sixteen_types(self):
        assert [row.code for row in WorkerType.objects.all()] == sorted(REQUIREMENTS)

    def test_days_ahead(self):
        limited = WorkerType.objects.filter(max_days_ahead__isnull=False)
        assert {row.code: (row.max_days_ahead, row.ahead_of) for row in limited} == DAYS_AHEAD

    def test_employer_conditions(self):
        bound = WorkerType.objects.exclude(employer_condition="")
        assert {row.code: row.employer_condition for row in bound} == EMPLOYER_CONDITIONS
        assert all(hasattr(Employer, name) for name in EMPLOYER_CONDITIONS.values())


class TestQuotas:
    @pytest.mark.parametrize(
        ("day", "worker_type", "expected"),
        [
            (date(2016, 12, 31), "STU", {}),
            (date(2017, 1, 1), "STU", {"STUDENT": 475}),
            (date(2022, 12, 31), "STU", {"STUDENT": 475}),
            (date(2023, 1, 1), "STU", {"STUDENT": 600}),
            (date(2024, 12, 31), "STU", {"STUDENT": 600}),
            (date(2025, 1, 1), "STU", {"STUDENT": 650}),
            (date(2021, 12, 31), "T17", {}),
            (date(2022, 1, 1), "T17", {"A17_PUBTV": 25}),
            (
                date(2025, 5, 1),
                "EXT",
                {"AGRICULTURE_WORKER": 50, "HORTICULTURE_WORKER": 100, "HORECA_WORKER": 50, "HORECA_EMPLOYER": 200},
            ),
            (
                date(2025, 5, 1),
                "S17",
                {
                    "A17_YEAR_SPORT": 450,
                    "A17_QUARTER_SPORT_1": 150,
                    "A17_QUARTER_SPORT_2": 150,
                    "A17_QUARTER_SPORT_3": 285,
                    "A17_QUARTER_SPORT_4": 150,
                    "A17_STUDENT_SPORT": 190,
                },
            ),
            (
                date(2025, 5, 1),
                "O17",
                {
                    "A17_YEAR_OTHER": 300,
                    "A17_QUARTER_OTHER_1": 100,
                    "A17_QUARTER_OTHER_2": 100,
                    "A17_QUARTER_OTHER_3": 190,
                    "A17_QUARTER_OTHER_4": 100,
                    "A17_STUDENT_OTHER": 190,
                },
            ),
            (date(2025, 5, 1), "OTH", {}),
        ],
    )
    def test_limits(self, day, worker_type, expected):
        found = tables.valid_on(tables.current().quotas, day)
        assert {row.code: row.limit for row in found if row.worker_type == worker_type} == expected

    def test_only_article_17_is_refused(self):
        assert {row.worker_type for row in Quota.objects.filter(is_blocking=True)} == {"T17", "O17", "S17"}
        assert not Quota.objects.filter(is_blocking=False, worker_type__in=["T17", "O17", "S17"]).exists()

    def test_what_is_counted(self):
        by_code = {row.code: (row.joint_committee, row.holder, row.unit, row.span) for row in Quota.objects.all()}
        assert by_code["STUDENT"] == ("", "worker", "hours", "year")
        assert by_code["AGRICULTURE_WORKER"] == ("144", "worker", "days", "year")
        assert by_code["HORTICULTURE_WORKER"] == ("145", "worker", "days", "year")
        assert by_code["HORECA_WORKER"] == ("302", "worker", "days", "year")
        assert by_code["HORECA_EMPLOYER"] == ("302", "employer", "days", "year")
        assert by_code["A17_PUBTV"] == ("", "worker", "days", "year")
        assert by_code["A17_STUDENT_SPORT"] == ("", "worker", "hours", "year")
        assert by_code["A17_QUARTER_SPORT_3"] == ("", "worker", "hours", "quarter")

    def test_a_quota_of_a_quarter_names_it_and_no_other_does(self):
        for row in Quota.objects.all():
            assert row.quarter == (int(row.code[-1]) if row.span == "quarter" else None), row
            assert row.is_with_student_work == row.code.startswith("A17_STUDENT"), row


class TestRiskCodes:
    def test_each_belongs_to_one_nature(self):
        by_nature: dict[str, list[str]] = {"WORKER": [], "EMPLOYEE": []}
        for row in RiskCode.objects.all():
            by_nature[row.nature].append(row.code)
        assert by_nature["WORKER"] == ["001", "002", "003", "004", "005", "006"]
        assert by_nature["EMPLOYEE"] == [str(number) for number in range(401, 413)]

    def test_kinds_of_trainee(self):
        assert [row.code for row in TraineeStatus.objects.all()] == ["F1", "F2"]


class TestDemoEmployers:
    @pytest.fixture
    def rows(self) -> list[Employer]:
        return [row for _, row in loading.read(loading.DATA / "demo_employers.csv", Employer)]

    def test_numbers_are_valid_by_their_formulas(self, rows):
        for row in rows:
            assert row.numbers, row
            if number := row.enterprise_number:
                assert len(number) == 10, row
                assert int(number[8:]) == 97 - int(number[:8]) % 97, row
            for nsso in (row.nsso_number, row.provisional_nsso_number):
                assert not nsso or (int(nsso) % 97 == 96 and nsso[-2:] != "00"), row

    def test_the_cases_that_are_wanted(self, rows):
        manual = next(row for row in rows if row.enterprise_number == "0852093431")
        assert manual.nsso_number == "127792067"
        assert all([manual.street, manual.house_number, manual.postal_code, manual.town, manual.country])
        assert [row.name for row in rows if not row.nsso_number] == ["Huishouden Voorbeeld (demo)"]
        assert [row.name for row in rows if not row.street] == ["Adresse Inconnue (démo)"]
        assert [row.name for row in rows if row.is_public_broadcaster] == ["Omroep Testbeeld (demo)"]
        assert [row.name for row in rows if row.is_secured_channel_only] == ["Groupe Verrouillé (démo)"]
        assert [row.name for row in rows if row.active_until] == ["Fabriek van Weleer (demo)"]
        assert {True, False} == {row.may_declare_mandates for row in rows}

    def test_every_name_says_that_it_is_invented(self, rows):
        assert all(row.name.casefold().endswith(("(demo)", "(démo)")) for row in rows)

    def test_loaded_once_and_left_alone_after(self, rows):
        Employer.objects.all().delete()
        assert len(loading.load_demo_employers()) == len(rows)
        Employer.objects.filter(enterprise_number="0852093431").update(name="Renamed")
        out = StringIO()
        call_command("load_demo_data", stdout=out)
        assert out.getvalue() == "demo employers: 0 added\n"
        assert Employer.objects.filter(name="Renamed").exists()

    @pytest.mark.parametrize(
        "values",
        [
            {},
            {"enterprise_number": "0852.093.431"},
            {"enterprise_number": "2852093431"},
            {"nsso_number": "0935467"},
            {"provisional_nsso_number": "4000004097"},
            {"nsso_number": "127792067", "active_from": date(2024, 2, 1), "active_until": date(2024, 1, 31)},
        ],
    )
    def test_what_the_repertory_refuses(self, values):
        Employer.objects.all().delete()
        with pytest.raises(ValidationError):
            Employer(name="Demo", language="nl", **values).full_clean()


def test_next_years_words_wait_for_next_year():
    now = Anomaly.objects.get(code="90373-460")
    now.valid_until = date(2026, 12, 31)
    now.save()
    later = {field.name: getattr(now, field.name) for field in Anomaly._meta.fields if field.name != "id"}
    Anomaly.objects.create(**{**later, "valid_from": date(2027, 1, 1), "valid_until": None, "label_en": "Too late."})
    catalogue = tables.current()
    assert catalogue.anomaly("90373-460", date(2026, 12, 31)).label_en == now.label_en
    assert catalogue.anomaly("90373-460", date(2027, 1, 1)).label_en == "Too late."


def test_words_for_one_rule_go_before_those_for_all():
    catalogue, day = tables.current(), date(2026, 3, 2)
    assert catalogue.anomaly("00910-008", day).rule == ""
    assert catalogue.anomaly("00910-008", day, "start_is_within_its_domain").rule == ""
    assert catalogue.anomaly("00910-008", day, "is_not_filed_too_far_ahead").rule == "is_not_filed_too_far_ahead"
    with pytest.raises(KeyError):
        catalogue.anomaly("00000-000", day)


def test_only_a_workers_quota_refuses():
    quota = Quota.objects.get(code="HORECA_EMPLOYER")
    quota.is_blocking = True
    with pytest.raises(ValidationError, match="Only a worker"):
        quota.full_clean()
