"""What is drawn as one text, shared or drawn once: as Django would draw it, escaped, and never another's."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import override

from declarations.enums import DeclarationKind
from declarations.templatetags.markup import cached_include
from declarations.wizard.forms import glossary, widgets
from declarations.wizard.forms.base import StepContext, coded_error
from declarations.wizard.forms.characteristics import CharacteristicsForm
from declarations.wizard.forms.drawing import FramedForm
from declarations.wizard.forms.fields import TextField
from declarations.wizard.forms.start import StartForm
from referentials import tables
from referentials.bases import LANGUAGES
from referentials.models import JointCommittee, WorkerType

HOSTILE = """<b>"'&"""
ESCAPED = "&lt;b&gt;&quot;&#x27;&amp;"
TODAY = date(2026, 3, 2)
ATTRIBUTE = re.compile(r'[a-z-]+="[^"]*"|[a-z-]+')


def sorted_out(html: str) -> str:
    """The HTML with the attributes of each element in one order, and no space between elements."""

    def element(found: re.Match[str]) -> str:
        return " ".join([found[1], *sorted(ATTRIBUTE.findall(found[2]))])

    return re.sub(r"(<\w+) ([^>]*)", element, re.sub(r">\s+<", "><", html))


@pytest.mark.parametrize(
    ("ours", "djangos", "options"),
    [
        (widgets.TextInput, forms.TextInput, {}),
        (widgets.CheckboxInput, forms.CheckboxInput, {}),
        (widgets.Select, forms.Select, {"choices": [("", "Select"), ("1", "one"), (HOSTILE, HOSTILE)]}),
    ],
)
@pytest.mark.parametrize("value", [None, "", "1", HOSTILE, True, False])
def test_a_widget_is_drawn_as_django_does(ours: Any, djangos: Any, options: dict[str, Any], value: Any):
    attrs = {
        "id": "id_x",
        "maxlength": 40,
        "aria-invalid": "true",
        "disabled": True,
        "hidden": False,
        "title": HOSTILE,
    }
    drawn = [each(attrs={"class": "day"}, **options).render("x-y", value, attrs) for each in (ours, djangos)]
    assert sorted_out(drawn[0]) == sorted_out(drawn[1])
    assert all(isinstance(each, SafeString) for each in drawn)


@pytest.mark.parametrize(("value", "checked"), [(None, []), ("", []), ("1", ["1"]), (HOSTILE, [ESCAPED]), ("2", [])])
def test_of_radio_buttons_the_chosen_one_is_checked(value: str | None, checked: list[str]):
    widget = widgets.RadioSelect(choices=[("1", "one"), (HOSTILE, HOSTILE)])
    html = widget.render("x", value, {"id": "id_x"})
    assert re.findall(r'value="([^"]*)"[^>]* checked', html) == checked
    assert re.findall(r'id="(id_x_\d)"', html) == re.findall(r'for="(id_x_\d)"', html) == ["id_x_0", "id_x_1"]
    assert f">{ESCAPED}</label>" in html
    assert HOSTILE not in html


class HostileForm(FramedForm):
    """Everything that a field says holds HTML."""

    refresh_label = HOSTILE

    text = TextField(label=HOSTILE, max_length=9, help_text=HOSTILE)
    brings = TextField(label=HOSTILE, max_length=9)


def test_what_a_field_says_is_escaped():
    form = HostileForm({"text": HOSTILE})
    form.add_error("text", HOSTILE)
    field: Any = form.fields["brings"]
    field.brings_fields = field.is_starred = True
    html = "".join(form[name].as_field_group() for name in form.fields)
    assert "<b>" not in html
    # Label, hint, error and value; label, button and what it is for.
    assert html.count(ESCAPED) == 4 + 3
    assert html.count('<span class="star" aria-hidden="true">*</span>') == 1
    assert html.count('aria-describedby="id_text_helptext id_text_error"') == 1


