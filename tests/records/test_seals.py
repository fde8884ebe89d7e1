"""The keyed hashes of filed and decided rows, and the chain of seals: no change goes undetected."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management import CommandError
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from declarations.encryption import EncryptedTextField
from declarations.filing import decisions, submission
from declarations.models import (
    Decision,
    DecisionAnomaly,
    Declaration,
    DeclarationAnomaly,
    PeriodLock,
    RowKind,
    Seal,
    Tombstone,
    Worker,
)
from declarations.records import seals

from ..support.builders import MONDAY, ZOE, answers_for, submit
from ..support.sealing import (
    chain_breaks,
    command,
    execute,
    other_value,
    overwrite,
    remove,
    seal_all,
    seed_sealed_rows,
    swap,
    tombstone,
)

pytestmark = pytest.mark.django_db

SEALED = 6 + 2 + 2 + 2


# -- the hash of a row -----------------------------------------------------------------------------------------


def test_the_hash_before_writing_is_that_of_the_row_read_again(at, monkeypatch):
    """An unsaved row has dates, enum members and moments in Brussels time."""
    before: dict[Any, str] = {}

    def kept(module: Any) -> Callable[..., None]:
        write = module.save_anomalies

        def write_and_keep(model: Any, rows: Any, **owner: Any) -> None:
            (row,) = owner.values()
            before[row] = seals.mac_of(row, rows)
            write(model, rows, **owner)

        return write_and_keep

    for module in (submission, decisions):
        monkeypatch.setattr(module, "save_anomalies", kept(module))
    seed_sealed_rows(at)
    assert len(before) == 8
    for row, mac in before.items():
        assert seals.mac_of(type(row).objects.get(pk=row.pk)) == mac


def test_rows_of_other_content_have_other_hashes(at):
    seed_sealed_rows(at)
    rows = [row for model in (Declaration, Decision, PeriodLock, Tombstone) for row in model.objects.all()]
    assert len({seals.mac_of(row) for row in rows}) == len(rows) == SEALED


def test_the_hash_does_not_depend_on_the_moment_s_zone_nor_on_the_order_of_the_anomalies(at):
    declaration = seed_sealed_rows(at)["late"]
    declaration.submitted_at = declaration.submitted_at.astimezone(timezone.get_fixed_timezone(-300))
    first = DeclarationAnomaly(code="90373-460", field="start_date", texts={"nl": {}, "fr": {}})
    second = DeclarationAnomaly(code="90373-333", field="ssin", texts={})
    mac = seals.mac_of(declaration, [first, second])
    assert seals.mac_of(Declaration.objects.get(pk=declaration.pk), [second, first]) == mac
    assert seals.mac_of(declaration, [first]) != mac


def test_new_keys_of_encryption_change_nothing(at, settings):
    seed_sealed_rows(at)
    seal_all()
    new_key = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new_key, *settings.ENCRYPTION_KEYS]
    for model in apps.get_app_config("declarations").get_models():
        encrypted = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
        for row in model._base_manager.all():
            for name in encrypted:
                overwrite(row, name, getattr(row, name))
    settings.ENCRYPTION_KEYS = [new_key]
    assert chain_breaks() == []


# -- sealing ---------------------------------------------------------------------------------------------------


def test_each_row_is_sealed_once(at):
    seed_sealed_rows(at)
    head = seal_all()
    assert list(Seal.objects.values_list("position", flat=True)) == list(range(1, SEALED + 1))
    assert seal_all() == head
    assert Seal.objects.count() == SEALED
    assert chain_breaks("--head", head) == []


def test_what_is_new_comes_after_what_was_sealed(at):
    seed_sealed_rows(at)
    first = seal_all()
    submit(answers_for("XXX", "OTH"), at(MONDAY))
    assert seal_all() != first
    assert Seal.objects.last().row_kind == RowKind.DECLARATION
    assert chain_breaks("--head", first) == []


def test_what_is_not_sealed_yet_is_listed(at):
    declaration = submit(answers_for("XXX", "OTH"), at(MONDAY))
    code, lines = command("verify_chain")
    assert (code, lines[0]) == (0, f"Not sealed yet: declaration {declaration.number} (row {declaration.pk})")
    assert lines[-1] == "0 seals, 0 breaks, 1 rows not sealed yet."


def test_nothing_to_seal():
    assert command("seal_declarations") == (0, ["Nothing is sealed."])


def test_a_row_that_does_not_fit_its_hash_is_named_and_not_sealed(at):
    rows = seed_sealed_rows(at)
    seal_all()
    late = submit(answers_for("XXX", "OTH"), at(MONDAY))
    Declaration._base_manager.filter(pk=late.pk).update(content_mac=seals.mac_of(rows["late"]))
    code, lines = command("seal_declarations")
    assert code == 1
    assert lines[0].startswith(f"declaration {late.number} (row {late.pk}) was changed or inserted")
    assert lines[-1].startswith(f"Head: {SEALED}:")
    assert chain_breaks()[0].startswith(f"declaration {late.number}")


def test_a_row_without_a_hash_is_named_and_not_sealed(at):
    declaration = submit(answers_for("XXX", "OTH"), at(MONDAY))
    Declaration._base_manager.update(content_mac="")
    name = f"declaration {declaration.number} (row {declaration.pk})"
    assert command("seal_declarations") == (1, [f"{name} has no hash of its own: not sealed.", "Nothing is sealed."])


def test_a_row_that_cannot_be_read_keeps_no_other_from_being_sealed(at):
    rows = seed_sealed_rows(at)
    execute("UPDATE declarations_declaration SET answers = 'x' WHERE id = %s", rows["student"].pk)
    code, lines = command("seal_declarations")
    assert (code, lines[0]) == (1, f"declaration (row {rows['student'].pk}) cannot be read: not sealed.")
    assert Seal.objects.count() == SEALED - 1


@pytest.mark.django_db(transaction=True)
def test_several_may_seal_at_once(at, monkeypatch):
    monkeypatch.setattr(seals, "BATCH_SIZE", 2)
    seed_sealed_rows(at)
    barrier = threading.Barrier(3)
    failed: list[str] = []

    def try_it() -> None:
        try:
            barrier.wait()
            failed.extend(seals.seal_new_rows(timezone.now()))
        except IntegrityError as error:
            failed.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert chain_breaks() == []
    assert list(Seal.objects.values_list("position", flat=True)) == list(range(1, SEALED + 1))


# -- tampering -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model", [Declaration, DeclarationAnomaly, Decision, DecisionAnomaly, PeriodLock, Tombstone, Seal]
)
@pytest.mark.slow
def test_every_column_of_every_table(at, model: type[models.Model]):
    seed_sealed_rows(at)
    seal_all()
    unseen = []
    row = model._base_manager.order_by("-pk").last()
    for field in [each for each in model._meta.concrete_fields if not each.primary_key]:
        with transaction.atomic():
            overwrite(row, field.name, other_value(field, getattr(row, field.attname)))
            if not chain_breaks():
                unseen.append(field.name)
            transaction.set_rollback(True)
    assert unseen == []
    assert chain_breaks() == []


@pytest.mark.parametrize("column", ["ssin", "ssin_hash"])
def test_a_worker_who_becomes_another(at, column: str):
    seed_sealed_rows(at)
    seal_all()
    worker = Worker.objects.get(declarations__kind="out")
    overwrite(worker, column, "0" * 64 if column == "ssin_hash" else ZOE[:-1] + "0")
    assert len(chain_breaks()) == 3


def test_what_was_encrypted_elsewhere_is_told_by_name(at):
    rows = seed_sealed_rows(at)
    seal_all()
    execute("UPDATE declarations_decision SET note = 'nonsense' WHERE id = %s", rows["decision"].pk)
    assert [broken.partition(": ")[2] for broken in chain_breaks()] == [
        f"decision (row {rows['decision'].pk}) was changed: it cannot be read"
    ]


@pytest.mark.parametrize("position", [0, 4, -1], ids=["first", "in the middle", "last"])
@pytest.mark.parametrize("what", ["row", "seal", "row and seal"])
def test_what_was_removed(at, what: str, position: int):
    seed_sealed_rows(at)
    head = seal_all()
    link = list(Seal.objects.all())[position]
    if "row" in what:
        remove(seals.MODELS[RowKind(link.row_kind)].objects.get(pk=link.row_key))
    if "seal" in what:
        remove(link)
    found = chain_breaks("--head", head)
    if what == "row":
        assert f"seal {link.position}: {link.row_kind} (row {link.row_key}) was removed" in found
    elif position == -1:
        assert found[0] == f"the chain ends at {SEALED - 1}, before the head that was kept, {SEALED}"
    else:
        assert found == [f"seal {link.position + 1}: those from {link.position} to {link.position} were removed"]


def test_the_newest_seals_are_missed_only_by_who_kept_the_head(at):
    seed_sealed_rows(at)
    head = seal_all()
    link = Seal.objects.last()
    remove(Tombstone.objects.get(pk=link.row_key))
    remove(link)
    assert chain_breaks() == []
    assert chain_breaks("--head", head) == [f"the chain ends at {SEALED - 1}, before the head that was kept, {SEALED}"]


def test_a_chain_that_is_another(at):
    seed_sealed_rows(at)
    position, _, mac = seal_all().partition(":")
    other = mac[::-1]
    assert chain_breaks("--head", f"{position}:{other}") == [f"seal {position}: it is not the head that was kept"]


@pytest.mark.parametrize("head", ["", "0:" + "a" * 64, "12", "1:abc", "-1:" + "a" * 64])
def test_a_head_that_is_none(head: str):
    if head:
        with pytest.raises(CommandError):
            command("verify_chain", "--head", head)
    else:
        assert chain_breaks("--head", head) == []


def test_a_copy_under_another_number(at):
    seed_sealed_rows(at)
    seal_all()
    copy = Tombstone.objects.first()
    execute(
        "INSERT INTO declarations_tombstone (period_number, removed_at, reason, removed_rows, content_mac)"
        " SELECT %s, removed_at, reason, removed_rows, content_mac FROM declarations_tombstone WHERE id = %s",
        "900000990324",
        copy.pk,
    )
    assert [broken[:23] for broken in chain_breaks()] == ["tombstone 900000990324 "]
    assert command("seal_declarations")[0] == 1


def test_a_declaration_filed_by_nobody(at):
    rows = seed_sealed_rows(at)
    seal_all()
    declaration = Declaration.objects.get(pk=rows["student"].pk)
    declaration.pk, declaration.number, declaration._state.adding = None, "900000990324", True
    declaration.draft, declaration.receipt_token = "5f0c1a44-6a58-4b32-9c11-7fb1b1a0c001", "another"
    declaration.save()
    assert [broken[:25] for broken in chain_breaks()] == ["declaration 900000990324 "]


def test_a_lock_that_is_there_twice(at):
    """A copy of a lock cannot be told from the original, but only one of them can be genuine."""
    seed_sealed_rows(at)
    seal_all()
    lock = PeriodLock.objects.first()
    lock.pk, lock._state.adding = None, True
    lock.save()
    assert len(chain_breaks()) == 1
    assert "another lock says the same" in chain_breaks()[0]


@pytest.mark.parametrize("model", [Declaration, PeriodLock, Tombstone, Seal])
def test_two_rows_that_changed_places(at, model: type[models.Model]):
    seed_sealed_rows(at)
    seal_all()
    first, second = model._base_manager.order_by("pk")[:2]
    if model is Seal:
        for position, row in ((99, first), (first.position, second), (second.position, first)):
            overwrite(row, "position", position)
    else:
        swap(first, second)
    assert chain_breaks()


def test_an_anomaly_more_or_less(at):
    rows = seed_sealed_rows(at)
    seal_all()
    anomaly = rows["late"].anomalies.get()
    expected = [f"seal 2: declaration {rows['late'].number} (row {rows['late'].pk}) was changed"]
    with transaction.atomic():
        remove(anomaly)
        assert chain_breaks() == expected
        transaction.set_rollback(True)
    anomaly.pk, anomaly.code, anomaly._state.adding = None, "90373-333", True
    anomaly.save()
    assert chain_breaks() == expected


# -- tombstones ------------------------------------------------------------------------------------------------


def test_a_tombstone_stands_for_what_was_removed(at):
    rows = seed_sealed_rows(at)
    seal_all()
    declaration = rows["student"]
    remove(Declaration.objects.get(pk=declaration.pk))
    assert len(chain_breaks()) == 1
    stone = tombstone(declaration.number, [["declaration", declaration.pk, declaration.number]])
    assert chain_breaks() == []
    seal_all()
    assert chain_breaks() == []
    overwrite(stone, "removed_at", stone.removed_at.replace(year=2001))
    assert len(chain_breaks()) == 2


def test_what_a_tombstone_names_may_not_stand(at):
    declaration = seed_sealed_rows(at)["student"]
    seal_all()
    tombstone(declaration.number, [["declaration", declaration.pk, declaration.number]])
    assert [broken.partition(") ")[2] for broken in chain_breaks()] == ["stands, and a tombstone says it was removed"]


def test_a_row_removed_while_the_chain_is_walked(at, monkeypatch):
    declaration = seed_sealed_rows(at)["student"]
    seal_all()
    read = seals.read_rows

    def removed_meanwhile(what: RowKind, keys: list[int]) -> Any:
        if what == RowKind.DECLARATION and Declaration.objects.filter(pk=declaration.pk).exists():
            tombstone(declaration.number, [["declaration", declaration.pk, declaration.number]])
            remove(declaration)
        return read(what, keys)

    monkeypatch.setattr(seals, "read_rows", removed_meanwhile)
    assert chain_breaks() == []
    assert not Declaration.objects.filter(pk=declaration.pk).exists()


def test_the_numbers_that_were_removed(at):
    stone = tombstone("900000990130", [["declaration", 1, "900000990130"], ["lock", 1, "900000990130"]])
    assert seals.removed_numbers() == {"900000990130"}
    overwrite(stone, "reason", "none")
    assert seals.removed_numbers() == set()
