"""Which global names a piece of a notebook reads and binds, found without running it."""

from __future__ import annotations

import ast
import dis
import re
from collections.abc import Iterator
from types import CodeType
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

__all__ = [
    "Statement", "bound", "changed", "imported", "methods", "modules", "plain_python", "read_later",
    "read_now", "statements", "told", "words",
]  # fmt: skip

READS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FROM_DICT_OR_GLOBALS")
BINDS = ("STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL")
Statement = ast.stmt
_magics: Any = TransformerManager()  # type: ignore[no-untyped-call]


def plain_python(source: str) -> str:
    """A cell's text with IPython's magics turned into calls."""
    return str(_magics.transform_cell(source))


def statements(source: str) -> list[Statement]:
    """The statements of a cell; none where its syntax is wrong."""
    try:
        return ast.parse(plain_python(source)).body
    except (SyntaxError, ValueError, RecursionError):
        return []


def read_now(statement: Statement) -> set[str]:
    """The global names that a statement reads when it runs.

    >>> sorted(read_now(statements("x = f(y)")[0]))
    ['f', 'y']
    """
    return set(_names(_codes(statement)[0], READS))


def read_later(statement: Statement) -> set[str]:
    """The global names that the functions and classes of a statement read when they run.

    >>> sorted(read_later(statements("def f(x): return g(x) + y")[0]))
    ['g', 'y']
    """
    return {name for code in _codes(statement)[1:] for name in _names(code, READS)}


def bound(statement: Statement) -> set[str]:
    """The global names that a statement binds.

    >>> sorted(bound(statements("a.b = c[0] = d = 1")[0]))
    ['d']
    """
    outer, *inner = _codes(statement)
    later = {name for code in inner for name in _names(code, ("STORE_GLOBAL", "DELETE_GLOBAL"))}
    return later.union(_names(outer, BINDS))


def changed(statement: Statement) -> set[str]:
    """The global names of which a statement sets a part.

    >>> sorted(changed(statements("a.b = c[0] = d")[0]))
    ['a', 'c']
    """
    parts = (n for n in ast.walk(statement) if isinstance(n, ast.Attribute | ast.Subscript))
    roots = {_root(part) for part in parts if not isinstance(part.ctx, ast.Load)}
    return roots & (read_now(statement) | read_later(statement))


def told(statement: Statement) -> set[str]:
    """The global names of which a statement calls a method, which may change them.

    >>> sorted(told(statements("a.append(b.sum() + c)")[0]))
    ['a', 'b']
    """
    calls = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    roots = {_root(call) for call in calls if isinstance(call, ast.Attribute)}
    return roots & (read_now(statement) | read_later(statement))


def imported(statement: Statement) -> bool:
    """Whether a statement imports."""
    return isinstance(statement, ast.Import | ast.ImportFrom)


def modules(statement: Statement) -> set[str]:
    """The modules that a statement imports, and what may be modules in them.

    >>> sorted(modules(statements("from helpers import data")[0]))
    ['helpers', 'helpers.data']
    """
    if isinstance(statement, ast.Import):
        return {alias.name for alias in statement.names}
    if isinstance(statement, ast.ImportFrom) and statement.module:
        inside = {f"{statement.module}.{alias.name}" for alias in statement.names}
        return {statement.module} | inside
    return set()


def methods(statement: Statement) -> set[str]:
    """The names that the classes of a statement define.

    >>> sorted(methods(statements("class A:\\n    def __add__(self, x): ...\\n    b = 1")[0]))
    ['__add__', 'b']
    """
    classes = (node for node in ast.walk(statement) if isinstance(node, ast.ClassDef))
    inside = [each for one in classes for each in one.body]
    assigned = (each.targets for each in inside if isinstance(each, ast.Assign))
    found = {name.id for names in assigned for name in names if isinstance(name, ast.Name)}
    return found | {each.name for each in inside if isinstance(each, ast.FunctionDef)}


def words(source: str) -> set[str]:
    """Everything in a text that may be a name."""
    return set(re.findall(r"[^\W\d]\w*", source))


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _codes(statement: Statement) -> list[CodeType]:
    module = ast.Module([statement], [])
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return list(_inside(compile(module, "<cell>", "exec", flags, dont_inherit=True)))


def _inside(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _inside(constant)


def _names(code: CodeType, operations: tuple[str, ...]) -> Iterator[str]:
    for step in dis.get_instructions(code):
        if step.opname in operations:
            yield step.argval