@pytest.mark.django_db
def test_a_form_changes_the_fields_of_no_other():
    first, second = start_form(), start_form()
    field: Any = first.fields["kind"]
    field.choices, field.label, field.required = [("x", "x")], "x", False
    field.widget.attrs["x"] = "x"
    for fields in (second.fields, StartForm.base_fields, start_form().fields):
        each: Any = fields["kind"]
        assert "x" not in each.widget.attrs
        assert (each.label, each.required) != ("x", False)
        assert len(list(each.choices)) == len(list(each.widget.choices)) == 4


def start_form() -> StartForm:
    return StartForm(context=StepContext(DeclarationKind.IN, tables.current(), TODAY, TODAY))


def test_an_official_code_is_not_broken_and_the_words_before_it_are_escaped():
    form = HostileForm({})
    form.add_error("text", coded_error(HOSTILE, "90017-363"))
    assert f'<span>{ESCAPED} <span class="whole">(90017-363)</span></span>' in form["text"].as_field_group()


@pytest.mark.parametrize(("chosen", "shown"), [("STG", ["Stagiair arbeidsongevallenregeling - STG"]), ("OTH", [])])
@pytest.mark.django_db
def test_a_long_label_that_is_chosen_stands_below_its_list_too(chosen: str, shown: list[str]):
    context = StepContext(DeclarationKind.IN, tables.current(), TODAY, TODAY)
    with override("nl"):
        initial = {"joint_committee": "XXX", "worker_type": chosen}
        html = CharacteristicsForm(context=context, initial=initial)["worker_type"].as_field_group()
    assert re.findall(r'<p class="chosen" aria-hidden="true">(.*)</p>', html) == shown


# -- drawn once ------------------------------------------------------------------------------------------------


def test_a_part_that_is_drawn_once_is_drawn_in_each_language():
    parts = ["footer", "secured_first", "language_buttons"]
    for _time in range(2):
        for name in parts:
            drawn = {}
            for language in LANGUAGES:
                with override(language):
                    drawn[language] = cached_include(f"components/_{name}.html")
            assert len(set(drawn.values())) == len(LANGUAGES)
    assert 'value="en" lang="en" formnovalidate aria-current="true"' in drawn["en"]


def texts(draw: Callable[..., SafeString], *known: Any) -> str:
    return re.sub(r"<[^>]+>|\s+", " ", draw(*known))


@pytest.mark.django_db
def test_a_glossary_is_that_of_its_committee_and_its_language():
    current = tables.current()
    seen = [texts(glossary.worker_types, current, committee, TODAY) for committee in ("XXX", "302", "124", "")]
    assert len(set(seen)) == 4
    with override("fr"):
        assert texts(glossary.worker_types, current, "XXX", TODAY) not in seen
    seen = [texts(glossary.committees, current, TODAY)]
    for language in ("nl", "de"):
        with override(language):
            seen.append(texts(glossary.committees, current, TODAY))
    assert len(set(seen)) == 3


@pytest.mark.django_db
def test_a_glossary_tells_the_rows_of_its_day():
    for model, code in ((JointCommittee, "124"), (WorkerType, "OTH")):
        row: Any = model.objects.filter(code=code).latest("pk")
        model.objects.filter(pk=row.pk).update(valid_until=TODAY)
        row.pk, row.valid_from, row.description_en = None, TODAY + timedelta(days=1), "Reworded"
        row.save(force_insert=True)
    current = tables.current()
    for draw, known in ((glossary.committees, ()), (glossary.worker_types, ("XXX",))):
        told = [texts(draw, current, *known, day) for day in (TODAY, TODAY + timedelta(days=1))]
        assert ["Reworded" in each for each in told] == [False, True]


@pytest.mark.django_db
def test_a_glossary_follows_the_tables():
    row = WorkerType.objects.filter(code="OTH").latest("pk")
    before = texts(glossary.worker_types, tables.current(), "XXX", TODAY)
    row.description_en = "Reworded"
    row.save()
    after = texts(glossary.worker_types, tables.current(), "XXX", TODAY)
    assert "Reworded" not in before
    assert "Reworded" in after
