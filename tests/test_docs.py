"""The documents: every link leads somewhere, every citation can be opened, and README stays short."""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from declarations.rules import RULES

ROOT: Path = settings.BASE_DIR
README_BYTES = 6144
# Folders that hold what was written for this project; the others are tools' and their caches.
FOLDERS = (
    "benchmarks", "declarations", "deploy", "dimona_site", "docs", "referentials", "static", "templates", "tests",
    "trials",
)  # fmt: skip
CITING = {".py", ".csv", ".html", ".md", ".js"}

FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^)\s]+)\)|\b(?:href|src)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*)(?:::\w+)?`")

# A citation may be broken over two lines of a comment.
LINE_BREAK = re.compile(r"\s*\n\s*(?:#\s)?\s*")
NUMBERS = r"(\d+(?:\.\d+)?(?:(?:,? and|,) \d+(?:\.\d+)?)*)"
SECTIONS = re.compile(rf"domain reference,? \(?(?:section )?{NUMBERS}", re.IGNORECASE)
RULINGS = re.compile(rf"\brulings? {NUMBERS}", re.IGNORECASE)
NUMBER = re.compile(r"\d+(?:\.\d+)?")


def files(suffixes: set[str]) -> Iterator[Path]:
    """The project's own files with such a name, those at the top included."""
    yield from (path for path in sorted(ROOT.iterdir()) if path.suffix in suffixes)
    yield from (path for name in FOLDERS for path in sorted((ROOT / name).rglob("*")) if path.suffix in suffixes)


PAGES = list(files({".md"}))


def name_of(path: Path) -> str:
    """The file's path in the project."""
    return path.relative_to(ROOT).as_posix()


def anchors(page: str) -> set[str]:
    """The anchors that the headings of a page get: as GitHub and GitLab make them."""
    found: set[str] = set()
    seen: Counter[str] = Counter()
    for heading in HEADING.findall(FENCED.sub("", page)):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.add(f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        seen[anchor] += 1
    return found


def links(page: str) -> list[str]:
    """The addresses within the project that a page links to."""
    text = CODE.sub("", FENCED.sub("", page))
    return [address for pair in LINK.findall(text) for address in pair if address and "://" not in address]


def leads_somewhere(page: Path, address: str) -> bool:
    """Whether the file is there, and in it the heading of the anchor."""
    name, _, anchor = address.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target.read_text(encoding="utf-8")))


def cited(pattern: re.Pattern[str], text: str) -> set[str]:
    """The numbers that a text cites in this way."""
    lists = pattern.findall(LINE_BREAK.sub(" ", text))
    return {number for each in lists for number in NUMBER.findall(each)}


def defined(pattern: str) -> set[str]:
    """The numbers of the domain reference's headings that begin so."""
    page = (ROOT / "docs/domain.md").read_text(encoding="utf-8")
    return {found[1] for heading in HEADING.findall(page) if (found := re.match(pattern, heading))}


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_every_link_leads_somewhere(document: Path) -> None:
    assert [each for each in links(document.read_text(encoding="utf-8")) if not leads_somewhere(document, each)] == []


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_every_path_that_a_page_names_exists(document: Path) -> None:
    named = set(PATH.findall(document.read_text(encoding="utf-8")))
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize(
    ("pattern", "heading"), [(SECTIONS, r"(\d+(?:\.\d+)?) "), (RULINGS, r"Ruling (\d+):")], ids=["sections", "rulings"]
)
def test_every_citation_of_the_domain_reference_opens_a_heading(pattern: re.Pattern[str], heading: str) -> None:
    headings = defined(heading)
    missing = {name_of(path): cited(pattern, path.read_text(encoding="utf-8")) - headings for path in files(CITING)}
    assert headings
    assert {name: numbers for name, numbers in missing.items() if numbers} == {}


def test_every_rule_cites_the_domain_reference() -> None:
    assert [rule.name for rule in RULES if not cited(SECTIONS, rule.source) | cited(RULINGS, rule.source)] == []


@pytest.mark.parametrize("table", sorted((ROOT / "referentials/data").glob("*.csv")), ids=name_of)
def test_every_row_of_a_table_cites_the_domain_reference(table: Path) -> None:
    with table.open(encoding="utf-8", newline="") as lines:
        sources = {row["source"] for row in csv.DictReader(lines) if "source" in row}
    assert sorted(source for source in sources if not cited(SECTIONS, source)) == []


def test_a_citation_is_read_in_each_of_its_forms() -> None:
    text = "Domain reference 3.2 and 3, note on FLX. Rulings 2 and 20; domain\n# reference, section 6. (Ruling 9.)"
    assert cited(SECTIONS, text) == {"3.2", "3", "6"}
    assert cited(RULINGS, text) == {"2", "20", "9"}


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").stat().st_size <= README_BYTES
