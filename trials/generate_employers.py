"""Write files of invented employers for `import_employers`.

`python -m trials.generate_employers FOLDER --count 1000000 --zip` writes the CBE's three files, also packed into
cbe.zip, and the office's records (records.csv). Every number has valid check digits. Enterprise numbers begin at 1 100
000 000, far from the real series.
"""

import argparse
import csv
import zipfile
from collections.abc import Iterator
from pathlib import Path

FIRST_ENTERPRISE, FIRST_NSSO = 11000000, 900000
WORDS = ("Bakkerij", "Garage", "Boucherie", "Élevage", "Schrijnwerk", "Toitures", "Gärtnerei", "Œuvres", "Transport")
NAMES = ("Voorbeeld", "Exemple", "Muster", "Proef", "Modèle", "Specimen", "Fictif")
TOWNS = (
    ("1000", "Brussel", "Bruxelles"),
    ("9000", "Gent", "Gand"),
    ("4700", "Eupen", "Eupen"),
    ("5000", "Namen", "Namur"),
)
ENTERPRISE = ("EnterpriseNumber", "Status", "JuridicalSituation", "TypeOfEnterprise", "JuridicalForm", "StartDate")
DENOMINATION = ("EntityNumber", "Language", "TypeOfDenomination", "Denomination")
ADDRESS = (
    "EntityNumber", "TypeOfAddress", "CountryNL", "CountryFR", "Zipcode", "MunicipalityNL", "MunicipalityFR",
    "StreetNL", "StreetFR", "HouseNumber", "Box", "ExtraAddressInfo", "DateStrikingOff",
)  # fmt: skip
RECORD = (
    "enterprise_number", "nsso_number", "provisional_nsso_number", "language", "channel", "email", "is_batch_sender",
    "is_secured_channel_only", "is_public_broadcaster", "may_declare_mandates", "active_from", "active_until",
)  # fmt: skip

Lines = Iterator[tuple[str, ...]]


def enterprise_number(rank: int) -> str:
    """The enterprise number at a rank, in the CBE's format.

    >>> enterprise_number(0)
    '1100.000.091'
    """
    before = FIRST_ENTERPRISE + rank
    digits = f"{before}{97 - before % 97:02d}"
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"


def nsso_number(before: int) -> str:
    """The NSSO number with those digits before the check digits."""
    return f"{before}-{(96 - before * 100 % 97) or 97:02d}"


def name(rank: int) -> str:
    """An invented name; a hundred thousand names begin alike."""
    return f"{WORDS[rank % len(WORDS)]} {NAMES[rank // 9 % len(NAMES)]} {rank}"


def enterprises(count: int) -> Lines:
    """The lines of enterprise.csv."""
    return ((enterprise_number(rank), "AC", "000", "2", "610", "01-01-2015") for rank in range(count))


def denominations(count: int) -> Lines:
    """The lines of denomination.csv: a social name, and for one in three also a commercial name."""
    for rank in range(count):
        yield enterprise_number(rank), str(rank % 3), "001", name(rank)
        if rank % 3 == 0:
            yield enterprise_number(rank), "2", "003", f"’t {name(rank)}"


def addresses(count: int) -> Lines:
    """The lines of address.csv; one in a hundred has a building, as in the CBE's data."""
    for rank in range(count):
        postal_code, dutch, french = TOWNS[rank % len(TOWNS)]
        street = (f"Voorbeeldstraat {rank % 97}", f"Rue de l’Exemple {rank % 97}", str(rank % 300 + 1))
        extra = "" if rank % 100 else f"Voorbeeldtoren {rank % 9}"
        yield enterprise_number(rank), "REGO", "", "", postal_code, dutch, french, *street, "", extra, ""


def records(count: int) -> Lines:
    """The lines of records.csv."""
    for rank in range(count):
        channel = ("ebox", "post", "email")[rank % 3]
        email = f"personeel{rank}@voorbeeld.example" if channel == "email" else ""
        flags = (str(int(rank % 500 == 0)), str(int(rank % 5000 == 0)), str(int(rank % 50000 == 0)), "0")
        number = nsso_number(FIRST_NSSO + rank)
        yield (
            enterprise_number(rank),
            number,
            "",
            ("nl", "fr", "de")[rank % 3],
            channel,
            email,
            *flags,
            "2015-01-01",
            "",
        )


FILES = {
    "enterprise.csv": (ENTERPRISE, enterprises),
    "denomination.csv": (DENOMINATION, denominations),
    "address.csv": (ADDRESS, addresses),
    "records.csv": (RECORD, records),
}


def write(folder: Path, count: int, *, zipped: bool = False) -> None:
    """Write the four files of `count` employers into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file_name, (header, lines) in FILES.items():
        with (folder / file_name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerow(header)
            writer.writerows(lines(count))
    if zipped:
        with zipfile.ZipFile(folder / "cbe.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for file_name in list(FILES)[:3]:
                archive.write(folder / file_name, file_name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Writes files of invented employers.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000, help="at most 1 099 999: the NSSO numbers end there")
    parser.add_argument("--zip", action="store_true")
    arguments = parser.parse_args()
    write(arguments.folder, arguments.count, zipped=arguments.zip)
