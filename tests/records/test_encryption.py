"""Encryption of stored personal data: no typed text is readable in any table, keys rotate, hashes find rows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError

from declarations import encryption
from declarations.encryption import DecryptionError, decrypt, encrypt, keyed_hash
from declarations.models import Declaration, Worker
from declarations.names import family_name_hash, ssin_hash
from referentials.folding import fold

from ..support.builders import BY_NAME, MONDAY, ZOE, Walk, answers_for, submit_pages, worker
from ..support.dumping import rows_of_every_table


def test_no_table_holds_what_was_typed_of_a_person(client, db, at):
    at(MONDAY)
    everything = {**answers_for("XXX", "OTH"), **BY_NAME}
    submit_pages(client, everything)
    submit_pages(client, answers_for("XXX", "OTH", ssin=ZOE))
    Walk(client).to("overview", {**everything, "family_name": "Onafgewerkse"})
    Walk(client).to("worker", everything).post("worker", {**everything, "family_name": "Half<Getypt"}, language="fr")
    worker("88010110175", family_name="Inschreverina", given_name="Iemandus", birth_date="1988-01-01", sex="1")
    text = rows_of_every_table().casefold()
    assert "comptoir de l’exemple" in text
    for typed in (
        ZOE, "04.12.31", "2004-12-31", "Nieuwkomer", "Isaura", "Oostkamp", "17/11/1991", "1991-11-17", "Zandstraatje",
        "Onafgewerkse", "Half<Getypt", "88010110175", "Inschreverina", "Iemandus", "1988-01-01",
    ):  # fmt: skip
        assert typed.casefold() not in text, typed
    assert Declaration.objects.count() == 2


@pytest.mark.parametrize("text", ["", "é漢", "a" * 10_000, "\0"])
def test_a_text_is_read_back(text):
    stored = encrypt(text)
    assert decrypt(stored) == text
    assert encrypt(text) != stored


def test_a_row_is_read_after_a_rotation_and_written_under_the_new_key(db, settings):
    old = worker(family_name="Exemple")
    new_key = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    again = Worker.objects.get(pk=old.pk)
    assert (again.ssin, again.identity) == (old.ssin, {"family_name": "Exemple"})
    again.save()
    settings.ENCRYPTION_KEYS = [new_key]
    assert Worker.objects.get(pk=old.pk).ssin == old.ssin


def test_a_row_whose_key_is_gone_raises(db, settings):
    pk = worker().pk
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(DecryptionError):
        Worker.objects.get(pk=pk)


@pytest.mark.parametrize(
    "stored",
    ["", "85073003328", "00000000:abc", encrypt("x")[:-2], encrypt("x")[9:], "é:é"],
    ids=["nothing", "plain", "unknown key", "cut short", "without key", "no token"],
)
def test_what_this_service_did_not_write_raises(stored):
    with pytest.raises(DecryptionError):
        decrypt(stored)


def test_a_text_grows_too_old(at):
    moment = at(MONDAY)
    stored = encrypt("x")
    at((moment + timedelta(minutes=2)).strftime("%Y-%m-%d %H:%M"))
    assert decrypt(stored, max_age=120) == "x"
    with pytest.raises(DecryptionError):
        decrypt(stored, max_age=119)


def test_an_encrypted_field_cannot_be_searched(db):
    for lookup in ("ssin", "ssin__contains", "identity__family_name", "ssin__in"):
        with pytest.raises(FieldError, match="encrypted"):
            Worker.objects.filter(**{lookup: ["85073003328"]}).exists()
    assert Worker.objects.filter(ssin__isnull=True).count() == 0


FOLDED_ALIKE = [
    ("D’Hoore", "d'hoore"),
    ("D’Hoore", "DHOORE"),
    ("Van den Bergh", "vandenbergh"),
    ("Lévêque", "LEVEQUE"),
    ("Müller", "Mu\u0308ller"),
    ("Łucja", "lucja"),
    ("Straße", "STRASSE"),
    ("Sørensen", "Sorensen"),
    ("Exemple-Voorbeeld", "Exemple Voorbeeld"),
    ("İpek", "ipek"),
    ("Ωμέγα", "ΩΜΕΓΑ"),
]


@pytest.mark.parametrize(("one", "other"), FOLDED_ALIKE)
def test_spellings_that_fold_alike_have_one_hash(one, other):
    assert family_name_hash(one) == family_name_hash(other) != ""


@pytest.mark.parametrize(("one", "other"), [("Janssen", "Jansen"), ("漢", "字"), ("Müller", "Mueller"), ("A", "")])
def test_other_names_have_another_hash(one, other):
    assert family_name_hash(one) != family_name_hash(other)


@pytest.mark.parametrize("name", ["", " ", "-", "’"])
def test_no_name_has_no_hash(name):
    assert fold(name) == family_name_hash(name) == ""


def test_a_hash_depends_on_the_key_and_on_what_it_is_for(settings):
    found = ssin_hash("85073003328")
    assert len(found) == 64
    assert found == keyed_hash("ssin", "85073003328")
    assert found != keyed_hash("family_name", "85073003328")
    settings.HASH_KEY = "another key, also long enough to be one"
    assert ssin_hash("85073003328") != found


def test_the_ciphers_follow_the_keys_listed(settings):
    keys = [Fernet.generate_key().decode() for _key in range(2)]
    settings.ENCRYPTION_KEYS = keys[:1]
    stored = encryption.encrypt("x")
    settings.ENCRYPTION_KEYS = keys[::-1]
    assert encryption.decrypt(stored) == "x"
    assert encryption.encrypt("x").split(":")[0] != stored.split(":")[0]
