"""The tables: validity, the copy in memory, and loading of files without losing an edit."""

import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from referentials import loading, tables
from referentials.bases import LANGUAGES
from referentials.models import AllowedPair, Quota, RiskCode, TablesVersion, TraineeStatus

pytestmark = pytest.mark.django_db


def risk(code: str = "999", **values) -> RiskCode:
    """An unsaved row of the simplest table."""
    labels = {f"label_{language}": f"label {language}" for language in LANGUAGES}
    return RiskCode(**{"code": code, "nature": "WORKER", "source": "test", **labels, **values})


def version() -> int:
    """The number of the version row."""
    return TablesVersion.objects.get().number


class TestValidity:
    @pytest.mark.parametrize(
        ("bounds", "day", "expected"),
        [
            ((None, None), date(1920, 1, 1), True),
            ((date(2022, 1, 1), None), date(2021, 12, 31), False),
            ((date(2022, 1, 1), None), date(2022, 1, 1), True),
            ((None, date(2021, 12, 31)), date(2021, 12, 31), True),
            ((None, date(2021, 12, 31)), date(2022, 1, 1), False),
        ],
    )
    def test_both_bounds_belong_to_it(self, bounds, day, expected):
        row = risk(valid_from=bounds[0], valid_until=bounds[1])
        row.save()
        assert row.is_valid_on(day) is expected
        assert RiskCode.objects.valid_on(day).filter(code="999").exists() is expected

    @pytest.mark.parametrize(
        ("first", "second", "refused"),
        [
            ((None, None), ("2022-01-01", None), True),
            ((None, "2021-12-31"), ("2022-01-01", None), False),
            ((None, "2022-01-01"), ("2022-01-01", None), True),
            (("2022-01-01", None), (None, "2021-12-31"), False),
            (("2022-01-01", None), (None, None), True),
            (("2022-01-01", "2022-12-31"), ("2022-06-01", "2022-06-30"), True),
            (("2022-01-01", "2022-12-31"), ("2023-01-01", "2022-12-31"), True),
        ],
    )
    def test_two_rows_of_one_code_never_hold_on_one_day(self, first, second, refused):
        def dated(bounds):
            begin, end = (bound and date.fromisoformat(bound) for bound in bounds)
            return risk(valid_from=begin, valid_until=end)

        dated(first).save()
        if refused:
            with pytest.raises(ValidationError):
                dated(second).full_clean()
        else:
            dated(second).full_clean()

    def test_rows_of_two_codes_may(self):
        risk("998").save()
        risk("999").full_clean()

    @pytest.mark.parametrize(
        "row",
        [
            AllowedPair(joint_committee="999", worker_type="OTH", confidence="P", source="test"),
            AllowedPair(joint_committee="124", worker_type="QUA", confidence="P", source="test"),
            AllowedPair(
                joint_committee="145", worker_type="OTH", confidence="P", user_committees="124 125", source="test"
            ),
            Quota(code="NEW", worker_type="QUA", holder="worker", unit="days", span="year", limit=1, source="test"),
        ],
    )
    def test_a_row_names_codes_that_exist(self, row):
        with pytest.raises(ValidationError, match="no code"):
            row.full_clean()


class TestTables:
    def test_the_row_on_the_day_else_the_nearest(self):
        RiskCode.objects.all().delete()
        risk(valid_until=date(2019, 12, 31)).save()
        risk(valid_from=date(2022, 1, 1)).save()
        rows = tables.current().risk_codes
        assert [row.valid_from for row in rows] == [None, date(2022, 1, 1)]
        days = {date(2015, 1, 1): 0, date(2020, 1, 15): 0, date(2021, 12, 1): 1, date(2025, 1, 1): 1}
        assert {day: rows.index(tables.nearest(rows, day)) for day in days} == days
        assert tables.nearest([], date(2025, 1, 1)) is None

    def test_a_pair_out_of_date_is_found_and_one_that_never_was_is_not(self):
        held, day = tables.current(), date(2025, 1, 1)
        a17 = held.pair("XXX", "A17", day)
        assert a17 is not None
        assert not a17.is_valid_on(day)
        assert held.pair("302", "OTH", day) is None

    def test_read_again_only_when_the_version_moved(self):
        before = tables.current()
        RiskCode._base_manager.filter(code="001").update(label_en="silent")
        assert tables.current() is before
        TablesVersion.renew()
        assert tables.current().risk_codes[0].label_en == "silent"

    @pytest.mark.parametrize(
        "change",
        [
            lambda: risk().save(),
            lambda: RiskCode.objects.get(code="001").delete(),
            lambda: RiskCode.objects.filter(code="001").delete(),
            lambda: RiskCode.objects.filter(code="001").update(nature="EMPLOYEE"),
            lambda: RiskCode.objects.bulk_create([risk()]),
            lambda: RiskCode.objects.bulk_update([RiskCode.objects.get(code="001")], ["nature"]),
        ],
        ids=["save", "delete", "delete many", "update", "bulk_create", "bulk_update"],
    )
    def test_every_change_moves_the_version(self, change):
        before = version()
        change()
        assert version() != before

    def test_a_change_rolled_back_is_not_remembered(self):
        with transaction.atomic():
            RiskCode.objects.filter(code="001").update(label_en="undone")
            assert tables.current().risk_codes[0].label_en == "undone"
            transaction.set_rollback(True)
        RiskCode.objects.filter(code="001").update(label_en="kept")
        assert tables.current().risk_codes[0].label_en == "kept"

    def test_reading_costs_one_query(self, django_assert_num_queries):
        tables.current()
        with django_assert_num_queries(1):
            tables.current()


