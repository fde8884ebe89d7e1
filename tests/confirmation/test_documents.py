"""The document of a notification: a self-contained page, and an accessible PDF."""

from __future__ import annotations

import re
import zlib
from html.parser import HTMLParser

import pytest
import weasyprint
from django.utils.html import escape

from declarations.confirmation import documents
from declarations.models import Declaration, Notification
from declarations.records.seals import mac_of
from referentials.models import Employer

from ..support.builders import BY_NAME, MONDAY, answers_for, submit_pages
from ..support.pdfs import text_of
from .outbox import queue

pytestmark = pytest.mark.django_db

ACCEPTED, REFUSED = answers_for("XXX", "OTH"), answers_for("XXX", "T17")
PENDING = {**answers_for("XXX", "OTH"), **BY_NAME}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


class Page(HTMLParser):
    """Parser of a page: its elements, and the resources that it would fetch."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_the_page_stands_alone_and_is_marked_up(client):
    document = documents.produce(queue(submit_pages(client, REFUSED, "fr")))
    elements = Page(document.html).elements
    assert ("html", {"lang": "fr"}) in elements
    assert [tag for tag, _attributes in elements if re.fullmatch("h[1-6]", tag)] == [
        "h1",
        "h2",
        "h3",
        "h2",
        "h2",
        "h2",
    ]
    headers = [attributes for tag, attributes in elements if tag == "th"]
    assert headers == [{"scope": "row"}] * len(headers) != []
    ids = {attributes.get("id") for tag, attributes in elements if tag == "h2"}
    assert {attributes["aria-labelledby"] for tag, attributes in elements if tag == "table"} <= ids
    assert [tag for tag, _attributes in elements if tag in ("link", "script", "img", "iframe", "a", "form")] == []
    assert re.findall(rb"url\(|@import|https?:", document.html) == []


def test_the_pdf_is_tagged_and_says_its_language_and_title(client):
    document = documents.produce(queue(submit_pages(client, ACCEPTED, "de")))
    inside = inflated(document.pdf)
    marks = (
        *(r"/StructTreeRoot", r"/MarkInfo\s*<</Marked true", r"/Lang\s*\(de\)", r"/DisplayDocTitle true"),
        *(r"/S\s*/H1\b", r"/S\s*/Table\b", r"/S\s*/TH\b", r"/Headers", r"pdfuaid:part=.1"),
    )
    assert [mark for mark in marks if not re.search(mark, inside)] == []


def inflated(pdf: bytes) -> str:
    """A PDF with its compressed object streams decompressed."""
    streams = [
        re.sub(rb"\r?\nendstream\Z", b"", each) for each in re.findall(rb"stream\r?\n(.*?endstream)", pdf, re.DOTALL)
    ]
    inside = (zlib.decompressobj().decompress(each).decode("latin-1") for each in streams if each[:1] == b"\x78")
    return pdf.decode("latin-1") + "\n".join(inside)


@pytest.mark.parametrize("name", ["Łukasz 安", "<b>&amp; ©", "O’Brien\N{NO-BREAK SPACE}d’Été"])
def test_what_was_typed_stands_in_it_as_typed(client, name):
    declaration = submit_pages(client, {**PENDING, "family_name": "Nieuwkomer", "declaration_reference": ""}, "nl")
    declaration.answers["values"]["family_name"] = name
    document = documents.produce(queue(declaration))
    assert f"<bdi>{escape(name)}</bdi>" in document.html.decode()


def test_a_building_stands_before_its_street_as_on_a_letter(client):
    """This applies to new filings; earlier ones stay as filed, with their hashes."""
    before, street = submit_pages(client, ACCEPTED, "fr"), "Rue de l’Exemple 12 boîte 3, 1000 Bruxelles"
    Employer.objects.filter(pk=before.employer_id).update(extra_address_info="Tour <Demo>, 2e étage")
    told = documents.produce(queue(submit_pages(client, ACCEPTED, "fr")))
    assert f"<bdi>Tour &lt;Demo&gt;, 2e étage, {street}</bdi>" in told.html.decode()
    assert f"Tour <Demo>, 2e étage, {street}" in text_of(told.pdf)
    kept = Declaration.objects.get(pk=before.pk)
    assert mac_of(kept) == kept.content_mac == before.content_mac
    assert f"<bdi>{street}</bdi>" in documents.produce(queue(kept)).html.decode()


def test_one_reference_gives_one_document_whenever_it_is_produced(client, at):
    notification = queue(submit_pages(client, ACCEPTED, "fr"))
    first = documents.produce(notification)
    at("2027-01-01 00:00")
    again = documents.produce(Notification.objects.get(pk=notification.pk))
    assert first == again


def test_nothing_is_fetched_for_a_document(tmp_path):
    style = tmp_path / "style.css"
    style.write_text("p { font-size: 99px }")
    plain = '<html lang="en"><title>t</title><p>Hello'
    linked = plain.replace("<title>", f'<link rel="stylesheet" href="{style.as_uri()}"><title>')
    options = {"pdf_variant": "pdf/ua-1", "pdf_identifier": b"0" * 16}
    assert weasyprint.HTML(string=linked).write_pdf(**options) != weasyprint.HTML(string=plain).write_pdf(**options)
    assert documents.pdf_of(linked, b"0" * 16) == documents.pdf_of(plain, b"0" * 16)
