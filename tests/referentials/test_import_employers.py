"""The import of employers: which are added, changed and closed, and which lines are rejected."""

import csv
import zipfile
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from declarations.admin.search import find_matches
from referentials.employers import Channel, Employer
from referentials.numbers import employer as numbers
from referentials.repertory import merger, reporting, sources
from referentials.repertory.merger import Activity, EmployerMerger
from referentials.repertory.staging import Denomination, Enterprise, Record
from trials import generate_employers
from trials.generate_employers import ADDRESS, DENOMINATION

DAY = date(2026, 3, 2)
FIRST, SECOND, THIRD = "0999.100.097", "0999.100.196", "0999.100.295"
FIRST_COMPACT, SECOND_COMPACT, THIRD_COMPACT = (text.replace(".", "") for text in (FIRST, SECOND, THIRD))
STREET = ("Kerkstraat", "Rue de l’Église", "1", "", "", "")
VALID = {"nsso_number": "127792067", "name": "Demo", "language": "nl"}
GHENT = ("REGO", "", "", "9000", "Gent", "Gand", *STREET)
HEADERS = {
    "enterprise.csv": ("EnterpriseNumber", "Status", "JuridicalSituation"),
    "denomination.csv": DENOMINATION,
    "address.csv": ADDRESS,
}


class Files:
    """The files of an import in a folder: `put` writes one, `run` imports them and returns the output."""

    def __init__(self, folder):
        self.folder = folder
        self.put("enterprise.csv", (FIRST, "AC", "000"))
        self.put("denomination.csv", (FIRST, "2", "001", "Het Brood"))
        self.put("address.csv", (FIRST, *GHENT))

    def put(self, name, *rows, header=None):
        with (self.folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([header or HEADERS[name], *rows])

    def put_bytes(self, name, content):
        (self.folder / name).write_bytes(content)

    def put_records(self, *rows):
        """Write records.csv: a dict per row; the columns are those of the first."""
        self.put("records.csv", *(tuple(row.values()) for row in rows), header=tuple(rows[0]))

    def run(self, *, cbe=True, path=None, on=DAY, code=0, **options):
        out, err = StringIO(), StringIO()
        records = self.folder / "records.csv"
        arguments = {"cbe": path or self.folder if cbe else None, "records": records if records.exists() else None}
        try:
            call_command("import_employers", **arguments, on=on, stdout=out, stderr=err, **options)
            found = 0
        except CommandError as error:
            found = error.returncode
            err.write(str(error))
        assert found == code, err.getvalue()
        return out.getvalue() + err.getvalue()


@pytest.fixture
def files(tmp_path, db):
    """A folder with the three files of one employer, and an empty repertory."""
    Employer.objects.all().delete()
    return Files(tmp_path)


def employer(number=FIRST):
    return Employer.objects.get(enterprise_number=number.replace(".", ""))


class TestNumbers:
    @pytest.mark.parametrize(
        ("kind", "text", "stored"),
        [
            ("enterprise_number", "0200.065.765", "0200065765"),
            ("enterprise_number", "BE 200065765", "0200065765"),
            ("nsso_number", "0009354-67", "935467"),
            ("nsso_number", "1254824-97", "125482497"),
            ("provisional_nsso_number", "51357716-02", "5135771602"),
        ],
    )
    def test_read_however_written(self, kind, text, stored):
        assert numbers.compact(kind, text) == stored

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("enterprise_number", "0200.065.766"),
            ("enterprise_number", "0000.000.097"),
            ("enterprise_number", "2000.000.041"),
            ("enterprise_number", ""),
            ("enterprise_number", "=1+1"),
            ("enterprise_number", "٠200065765"),
            ("enterprise_number", "9" * 5000),
            ("nsso_number", "1277920-68"),
            ("nsso_number", "1254824-00"),
            ("provisional_nsso_number", "51357716-03"),
            ("provisional_nsso_number", "0051357716-02"),
        ],
    )
    def test_what_is_no_number(self, kind, text):
        with pytest.raises(ValueError, match="not a valid"):
            numbers.compact(kind, text)


