"""The import of the official address export into the suggested postal codes."""

import pytest
from django.core.management import CommandError, call_command

from referentials import tables
from referentials.models import PostalCode

HEADER = (
    "postcode,postname_nl,postname_fr,municipality_name_nl,municipality_name_fr,municipality_name_de,streetname_nl"
)


@pytest.fixture
def load(tmp_path, db):
    def write_and_load(*lines: str) -> None:
        path = tmp_path / "openaddress.csv"
        path.write_text("\n".join(lines), encoding="utf-8-sig")
        call_command("import_postal_codes", path, verbosity=0)

    return write_and_load


def test_an_address_a_line_becomes_a_town_a_row(load):
    before = PostalCode.objects.count()
    load(HEADER, "9991,Dorp,,Stad,,,Kerkstraat", "9991,Dorp,,Stad,,,Molenstraat", "9992,,Village,,Ville,,")
    assert PostalCode.objects.count() == before + 2
    assert PostalCode.objects.get(code="9992").labels == dict.fromkeys(("nl", "fr", "de", "en"), "Village")
    assert "9991" in {row.code for row in tables.current().postal_codes}


@pytest.mark.parametrize(
    ("line", "german"),
    [
        ("9993,,Commune,,Commune,Gemeinde,", "Gemeinde"),
        ("9993,,Hameau,,Commune,Gemeinde,", "Hameau"),
        ("9993,Gemeente,Commune,Gemeente,Commune,,", "Commune"),
    ],
)
def test_the_german_name_is_that_of_the_municipality(load, line, german):
    load(HEADER, line)
    assert PostalCode.objects.get(code="9993").label_de == german


def test_twice_adds_nothing_and_nameless_lines_are_passed_over(load):
    load(HEADER, "9991,Dorp,,Stad,,,", ",Dorp,,Stad,,,", "9994,,,,,,")
    before = PostalCode.objects.count()
    load(HEADER, "9991,Dorp,,Stad,,,")
    assert PostalCode.objects.count() == before
    assert not PostalCode.objects.filter(code="9994").exists()


def test_a_file_of_another_shape_is_refused(load, tmp_path):
    with pytest.raises(CommandError, match="lacks the columns postname_nl"):
        load("postcode,town", "1000,Brussel")
    with pytest.raises(CommandError, match="nowhere"):
        call_command("import_postal_codes", tmp_path / "nowhere.csv")
