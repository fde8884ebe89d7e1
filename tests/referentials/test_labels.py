"""The labels of the tables: the manual’s French, four languages everywhere, no duplicates in a list."""

import pytest
from django.utils import translation

from referentials import loading
from referentials.bases import LANGUAGES, Labelled
from referentials.models import JointCommittee, RiskCode, TraineeStatus, WorkerType

pytestmark = pytest.mark.django_db

# The drop-downs of the French manual.
FRENCH = {
    "XXX": "Autre",
    "124": "Construction",
    "140": "Transport",
    "144": "Agriculture",
    "145": "Horticulture",
    "149": "Electricien",
    "302": "Horeca",
    "320": "Pompes funèbres",
    "322": "Intérim",
    "A17": "Article 17 (avant 2022)",
    "ALT": "Apprenti - formation en alternance",
    "BCW": "Travailleur du secteur de la construction",
    "DWD": "Travailleur non soumis aux cotisations",
    "EXT": "Travailleur occasionnel",
    "FLX": "Flexi-Job",
    "IVT": "Formation professionnelle individuelle",
    "O17": "Article 17 Secteur socio-culturel et autres",
    "OTH": "Autre",
    "PMP": "Mandat parlementaire",
    "RTA": "Apprenti agréé ou assimilé",
    "S17": "Article 17 Secteur du sport",
    "STG": "Stagiaire régime accidents du travail",
    "STU": "Etudiant",
    "T17": "Article 17 TV publique",
    "TRI": "Stage de transition",
}


def test_french_labels_are_the_manuals():
    committees = {row.code: row.label_fr for row in JointCommittee.objects.all()}
    types = {row.code: row.label_fr for row in WorkerType.objects.all()}
    assert committees | types == FRENCH


@pytest.mark.parametrize(
    ("language", "other"), [("nl", "socio-cult"), ("fr", "socio-cult"), ("de", "soziokult"), ("en", "socio-cult")]
)
def test_o17_is_socio_cultural_and_s17_is_sport(language, other):
    o17, s17 = (WorkerType.objects.get(code=code) for code in ("O17", "S17"))
    assert other in o17.labels[language].lower()
    assert other in getattr(o17, f"description_{language}").lower()
    assert "sport" not in o17.labels[language].lower()
    assert "sport" in s17.labels[language].lower()
    assert "sport" in getattr(s17, f"description_{language}").lower()
    assert other not in getattr(s17, f"description_{language}").lower()


@pytest.mark.parametrize("model", [each for each in loading.TABLES.values() if issubclass(each, Labelled)])
def test_no_label_is_empty(model):
    for row in model.objects.all():
        assert all(row.labels[language].strip() for language in LANGUAGES), row.natural_key


@pytest.mark.parametrize("model", [JointCommittee, WorkerType, RiskCode, TraineeStatus])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_rows_of_a_list_read_the_same(model, language):
    labels = [getattr(row, f"label_{language}") for row in model.objects.all()]
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("model", [JointCommittee, WorkerType])
def test_every_description_is_there_in_four_different_texts(model):
    for row in model.objects.all():
        texts = {getattr(row, f"description_{language}").strip() for language in LANGUAGES} - {""}
        assert len(texts) == len(LANGUAGES), row.code


def test_the_label_follows_the_language_of_the_page():
    row = WorkerType.objects.get(code="STU")
    seen = []
    for language in ("nl", "fr", "de", "en", "pt"):
        with translation.override(language):
            seen.append((row.label, row.description.split()[0]))
    english = ("Student", "Students")
    assert seen == [("Student", "Alleen"), ("Etudiant", "Uniquement"), ("Student", "Nur"), english, english]


def test_a_choice_reads_label_then_code():
    with translation.override("fr"):
        assert str(WorkerType.objects.get(code="O17")) == "Article 17 Secteur socio-culturel et autres - O17"
        assert str(JointCommittee.objects.get(code="XXX")) == "Autre - XXX"
