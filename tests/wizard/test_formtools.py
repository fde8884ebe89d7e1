"""formtools is used by one module, and little of it: so that it can be left (docs/decisions/0001)."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

from declarations.wizard import wizard
from declarations.wizard.wizard import DeclarationWizard

# What the docstring of the wizard names.
HOOKS = {"get_prefix", "get_step_url", "get_form_kwargs", "get_form_initial"}
OVERRIDDEN = {"dispatch", "get", "post", "get_context_data"}
CALLED = {"get_form", "render", "prefix"}
# Set by `dispatch`, on the instance.
INSTANCE_ATTRIBUTES = {"prefix", "storage", "steps"}


def names_of_formtools() -> set[str]:
    """Every attribute that the wizard has from formtools."""
    classes = [each for each in DeclarationWizard.__mro__ if each.__module__.startswith("formtools")]
    return {name for each in classes for name in vars(each) if not name.startswith("__")} | INSTANCE_ATTRIBUTES


def names_used(source: str) -> set[str]:
    """The methods that the code defines, and the attributes that it asks of itself or of the class above it."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Attribute):
            owner = node.value.func if isinstance(node.value, ast.Call) else node.value
            if isinstance(owner, ast.Name) and owner.id in ("self", "super"):
                found.add(node.attr)
    return found


def test_one_module_imports_formtools(project: Path):
    importers = [
        path.relative_to(project).as_posix()
        for room in ("declarations", "referentials", "dimona_site")
        for path in (project / room).rglob("*.py")
        if "from formtools" in (text := path.read_text(encoding="utf-8")) or "import formtools" in text
    ]
    assert importers == ["declarations/wizard/wizard.py"]


def test_the_wizard_uses_no_more_of_formtools_than_it_says():
    used = names_used(inspect.getsource(wizard)) & names_of_formtools()
    assert used == HOOKS | OVERRIDDEN | CALLED
    for name in used:
        assert f"`{name}`" in (wizard.__doc__ or ""), name


@pytest.mark.parametrize(
    "code", ["self.storage.reset()", "super().render_done(form)", "def get_form_list(self): pass"]
)
def test_another_attribute_would_be_noticed(code: str):
    assert names_used(code) & names_of_formtools() - HOOKS - OVERRIDDEN - CALLED