class TestNames:
    @pytest.mark.parametrize(
        ("language", "names", "chosen"),
        [
            ("nl", [(1, 1, "Le Pain"), (1, 2, "Het Brood")], "Het Brood"),
            ("de", [(1, 1, "Le Pain"), (1, 2, "Het Brood"), (1, 3, "Das Brot")], "Das Brot"),
            ("nl", [(1, 1, "Le Pain"), (2, 2, "Het Brood")], "Le Pain"),
            ("nl", [(3, 2, "HB"), (2, 1, "Au Pain")], "Au Pain"),
            ("nl", [(1, 1, "Le Pain"), (1, 0, "Brood NV")], "Brood NV"),
            ("de", [(1, 4, "Bread"), (1, 2, "Het Brood")], "Het Brood"),
            ("nl", [(3, 1, "LP")], "LP"),
            ("nl", [], ""),
        ],
    )
    def test_the_social_name_first_then_the_language(self, language, names, chosen):
        assert merger.name_of([Denomination(*each) for each in names], language) == chosen

    @pytest.mark.parametrize(
        ("postal_code", "country", "social_language", "language"),
        [
            ("9000", "00150", 1, "nl"),
            ("1500", "00150", 1, "nl"),
            ("1300", "00150", 2, "fr"),
            ("4700", "00150", 1, "de"),
            ("4800", "00150", 2, "fr"),
            ("1000", "00150", 2, "nl"),
            ("1000", "00150", 1, "fr"),
            ("1000", "00150", 0, "fr"),
            ("9000", "00111", 3, "de"),
            ("", "00150", 2, "nl"),
            ("²000", "00150", 2, "nl"),
        ],
    )
    def test_the_language_of_who_has_no_record(self, postal_code, country, social_language, language):
        names = [Denomination(1, social_language, "Demo"), Denomination(2, 3, "Demo")]
        address = {"Zipcode": postal_code, "country": country}
        assert merger.language_of(Enterprise(FIRST_COMPACT, 2, True, None, address, names)) == language

    def test_the_other_language_where_one_is_empty(self):
        parts = dict.fromkeys(("HouseNumber", "Box", "ExtraAddressInfo", "Zipcode"), "1") | {"country": "00150"}
        parts |= {"StreetNL": "", "StreetFR": "Rue", "MunicipalityNL": "Gent", "MunicipalityFR": "Gand"}
        assert [merger.address_of(parts, each)["street"] for each in ("nl", "fr", "de")] == ["Rue"] * 3
        assert [merger.address_of(parts, each)["town"] for each in ("nl", "fr", "de")] == ["Gent", "Gand", "Gand"]


OLD, EARLIER, LATER, NEXT_YEAR = date(2020, 1, 1), date(2025, 6, 30), date(2026, 3, 9), date(2027, 1, 1)


