"""Reader of the open data of the Crossroads Bank for Enterprises (CBE): stages three of its files, line by line.

Its codes: type of denomination 001 social name, 002 abbreviation, 003 commercial name, 004 name of a branch; language
0 unknown, 1 French, 2 Dutch, 3 German, 4 English; type of address REGO registered office. The files also contain
establishments (numbers from 2 on) and branches (9), which are skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from ..folding import fold
from ..numbers.employer import ENTERPRISE, compact
from .reporting import RejectedLine, SourceError, quote
from .sources import LineReader, rows, sources
from .staging import Denomination, Staging

# Whether an enterprise with that status is active: AC is active, ST is stopped. Addresses have no status; the column
# DateStrikingOff tells only that an address was struck off.
STATUSES = {"AC": True, "ST": False}
KINDS = {"001": 1, "003": 2, "002": 3}
BRANCH_NAME = "004"
LANGUAGES = {"0": 0, "1": 1, "2": 2, "3": 3, "4": 4}
BELGIUM = "00150"
MAX_NAME_LENGTH = 320
# The imported columns of an address, with their maximum lengths.
ADDRESS = {
    "CountryNL": 100,
    "CountryFR": 100,
    "Zipcode": 20,
    "MunicipalityNL": 200,
    "MunicipalityFR": 200,
    "StreetNL": 200,
    "StreetFR": 200,
    "HouseNumber": 22,
    "Box": 20,
    "ExtraAddressInfo": 80,
}


def number_of(text: str) -> int | None:
    """The number of an enterprise, or None for an establishment or a branch. Raises RejectedLine."""
    digits = text.replace(".", "")
    if len(digits) == 10 and digits[0] in "23456789" and digits.isdigit():
        return None
    try:
        return int(compact(ENTERPRISE, text))
    except ValueError as error:
        raise RejectedLine(f"{quote(text)} is {error}") from error


def day_of(text: str) -> date:
    """A date in the CBE's format, dd-mm-yyyy. Raises RejectedLine."""
    try:
        return datetime.strptime(text, "%d-%m-%Y").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise RejectedLine(f"{quote(text)} is no day written dd-mm-yyyy") from None


@dataclass(frozen=True)
class Files:
    """Handlers of the three files. Each method takes the number and the cells of a line, or raises RejectedLine.

    `countries` maps folded names to the codes of annex 5.
    """

    staging: Staging
    countries: Mapping[str, str]

    def enterprise(self, line: int, cells: tuple[str, ...]) -> None:
        """Stage a line of enterprise.csv."""
        text, status = cells
        number = number_of(text)
        if number is None:
            raise RejectedLine(f"{quote(text)} is not a number of an enterprise")
        if status not in STATUSES:
            raise RejectedLine(f"the status {quote(status)} is neither AC nor ST")
        self.staging.add_enterprise(number, line, STATUSES[status])

    def denomination(self, line: int, cells: tuple[str, ...]) -> None:
        """Stage a line of denomination.csv."""
        text, language, kind, name = cells
        number = number_of(text)
        if number is None or kind == BRANCH_NAME:
            return
        if kind not in KINDS or language not in LANGUAGES:
            raise RejectedLine(f"no such type of denomination or language: {quote(kind)}, {quote(language)}")
        if not 0 < len(name) <= MAX_NAME_LENGTH:
            raise RejectedLine(f"a name has 1 to {MAX_NAME_LENGTH} characters, not {len(name)}")
        self.staging.add_denomination(number, Denomination(KINDS[kind], LANGUAGES[language], name))

    def address(self, line: int, cells: tuple[str, ...]) -> None:
        """Stage a line of address.csv if it is a registered office."""
        text, kind, struck_off_on, *parts = cells
        number = number_of(text)
        if number is None or kind != "REGO":
            return
        address = dict(zip(ADDRESS, parts, strict=True))
        if too_long := [name for name, part in address.items() if len(part) > ADDRESS[name]]:
            raise RejectedLine(f"{too_long[0]} is longer than {ADDRESS[too_long[0]]} characters")
        address["country"] = self.country(address["CountryNL"] or address["CountryFR"])
        self.staging.add_address(number, line, str(day_of(struck_off_on)) if struck_off_on else None, address)

    def country(self, name: str) -> str:
        """The code of a country, Belgium for an empty name. Raises RejectedLine for a name that annex 5 lacks."""
        if not name:
            return BELGIUM
        try:
            return self.countries[fold(name)]
        except KeyError:
            raise RejectedLine(f"annex 5 has no country {quote(name)}") from None


COLUMNS = {
    "enterprise": ("EnterpriseNumber", "Status"),
    "denomination": ("EntityNumber", "Language", "TypeOfDenomination", "Denomination"),
    "address": ("EntityNumber", "TypeOfAddress", "DateStrikingOff", *ADDRESS),
}


def stage(path: Path, files: Files, reader: LineReader) -> bool:
    """Read the three files of a folder or a zip. Return whether every line of enterprise.csv could be read.

    If a line could not be read, its enterprise may wrongly seem to be gone. Raises SourceError, also for an
    enterprise.csv without enterprises, which would close every employer.
    """
    with sources(path, [f"{name}.csv" for name in COLUMNS]) as opened:
        for source, (name, columns) in zip(opened, COLUMNS.items(), strict=True):
            handle = getattr(files, name)
            for line, cells in rows(source, columns, (), reader):
                try:
                    handle(line, cells)
                except RejectedLine as rejected:
                    reader.report.reject(source.name, line, rejected)
            reader.report.progress.clear()
    if not files.staging.counts()[0]:
        raise SourceError("enterprise.csv holds no enterprise.")
    return not reader.report.rejected_lines["enterprise.csv"]
