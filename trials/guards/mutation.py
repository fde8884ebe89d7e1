"""Ways to disable a guard in the running process.

A guard is named by its function. Its source is parsed, one expression in it is replaced, and the compiled result
becomes the function's code, so modules that imported the function earlier run the new code too.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from django.conf import settings

# Given the dotted name of a function, returns a callable that disables it.
Way = Callable[[str], Callable[[], None]]


class NotFoundError(Exception):
    """The function does not contain the expression to replace, or contains it more than once."""


@dataclass(frozen=True)
class Guard:
    """A protection: its function (or setting), how to disable it, and the tests that must then fail."""

    name: str
    target: str
    disabled: Way
    tests: tuple[str, ...]

    def prepare(self) -> Callable[[], None]:
        """A callable that disables the guard in this process.

        Raises NotFoundError, or ImportError for an unknown name.
        """
        return self.disabled(self.target)


# -- functions -------------------------------------------------------------------------------------------------


def returns(expression: str) -> Way:
    """The function returns that expression and does nothing else."""

    def edit(function: ast.FunctionDef) -> None:
        function.body = [ast.Return(ast.parse(expression, mode="eval").body)]

    return _edited(edit)


def call(name: str, instead: str) -> Way:
    """Replaces the only call of that name in the function with an expression."""

    def find(function: ast.FunctionDef) -> Iterator[ast.expr]:
        return (node for node in ast.walk(function) if isinstance(node, ast.Call) and _names(node.func)[:1] == [name])

    return _replaced(find, instead)


def condition(name: str, instead: str) -> Way:
    """Replaces the only condition that mentions that name with an expression."""

    def find(function: ast.FunctionDef) -> Iterator[ast.expr]:
        return (each for each in _conditions(function) if name in _names(each))

    return _replaced(find, instead)


def keyword(name: str) -> Way:
    """Removes the argument of that name from the calls in the function."""

    def edit(function: ast.FunctionDef) -> None:
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        if not any(each.arg == name for node in calls for each in node.keywords):
            raise NotFoundError(name)
        for node in calls:
            node.keywords = [each for each in node.keywords if each.arg != name]

    return _edited(edit)


def _conditions(function: ast.FunctionDef) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.IfExp):
            yield node.test
        elif isinstance(node, ast.comprehension):
            yield from node.ifs
        elif isinstance(node, ast.BoolOp):
            yield node


def _names(expression: ast.expr) -> list[str]:
    """The names in an expression, outermost first."""
    nodes = ast.walk(expression)
    return [name for node in nodes if (name := getattr(node, "attr", None) or getattr(node, "id", None))]


def _replaced(find: Callable[[ast.FunctionDef], Iterator[ast.expr]], instead: str) -> Way:
    def edit(function: ast.FunctionDef) -> None:
        found = list(dict.fromkeys(find(function)))
        inner = {part for each in found for part in ast.walk(each) if part is not each}
        targets = [each for each in found if each not in inner]
        if len(targets) != 1:
            raise NotFoundError(f"{function.name}: {len(targets)} places to put {instead!r}")
        _Replacer(targets[0], instead).visit(function)

    return _edited(edit)


class _Replacer(ast.NodeTransformer):
    def __init__(self, target: ast.expr, instead: str) -> None:
        self.target, self.instead = target, ast.parse(instead, mode="eval").body

    def visit(self, node: ast.AST) -> Any:
        return self.instead if node is self.target else self.generic_visit(node)


def _edited(edit: Callable[[ast.FunctionDef], None]) -> Way:
    def prepare(target: str) -> Callable[[], None]:
        function = _function(target)
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        definition = tree.body[0]
        assert isinstance(definition, ast.FunctionDef)
        definition.decorator_list = []
        edit(definition)
        # An enclosing function, so that `super()` still finds the class.
        outer = ast.parse("def outer(__class__): pass").body[0]
        assert isinstance(outer, ast.FunctionDef)
        outer.body = [definition, ast.Return(ast.Name(definition.name, ast.Load()))]
        tree.body = [outer]
        namespace: dict[str, Any] = {}
        flags = __future__.annotations.compiler_flag
        exec(compile(ast.fix_missing_locations(tree), inspect.getfile(function), "exec", flags), namespace)
        code = namespace["outer"](None).__code__

        def disable() -> None:
            function.__code__ = code

        return disable

    return prepare


def _function(target: str) -> FunctionType:
    found = pkgutil.resolve_name(target)
    found = getattr(found, "fget", None) or getattr(found, "func", None) or found
    function = inspect.unwrap(found)
    assert isinstance(function, FunctionType)
    return function


# -- settings --------------------------------------------------------------------------------------------------


def setting(value: object) -> Way:
    """Sets the setting to that value."""

    def prepare(target: str) -> Callable[[], None]:
        getattr(settings, target)
        return lambda: setattr(settings, target, value)

    return prepare


def not_listed() -> Way:
    """Removes the middleware from the settings."""

    def prepare(target: str) -> Callable[[], None]:
        pkgutil.resolve_name(target)
        rest = [each for each in settings.MIDDLEWARE if each != target]
        if len(rest) == len(settings.MIDDLEWARE):
            raise NotFoundError(target)
        return lambda: setattr(settings, "MIDDLEWARE", rest)

    return prepare