@pytest.mark.parametrize(
    ("stored", "is_open", "struck_off_on", "told", "expected"),
    [
        # open in the CBE
        (Activity(None, None, False), True, None, None, Activity(None, None, False)),
        (Activity(None, EARLIER, False), True, None, None, Activity(None, EARLIER, False)),
        (Activity(None, EARLIER, True), True, None, None, Activity(None, None, False)),
        (Activity(None, EARLIER, False), True, None, {"active_until": None}, Activity(None, None, False)),
        # struck off: on its day, else on the day of the files; never later than what the office says
        (Activity(None, None, False), False, None, None, Activity(None, DAY, True)),
        (Activity(None, None, False), False, EARLIER, None, Activity(None, EARLIER, True)),
        (Activity(None, None, False), False, LATER, None, Activity(None, DAY, True)),
        (Activity(None, EARLIER, False), False, None, None, Activity(None, EARLIER, False)),
        (Activity(None, NEXT_YEAR, False), False, None, None, Activity(None, DAY, True)),
        (Activity(None, None, False), False, None, {"active_until": str(EARLIER)}, Activity(None, EARLIER, False)),
        (Activity(LATER, None, False), False, None, None, Activity(LATER, LATER, True)),
        # once more, on a later day
        (Activity(None, EARLIER, True), False, None, None, Activity(None, EARLIER, True)),
        (Activity(None, EARLIER, True), False, None, {"active_until": None}, Activity(None, EARLIER, True)),
        # the records alone
        (Activity(None, EARLIER, True), None, None, {"active_until": None}, Activity(None, EARLIER, True)),
        (Activity(None, EARLIER, True), None, None, {"active_until": str(DAY)}, Activity(None, DAY, False)),
        (Activity(None, EARLIER, False), None, None, {"active_until": None}, Activity(None, None, False)),
        (Activity(None, EARLIER, False), None, None, {"active_from": str(OLD)}, Activity(OLD, EARLIER, False)),
    ],
)  # fmt: skip
def test_first_and_last_day(stored, is_open, struck_off_on, told, expected):
    row = Employer(**vars(stored))
    enterprise = None
    if is_open is not None:
        enterprise = Enterprise(FIRST_COMPACT, 2, is_open, str(struck_off_on) if struck_off_on else None)
    record = None if told is None else Record(2, told)
    assert EmployerMerger(DAY).activity(row, enterprise, record) == expected