class TestLoading:
    @pytest.fixture
    def files(self, tmp_path, monkeypatch) -> Path:
        """A copy of the files that a test may change."""
        copied = Path(shutil.copytree(loading.DATA, tmp_path / "data"))
        monkeypatch.setattr(loading, "DATA", copied)
        return copied

    @staticmethod
    def edit(path: Path, old: str, new: str) -> None:
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    @staticmethod
    def check() -> list[str]:
        """The lines that --check prints before it fails."""
        out = StringIO()
        with pytest.raises(CommandError, match="differ") as caught:
            call_command("load_referentials", "--check", stdout=out)
        assert caught.value.returncode == 1
        return out.getvalue().splitlines()

    @staticmethod
    def check_passes() -> None:
        out = StringIO()
        call_command("load_referentials", "--check", stdout=out)
        assert out.getvalue() == "The database holds what the files say.\n"

    @pytest.mark.slow
    def test_every_file_loads_into_an_empty_database_and_the_version_is_drawn_once(self):
        for model in loading.TABLES.values():
            model.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = loading.load()
        for name, model in loading.TABLES.items():
            assert len(found[name]) == model.objects.count() > 0
            assert {each.act for each in found[name]} == {loading.Action.ADD}
        drawn = [each for each in queries if each["sql"].startswith('UPDATE "referentials_tablesversion"')]
        assert len(drawn) == 1

    def test_loading_again_changes_nothing(self):
        before = version()
        out = StringIO()
        call_command("load_referentials", stdout=out)
        assert out.getvalue().splitlines() == [f"{name}: no change" for name in loading.TABLES]
        assert version() == before
        self.check_passes()

    def test_every_row_states_its_source(self):
        for model in loading.TABLES.values():
            assert not model.objects.filter(source="").exists(), model

    def test_a_changed_row_is_updated(self, files):
        self.edit(
            files / "quotas.csv",
            "STUDENT,STU,,worker,hours,year,,0,0,650,2025-01-01,,",
            "STUDENT,STU,,worker,hours,year,,0,0,700,2025-01-01,,",
        )
        before = version()
        assert [line.split(":", 2)[2] for line in self.check()] == [" STUDENT 2025-01-01: changed (limit 650 → 700)"]
        assert version() == before
        loading.load()
        assert Quota.objects.get(code="STUDENT", valid_until=None).limit == 700
        assert version() != before
        self.check_passes()

    def test_the_law_changes_a_row_is_closed_and_another_opened(self, files):
        line = "STUDENT,STU,,worker,hours,year,,0,0,650,2025-01-01,,"
        self.edit(
            files / "quotas.csv",
            line,
            "STUDENT,STU,,worker,hours,year,,0,0,800,2030-01-01,,new law\n"
            + line.replace("01-01,,", "01-01,2029-12-31,"),
        )
        acts = [each.act for each in loading.load()["quotas"]]
        assert acts == [loading.Action.ADD, loading.Action.UPDATE]
        limits = {
            day: [row.limit for row in Quota.objects.valid_on(day).filter(code="STUDENT")]
            for day in (date(2029, 12, 31), date(2030, 1, 1))
        }
        assert limits == {date(2029, 12, 31): [650], date(2030, 1, 1): [800]}

    def test_a_row_that_the_file_lost_is_left_and_told(self, files):
        self.edit(files / "trainee_statuses.csv", "\nF2,", "\nF3,")
        assert [line.split(": ")[1:] for line in self.check()] == [["F3", "new"], ["F2", "not in the file, left"]]
        loading.load()
        assert [row.code for row in TraineeStatus.objects.all()] == ["F1", "F2", "F3"]

    def test_a_row_edited_by_hand_is_kept_and_told(self):
        RiskCode.objects.filter(code="001").update(label_fr="Autre chose", is_edited=True)
        loading.load()
        assert RiskCode.objects.get(code="001").label_fr == "Autre chose"
        (line,) = self.check()
        assert "001: edited by hand, kept (label_fr 'Autre chose' → " in line

    def test_a_row_whose_first_day_was_edited_by_hand_is_kept(self):
        RiskCode.objects.filter(code="001").update(valid_from=date(2020, 1, 1), is_edited=True)
        acts = [each.act for each in loading.load()["risk_codes"]]
        assert acts == [loading.Action.KEEP_EDITED, loading.Action.LEAVE_UNLISTED]
        assert RiskCode.objects.get(code="001").valid_from == date(2020, 1, 1)

    def test_an_edited_row_that_says_what_the_file_says_follows_it_again(self, files):
        RiskCode.objects.filter(code="001").update(is_edited=True)
        loading.load()
        assert not RiskCode.objects.get(code="001").is_edited
        self.edit(files / "risk_codes.csv", "006,WORKER,Chauffeur,", "006,WORKER,Bestuurder,")
        loading.load()
        assert RiskCode.objects.get(code="006").label_nl == "Bestuurder"

    @pytest.mark.parametrize(
        ("name", "old", "new", "message"),
        [
            (
                "quotas",
                "code,worker_type,",
                "code,type,",
                "quotas.csv:1: missing or unknown columns: type, worker_type",
            ),
            ("quotas", ",650,2025-01-01,,", ",many,2025-01-01,,", "quotas.csv:4: limit: "),
            ("quotas", ",650,2025-01-01,,", ",,2025-01-01,,", "quotas.csv:4: limit: "),
            ("quotas", ",650,2025-01-01,,", ",650,01/01/2025,,", "quotas.csv:4: valid_from: "),
            ("quotas", ",650,2025-01-01,,", ",650,2025-01-01,", "quotas.csv:4: the number of cells"),
            ("quotas", ",650,2025-01-01,,", ",650,2025-01-01,,,", "quotas.csv:4: the number of cells"),
            ("quotas", ",650,2025-01-01,,", ",650,2023-01-01,,", "quotas.csv:4: a line above has the same key"),
            ("quotas", ",650,2025-01-01,,", ",650,2024-12-31,,", "another row with this code is in force"),
            ("quotas", "475,2017-01-01,2022-12-31", "475,2017-01-01,2016-12-31", "quotas.csv:2: this day is before"),
            ("allowed_pairs", "XXX,OTH,C,,0,0,", "XXX,OTH,C,,yes,0,", "has_day_flat_rate: write 0 or 1"),
            ("allowed_pairs", "XXX,OTH,C,,0,", "XXX,OTH,Z,,0,", "confidence: value 'z' is not a valid choice"),
            ("allowed_pairs", "XXX,OTH,C,,0,", "XXX,QUA,C,,0,", "the tables have no code qua"),
            ("risk_codes", "006,WORKER,Chauffeur,", "006,WORKER,,", "risk_codes.csv:7: label_nl: "),
            ("risk_codes", "006,WORKER,Chauffeur,", "0006,WORKER,Chauffeur,", "risk_codes.csv:7: code: "),
        ],
    )
    def test_bad_data_is_told_by_file_and_line_and_nothing_is_written(self, files, name, old, new, message):
        self.edit(files / f"{name}.csv", old, new)
        before = version(), list(Quota.objects.values()), list(AllowedPair.objects.values())
        with pytest.raises(CommandError) as caught:
            call_command("load_referentials", stdout=StringIO())
        assert message in str(caught.value).lower()
        assert (version(), list(Quota.objects.values()), list(AllowedPair.objects.values())) == before

    def test_a_missing_file_is_told(self, files):
        (files / "quotas.csv").unlink()
        with pytest.raises(CommandError, match=r"quotas\.csv: the file is missing"):
            call_command("load_referentials", "--check", stdout=StringIO())
