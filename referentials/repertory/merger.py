"""Merging of the staged files into an employer: name, language, address and activity. Uses no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..employers import Channel, Employer
from ..numbers.employer import NUMBERS
from .cbe import BELGIUM
from .reporting import RejectedLine
from .staging import SOCIAL_NAME, Denomination, Enterprise, Entry, Record

LANGUAGES = {1: "fr", 2: "nl", 3: "de"}
UNKNOWN = 0
# The language of the region by the first two digits of the postal code; 10 to 12 is Brussels, which is bilingual.
REGIONS = (((13, 14), "fr"), ((15, 39), "nl"), ((40, 46), "fr"), ((47, 47), "de"), ((48, 79), "fr"), ((80, 99), "nl"))
ADDRESS = ("street", "house_number", "box", "extra_address_info", "postal_code", "town", "country")


@dataclass(frozen=True)
class Activity:
    """The first and last day of an employer's activity, and whether the CBE closed it."""

    active_from: date | None
    active_until: date | None
    is_closed_by_cbe: bool


@dataclass(frozen=True)
class EmployerMerger:
    """Merger of the files into employers; `day` is the day of the files."""

    day: date

    def apply(self, entry: Entry, employer: Employer) -> None:
        """Set the values of the files on `employer`, new or stored. Raises RejectedLine if the result is invalid.

        The CBE's name and address take precedence over those of the records, and these over the stored ones.
        """
        enterprise, record = entry
        values = dict(record.facts) if record else {}
        if enterprise:
            values["enterprise_number"] = enterprise.number
            values |= self._address_of(enterprise, values, employer)
            language = values.setdefault("language", employer.language or language_of(enterprise))
            values |= {"name": name} if (name := name_of(enterprise.names, language)) else {}
        values |= vars(self.activity(employer, enterprise, record))
        for name, value in values.items():
            setattr(employer, name, value)
        check(employer)

    def _address_of(self, enterprise: Enterprise, values: dict[str, Any], employer: Employer) -> dict[str, str]:
        """The registered office: {} if the CBE gives none; the records' address or blanks if it was struck off."""
        if enterprise.address is None:
            return {}
        if enterprise.struck_off_on and enterprise.struck_off_on <= self.day.isoformat():
            return {name: values.get(name, "") for name in ADDRESS}
        language = values.get("language") or employer.language or language_of(enterprise)
        return address_of(enterprise.address, language)

    def activity(self, employer: Employer, enterprise: Enterprise | None, record: Record | None) -> Activity:
        """First and last day, from the record or as stored. If the CBE closed it, the last day is that or earlier."""
        facts = record.facts if record else {}
        first = day_of(facts["active_from"]) if "active_from" in facts else employer.active_from
        own = None if employer.is_closed_by_cbe else employer.active_until
        last = day_of(facts["active_until"]) if "active_until" in facts else own
        if enterprise is None and employer.is_closed_by_cbe and last is None:
            return Activity(first, employer.active_until, True)
        if enterprise is None or enterprise.is_open:
            return Activity(first, last, False)
        return self.closed_activity(Activity(first, last, False), employer, enterprise.struck_off_on)

    def closed_activity(self, own: Activity, employer: Employer, struck_off_on: str | None = None) -> Activity:
        """The activity of a closed employer.

        It ends on the day it was struck off, else on the closing day of an earlier import, else on the day of the
        files.
        """
        earlier = employer.active_until if employer.is_closed_by_cbe else None
        struck_off = min(day_of(struck_off_on) or self.day, self.day) if struck_off_on else None
        closing = max(struck_off or earlier or self.day, own.active_from or date.min)
        if own.active_until and own.active_until <= closing:
            return own
        return Activity(own.active_from, closing, True)

    def close(self, employer: Employer) -> None:
        """Close an employer whose number is no longer in the CBE."""
        own = Activity(employer.active_from, None if employer.is_closed_by_cbe else employer.active_until, False)
        for name, value in vars(self.closed_activity(own, employer)).items():
            setattr(employer, name, value)


def day_of(text: str | None) -> date | None:
    """The date of a staged ISO text; None for an empty one."""
    return date.fromisoformat(text) if text else None


def check(employer: Employer) -> None:
    """Raise RejectedLine if the repertory cannot hold the employer."""
    if not employer.name:
        raise RejectedLine("the employer has no name")
    if not employer.language:
        raise RejectedLine("the employer has no language")
    if employer.channel == Channel.EMAIL and not employer.email:
        raise RejectedLine("the channel is e-mail, but there is no e-mail address")
    if employer.active_from and employer.active_until and employer.active_until < employer.active_from:
        raise RejectedLine("the last day of activity is before the first")


def language_of(enterprise: Enterprise) -> str:
    """The language of an enterprise when the records give none: its region's, in which the office must write.

    In Brussels, abroad and without an address it is the language of the social name, else French.
    """
    postal_code = (enterprise.address or {}).get("Zipcode", "")
    is_in_belgium = bool(enterprise.address and enterprise.address["country"] == BELGIUM)
    if is_in_belgium and len(postal_code) == 4 and postal_code.isdecimal():
        for (first, last), language in REGIONS:
            if first <= int(postal_code[:2]) <= last:
                return language
    social = (each.language for each in enterprise.names if each.kind == SOCIAL_NAME and each.language in LANGUAGES)
    return LANGUAGES[next(social, 1)]


def name_of(names: list[Denomination], language: str) -> str:
    """The social name, else a commercial name, else the abbreviation, preferably in the employer's language.

    >>> name_of([Denomination(1, 1, "Le Pain"), Denomination(1, 2, "Het Brood"), Denomination(3, 2, "HB")], "nl")
    'Het Brood'
    """

    def order(each: Denomination) -> tuple[int, bool, bool, int]:
        is_own = LANGUAGES.get(each.language) == language
        return each.kind, not is_own, each.language != UNKNOWN, each.language

    return min(names, key=order).name if names else ""


def address_of(parts: dict[str, str], language: str) -> dict[str, str]:
    """The address in Dutch for a Dutch-speaking employer, else in French; an empty part comes from the other."""
    first, second = ("NL", "FR") if language == "nl" else ("FR", "NL")
    return {
        "street": parts[f"Street{first}"] or parts[f"Street{second}"],
        "house_number": parts["HouseNumber"],
        "box": parts["Box"],
        "extra_address_info": parts["ExtraAddressInfo"],
        "postal_code": parts["Zipcode"],
        "town": parts[f"Municipality{first}"] or parts[f"Municipality{second}"],
        "country": parts["country"],
    }


def matching_employer(stored: list[Employer], values: Mapping[str, Any]) -> Employer | None:
    """The one stored employer that has a number of the files; None for a new one.

    Raises RejectedLine if the numbers belong to two employers, or to another enterprise.
    """
    found = {employer.pk: employer for employer in stored}
    if len(found) > 1:
        raise RejectedLine("the numbers are of two employers of the repertory")
    for employer in found.values():
        number = values.get("enterprise_number")
        if number and employer.enterprise_number and employer.enterprise_number != number:
            column = next(name for name in NUMBERS if values.get(name) and values[name] == getattr(employer, name))
            raise RejectedLine(f"the {column} is of another enterprise of the repertory")
    return next(iter(found.values()), None)