class TestAnImport:
    def test_an_employer_of_the_cbe(self, files):
        assert files.run() == "employers: 1 added\n"
        row = employer()
        row.full_clean()
        assert (row.name, row.search_key, row.language, row.channel) == ("Het Brood", "hetbrood", "nl", Channel.POST)
        assert (row.street, row.house_number, row.postal_code, row.town) == ("Kerkstraat", "1", "9000", "Gent")
        assert (row.country, row.active_until) == ("00150", None)

    def test_a_name_is_found_by_its_base_letters(self, files):
        files.put("denomination.csv", (FIRST, "2", "001", "Łódź Trans"))
        files.run()
        assert find_matches("Lodz").employers == [employer().pk]

    def test_the_record_chooses_the_language_and_gives_the_rest(self, files):
        files.put("denomination.csv", (FIRST, "2", "001", "Het Brood"), (FIRST, "1", "001", "Le Pain"))
        files.put_records({
            "enterprise_number": FIRST, "nsso_number": "1277920-67", "provisional_nsso_number": "", "language": "fr",
            "channel": "email", "email": "a@voorbeeld.example", "is_batch_sender": "1", "is_secured_channel_only": "0",
            "is_public_broadcaster": "0", "may_declare_mandates": "0", "active_from": "2020-01-01", "active_until": "",
            "name": "Not this one",
        })  # fmt: skip
        assert files.run() == "employers: 1 added\n"
        row = employer()
        assert (row.name, row.street, row.town) == ("Le Pain", "Rue de l’Église", "Gand")
        assert (row.nsso_number, row.provisional_nsso_number) == ("127792067", None)
        assert (row.channel, row.email, row.is_batch_sender) == ("email", "a@voorbeeld.example", True)
        assert (row.may_declare_mandates, row.active_from) == (False, date(2020, 1, 1))

    def test_an_employer_that_the_cbe_does_not_know(self, files):
        record = {"provisional_nsso_number": "59990101-04", "name": "=HYPERLINK(1)", "town": "Gent", "language": "nl"}
        files.put_records(record)
        files.run(cbe=False)
        row = Employer.objects.get(provisional_nsso_number="5999010104")
        assert (row.name, row.town, row.enterprise_number) == ("=HYPERLINK(1)", "Gent", None)
        files.put_records({"provisional_nsso_number": "59990101-04", "nsso_number": "127792067", "town": ""})
        assert files.run(cbe=False) == "employers: 1 changed\n"
        row.refresh_from_db()
        assert (row.name, row.town, row.nsso_number) == ("=HYPERLINK(1)", "", "127792067")
        files.put_records({"nsso_number": "127792067", "enterprise_number": FIRST})
        assert files.run() == "employers: 1 changed\n"
        row.refresh_from_db()
        assert (row.name, row.enterprise_number) == ("Het Brood", FIRST_COMPACT)

    def test_again_writes_nothing(self, files):
        generate_employers.write(files.folder, 50, zipped=True)
        assert files.run(path=files.folder / "cbe.zip") == "employers: 50 added\n"
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert files.run(path=files.folder / "cbe.zip", on=date(2026, 4, 1)) == "employers: 50 unchanged\n"
        written = [each["sql"] for each in queries if each["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        assert written == []

    def test_the_order_of_the_lines_does_not_matter(self, files):
        header = "EnterpriseNumber,Status,JuridicalSituation"
        files.put_bytes("enterprise.csv", f"{header}\r\n{SECOND},AC,1\r\n\r\n{FIRST},AC,1".encode("utf-8-sig"))
        files.put(
            "denomination.csv",
            (FIRST, "2", "001", "One"),
            ("2.123.456.789", "2", "003", "Shop"),
            (SECOND, "2", "001", "Two"),
        )
        assert files.run() == "employers: 2 added\n"
        assert [employer(number).name for number in (FIRST, SECOND)] == ["One", "Two"]

    def test_what_changed_is_updated_and_what_is_not_told_stays(self, files):
        files.run()
        Employer.objects.update(is_batch_sender=True, language="fr", email="a@voorbeeld.example")
        files.put("denomination.csv", (FIRST, "2", "001", "Het Nieuwe Brood"))
        assert files.run() == "employers: 1 changed\n"
        row = employer()
        assert (row.name, row.search_key, row.town) == ("Het Nieuwe Brood", "hetnieuwebrood", "Gand")
        assert (row.is_batch_sender, row.language, row.email) == (True, "fr", "a@voorbeeld.example")

    def test_a_building_or_a_floor_is_kept_and_follows_the_cbe(self, files):
        """Of the records where the CBE tells no address; its columns are as wide as the CBE's."""
        widest = ("S" * 200, "Rue", "1", "B" * 20, "c/o Demo, 2e étage".ljust(80, "x"), "")
        files.put("address.csv", (FIRST, *GHENT[:6], *widest))
        files.run()
        row = employer()
        row.full_clean()
        assert (row.street, row.box, row.extra_address_info) == (widest[0], widest[3], widest[4])
        files.put("address.csv", (FIRST, *GHENT))
        assert files.run() == "employers: 1 changed\n"
        assert employer().extra_address_info == ""
        files.put("address.csv")
        files.put_records({"enterprise_number": FIRST, "extra_address_info": "North Gate II & III"})
        assert files.run() == "employers: 1 changed\n"
        assert employer().extra_address_info == "North Gate II & III"

    def test_a_registered_office_struck_off_is_no_address(self, files):
        files.put("address.csv", (FIRST, *GHENT[:-2], "City Atrium", ""))
        files.run()
        files.put("address.csv", (FIRST, *GHENT[:-2], "City Atrium", "01-03-2026"))
        files.run()
        row = employer()
        assert (row.street, row.extra_address_info, row.country, row.active_until) == ("", "", "", None)
        files.put("address.csv", (FIRST, *GHENT[:-1], "03-03-2026"))
        files.run()
        assert employer().street == "Kerkstraat"

    @pytest.mark.parametrize(
        ("dutch", "french", "code"), [("", "", "00150"), ("Frankrijk", "France", "00111"), ("", "FRANCE", "00111")]
    )
    def test_countries(self, files, dutch, french, code):
        files.put("address.csv", (FIRST, "REGO", dutch, french, "59000", "Lille", "Lille", *STREET))
        files.run()
        assert employer().country == code


class TestClosing:
    @pytest.fixture
    def two(self, files):
        files.put("enterprise.csv", (FIRST, "AC", ""), (SECOND, "AC", ""))
        files.put("denomination.csv", (FIRST, "2", "001", "One"), (SECOND, "2", "001", "Two"))
        files.run()
        return files

    def test_gone_is_closed_and_comes_back(self, two):
        two.put("enterprise.csv", (FIRST, "AC", ""))
        assert two.run() == "employers: 1 unchanged, 1 closed\n"
        assert (employer(SECOND).active_until, employer(SECOND).is_closed_by_cbe) == (DAY, True)
        assert two.run(on=date(2026, 5, 1)) == "employers: 1 unchanged\n"
        assert employer(SECOND).active_until == DAY
        two.put("enterprise.csv", (FIRST, "AC", ""), (SECOND, "AC", ""))
        assert two.run(on=date(2026, 6, 1)) == "employers: 1 unchanged, 1 opened again\n"
        assert (employer(SECOND).active_until, employer(SECOND).is_closed_by_cbe) == (None, False)

    def test_struck_off_is_closed_on_its_day(self, two):
        two.put("enterprise.csv", (FIRST, "AC", ""), (SECOND, "ST", ""))
        two.put("address.csv", (FIRST, *GHENT), (SECOND, *GHENT[:-1], "15-01-2026"))
        assert two.run() == "employers: 1 unchanged, 1 closed\n"
        assert employer(SECOND).active_until == date(2026, 1, 15)

    def test_who_was_never_known_is_not_added_to_be_closed(self, two):
        two.put("enterprise.csv", (FIRST, "AC", ""), (SECOND, "AC", ""), (THIRD, "ST", ""))
        assert two.run() == "employers: 2 unchanged, 1 struck off and never known\n"
        assert Employer.objects.count() == 2

    def test_nobody_without_an_enterprise_number_is_closed(self, two):
        Employer.objects.create(name="Household", language="nl", provisional_nsso_number="5999010104")
        two.run()
        assert Employer.objects.get(name="Household").active_until is None

    def test_a_line_that_cannot_be_read_may_be_theirs(self, two):
        two.put("enterprise.csv", (FIRST, "AC", ""), ("0999.100.195", "AC", ""))
        said = two.run(code=2)
        assert "enterprise.csv:3: “0999.100.195” is not a valid enterprise number" in said
        assert "Nobody was closed for being gone" in said
        assert employer(SECOND).active_until is None

    def test_too_many_at_once(self, files):
        generate_employers.write(files.folder, 150)
        files.run()
        generate_employers.write(files.folder, 49)
        assert "101 of 150 open employers are not in enterprise.csv" in files.run(code=2)
        assert not Employer.objects.exclude(active_until=None).exists()
        assert files.run(close_many=True) == "employers: 49 unchanged, 101 closed\n"
        assert Employer.objects.count() == 150

    def test_an_empty_file_closes_nobody(self, two):
        two.put("enterprise.csv")
        assert "enterprise.csv holds no enterprise." in two.run(code=1)


class TestLinesKeptOut:
    @pytest.mark.parametrize(
        ("name", "row", "reason"),
        [
            ("enterprise.csv", (FIRST, "AC", ""), "the number is on line 2 already"),
            ("enterprise.csv", ("0999.100.098", "AC", ""), "“0999.100.098” is not a valid enterprise number"),
            ("enterprise.csv", ("2.123.456.789", "AC", ""), "“2.123.456.789” is not a number of an enterprise"),
            ("enterprise.csv", (SECOND, "XX", ""), "the status “XX” is neither AC nor ST"),
            ("enterprise.csv", (SECOND, "AC"), "2 cells, where the header has 3"),
            ("enterprise.csv", (SECOND, "AC", ""), "the employer has no name"),
            ("denomination.csv", (FIRST, "2", "001", "Again"), "a social name in this language stands above"),
            ("denomination.csv", (FIRST, "9", "001", "Demo"), "no such type of denomination or language: “001”, “9”"),
            ("denomination.csv", (FIRST, "2", "003", "x" * 321), "a name has 1 to 320 characters, not 321"),
            ("denomination.csv", (FIRST, "2", "003", "a\0b"), "holds a character that cannot be printed"),
            ("denomination.csv", (FIRST, "2", "003", "a\nb"), "not CSV: unexpected end of data"),
            ("denomination.csv", (FIRST, "2", "003", "x" * 70000), "the line is longer than 65536 bytes"),
            ("address.csv", (FIRST, *GHENT), "the number is on line 2 already"),
            ("address.csv", (SECOND, *GHENT[:-1], "2026-01-15"), "“2026-01-15” is no day written dd-mm-yyyy"),
            ("address.csv", (SECOND, *GHENT[:-1], "30-02-2026"), "“30-02-2026” is no day written dd-mm-yyyy"),
            ("address.csv", (SECOND, "REGO", "Atlantis", "", *GHENT[3:]), "annex 5 has no country “Atlantis”"),
            ("address.csv", (SECOND, *GHENT[:-4], "x" * 23, "", "", ""), "HouseNumber is longer than 22 characters"),
            ("address.csv", (SECOND, *GHENT[:-2], "x" * 81, ""), "ExtraAddressInfo is longer than 80 characters"),
            ("address.csv", (SECOND, *GHENT[:-2], "a\0b", ""), "holds a character that cannot be printed"),
        ],
    )  # fmt: skip
    def test_told_with_file_and_line_the_others_stay(self, files, name, row, reason):
        good = {
            "enterprise.csv": (FIRST, "AC", ""),
            "denomination.csv": (FIRST, "2", "001", "Het Brood"),
            "address.csv": (FIRST, *GHENT),
        }
        files.put(name, good[name], row)
        said = files.run(code=2, rejects=files.folder / "rejects.csv")
        assert f"{name}:3: {reason}" in said
        assert "employers: 1 added" in said
        rejects = list(csv.reader((files.folder / "rejects.csv").read_text(encoding="utf-8").splitlines()))
        assert rejects[:2] == [["file", "line", "reason"], [name, "3", reason]]
        assert employer().name == "Het Brood"

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            ({"nsso_number": ""}, "no number"),
            ({"nsso_number": "1277920-68"}, "nsso_number: “1277920-68” is not a valid NSSO number"),
            ({"nsso_number": "127792067", "name": "Demo"}, "the employer has no language"),
            ({"nsso_number": "127792067", "language": "nl"}, "the employer has no name"),
            ({"nsso_number": "127792067", "language": "en"}, "language: Value 'en' is not a valid choice."),
            ({"nsso_number": "127792067", "email": "=cmd()"}, "email: Enter a valid email address."),
            (VALID | {"extra_address_info": "x" * 81}, "extra_address_info: Ensure this value has at most 80"),
            ({"nsso_number": "127792067", "is_batch_sender": "yes"}, "is_batch_sender: write 0 or 1"),
            ({"nsso_number": "127792067", "active_from": "01-02-2020"}, "active_from: “01-02-2020” value has an"),
            (
                VALID | {"channel": "email"},
                "the channel is e-mail, but there is no e-mail address",
            ),
            (
                VALID | {"active_from": "2026-02-01", "active_until": "2026-01-31"},
                "the last day of activity is before the first",
            ),
        ],
    )  # fmt: skip
    def test_records(self, files, record, reason):
        files.put_records(record)
        assert f"records.csv:2: {reason}" in files.run(cbe=False, code=2)
        assert not Employer.objects.exists()

    def test_a_record_of_an_enterprise_that_the_cbe_does_not_have(self, files):
        files.put_records({"enterprise_number": SECOND, "name": "Demo", "language": "nl"})
        assert "records.csv:2: the enterprise number is not in enterprise.csv" in files.run(code=2)

    def test_a_record_twice(self, files):
        record = {"enterprise_number": "", "nsso_number": "127792067", "name": "Demo", "language": "nl"}
        files.put_records(record, record | {"enterprise_number": FIRST})
        assert "records.csv:3: the nsso_number is on line 2 already" in files.run(cbe=False, code=2)

    def test_a_number_of_another_employer(self, files):
        files.run()
        Employer.objects.update(nsso_number="127792067")
        Employer.objects.create(name="Other", language="nl", nsso_number="935467")
        files.put_records({"enterprise_number": SECOND, "nsso_number": "127792067", "name": "Thief", "language": "nl"})
        assert "the nsso_number is of another enterprise of the repertory" in files.run(cbe=False, code=2)
        files.put_records({"enterprise_number": FIRST, "nsso_number": "935467"})
        assert "the numbers are of two employers of the repertory" in files.run(cbe=False, code=2)
        assert sorted(Employer.objects.values_list("name", "nsso_number")) == [
            ("Het Brood", "127792067"),
            ("Other", "935467"),
        ]

    def test_what_the_database_refuses_takes_nobody_with_it(self, files):
        """Two employers exchange their numbers: neither can be written first."""
        for name, number in (("One", "127792067"), ("Two", "935467")):
            Employer.objects.create(name=name, language="nl", nsso_number=number)
        Employer.objects.filter(name="One").update(enterprise_number=FIRST_COMPACT)
        new = {
            "enterprise_number": THIRD,
            "nsso_number": "",
            "provisional_nsso_number": "",
            "name": "New",
            "language": "nl",
        }
        mended = new | {"enterprise_number": "", "nsso_number": "935467", "name": "Two mended"}
        clash = new | {"enterprise_number": SECOND, "provisional_nsso_number": "5999010104", "name": "Clash"}
        files.put_records(new, mended, clash)
        Employer.objects.filter(name="One").update(provisional_nsso_number="5999010104")
        assert "records.csv:4: " in files.run(cbe=False, code=2)
        assert sorted(Employer.objects.values_list("name", flat=True)) == ["New", "One", "Two mended"]

    def test_only_the_first_are_shown(self, files):
        files.put("denomination.csv", (FIRST, "2", "001", "Het Brood"), *[(FIRST, "9", "001", "x")] * 100)
        said = files.run(code=2, rejects=files.folder / "rejects.csv")
        assert said.count("no such type") == reporting.MAX_SHOWN_PER_FILE
        assert "Lines kept out: 100." in said
        assert len((files.folder / "rejects.csv").read_text().splitlines()) == 101

    def test_latin_1(self, files):
        files.put_bytes(
            "denomination.csv", ",".join(DENOMINATION).encode() + f"\n{FIRST},2,001,Café\n".encode("latin-1")
        )
        said = files.run(code=2)
        assert "denomination.csv:2: not in UTF-8" in said
        assert "enterprise.csv:2: the employer has no name" in said


class TestFilesOfAnotherShape:
    @pytest.fixture(autouse=True)
    def nothing_is_written(self, files):
        yield
        assert not Employer.objects.exists()

    def test_a_column_is_missing_or_twice(self, files):
        files.put("address.csv", (FIRST,), header=("EntityNumber",))
        assert "address.csv lacks the columns TypeOfAddress, DateStrikingOff, CountryNL" in files.run(code=1)
        files.put("address.csv", header=(*ADDRESS, "Box"))
        assert "address.csv has a column twice." in files.run(code=1)

    def test_an_unknown_column_of_the_records(self, files):
        files.put_records({"nsso_number": "127792067", "langauge": "nl"})
        assert "records.csv has unknown columns: 'langauge'." in files.run(code=1)

    @pytest.mark.parametrize(
        "content", [b"", "EnterpriseNumber,Status\n".encode("utf-16"), b"\0" * 1000, b"x" * 200000]
    )
    def test_no_text_at_all(self, files, content):
        files.put_bytes("enterprise.csv", content)
        assert "enterprise.csv" in files.run(code=1)

    def test_a_file_is_missing(self, files):
        (files.folder / "address.csv").unlink()
        assert "address.csv" in files.run(code=1)

    def test_no_file_at_all(self, files):
        assert "Name --cbe, --records or both." in files.run(cbe=False, code=1)
        assert "nowhere.zip" in files.run(path=files.folder / "nowhere.zip", code=1)
        assert "rejects.csv" in files.run(rejects=files.folder / "no" / "rejects.csv", code=1)

    def test_a_zip_cut_short_or_spoilt(self, files):
        generate_employers.write(files.folder, 500, zipped=True)
        path = files.folder / "cbe.zip"
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        assert "cbe.zip: File is not a zip file" in files.run(path=path, code=1)
        path.write_bytes(whole[:500] + bytes(byte ^ 0xFF for byte in whole[500:600]) + whole[600:])
        assert "enterprise.csv: " in files.run(path=path, code=1)

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            (("enterprise.csv", "denomination.csv"), "0 files named address.csv"),
            (("enterprise.csv", "denomination.csv", "address.csv", "old/address.csv"), "2 files named address.csv"),
        ],
    )
    def test_a_zip_with_other_files(self, files, names, words):
        with zipfile.ZipFile(files.folder / "cbe.zip", "w") as archive:
            for name in names:
                archive.write(files.folder / name.rpartition("/")[2], name)
        assert words in files.run(path=files.folder / "cbe.zip", code=1)

    @pytest.mark.slow
    def test_a_zip_bomb(self, files):
        with zipfile.ZipFile(files.folder / "cbe.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            with archive.open("enterprise.csv", "w") as file:
                for _ in range(300):
                    file.write(b"\n" * 1024 * 1024)
            archive.write(files.folder / "denomination.csv", "denomination.csv")
            archive.write(files.folder / "address.csv", "address.csv")
        assert "enterprise.csv: 314572800 bytes unpacked, more than" in files.run(
            path=files.folder / "cbe.zip", code=1
        )


def test_a_line_of_ten_megabytes_is_never_held_whole(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes(b"A,B\n" + b"x" * 10_000_000 + b"\n1,2\n")
    report = reporting.Report(StringIO(), reporting.Progress(StringIO()))
    longest = 0

    class Watched:
        def __init__(self, file):
            self.file = file

        def readline(self, limit):
            nonlocal longest
            line = self.file.readline(limit)
            longest = max(longest, len(line))
            return line

    source = sources.file_source(path)
    with path.open("rb") as file:
        lines = list(sources._lines(Watched(file), source, sources.LineReader(report)))
    assert lines == [(1, b"A,B\n"), (3, b"1,2\n")]
    assert longest == sources.MAX_LINE_LENGTH
    assert report.total == 1


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        (b'"a ""b""", c ,\n', ['a "b"', "c", ""]),
        ("e\u0301,\u00a0x\u00a0,a\u200b\u202eb".encode(), ["é", "x", "ab"]),
        (b"=1+1,@x,-y", ["=1+1", "@x", "-y"]),
    ],
)
def test_the_cells_of_a_line(line, cells):
    assert sources._cells(line) == cells


class Terminal(StringIO):
    def isatty(self):
        return True


def test_progress_on_a_terminal_alone():
    terminal, file = Terminal(), StringIO()
    for stream in (terminal, file):
        progress = reporting.Progress(stream)
        for done in range(1001):
            progress.show("address.csv", done, 1000)
        progress.clear()
    assert terminal.getvalue().count("address.csv") == 101
    assert "100 %" in terminal.getvalue()
    assert file.getvalue() == ""
