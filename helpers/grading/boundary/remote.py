"""Objects of the student's process, as a check sees them: it may ask, and gets plain values.

A `Remote` stands for what cannot cross: a function, a module, a class of the student's own. What
is asked of it (a call, an attribute, an item, a sum) is done over there. It equals only itself,
and is no array, number or container, whatever it says.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Collection
from functools import cache
from typing import Any

import numpy as np

__all__ = ["METHODS", "Remote", "make_remote", "warning_class"]

BINARY = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift",
)  # fmt: skip
IN_PLACE = ("iadd", "isub", "imul", "itruediv")
# With these a check shows its own value to an object, which as a rule is the right answer: an
# object has them only where the chapter's own classes do.
SHOWING = {f"__{before}{name}__": f"__{name}__" for name in BINARY for before in ("", "r", "i")}
SHOWING |= {"__contains__": "__contains__"}
COMPARING = {"allclose", "dist", "eq", "equal", "equals", "isclose", "ne", "sub", "subtract"}
DATA: tuple[type, ...] = (int, float, complex, str, bytes, list, tuple, dict, set, np.ndarray)
LIBRARIES = ("torch.nn.", "torch.optim.", "torch.utils.data.", "matplotlib.")
Ask = Callable[..., Any]


class Remote:
    """An object over there; `_ask(operation, *arguments, **named)` does what is asked."""

    def __init__(self, ask: Ask, number: int, about: dict[str, Any]) -> None:
        object.__setattr__(self, "_ask", ask)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_about", about)

    @property
    def __class__(self) -> type:
        """The library class that it is made from, so that isinstance answers as at home."""
        return _library_class(self._about["classes"]) or type(self)

    @__class__.setter
    def __class__(self, new: type) -> None:
        raise TypeError("the class of a remote object cannot be changed")

    def __getattr__(self, name: str) -> Any:
        if name == "__name__" and self._about["name"]:
            return self._about["name"]
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # no protocol of arrays, copies or pickles
        if name in COMPARING and name not in self._about["methods"]:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return self._ask("getattr", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._ask("setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        self._ask("delattr", self, name)

    def __instancecheck__(self, value: Any) -> bool:
        """Whether a value is of the student's class that this stands for."""
        return self._ask("isinstance", value, self) is True

    def __global_names__(self) -> set[str]:
        """The global names that a function reads over there; helpers.check.uses asks."""
        names = self._ask("names", self)
        return {name for name in names if isinstance(name, str)} if type(names) is list else set()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of the student's>"


def _method(operation: str) -> Callable[..., Any]:
    def method(self: Remote, *arguments: Any, **named: Any) -> Any:
        return self._ask(operation, self, *arguments, **named)

    return method


def _reflected(operation: str) -> Callable[..., Any]:
    def method(self: Remote, other: Any) -> Any:
        return self._ask(operation, other, self)

    return method


METHODS: dict[str, Callable[..., Any]] = {
    "__call__": _method("call"),
    "__getitem__": _method("getitem"),
    "__setitem__": _method("setitem"),
    "__delitem__": _method("delitem"),
    "__contains__": _method("contains"),
    "__len__": _method("len"),
    "__iter__": _method("iter"),
    "__next__": _method("next"),
    "__bool__": _method("bool"),
    "__float__": _method("float"),
    "__int__": _method("int"),
    "__str__": _method("str"),
    "__neg__": _method("neg"),
    "__abs__": _method("abs"),
    "__enter__": _method("enter"),
    "__exit__": lambda self, *_: self._ask("exit", self),
    **{f"__{name}__": _method(name) for name in BINARY},
    **{f"__r{name}__": _reflected(name) for name in BINARY},
    **{f"__{name}__": _method(name) for name in IN_PLACE},
}


def make_remote(
    ask: Ask, number: int, about: dict[str, Any], methods: Collection[str] = ()
) -> Remote:
    """A Remote of a class that is named like the student's and can what the student's can.

    methods are those that the chapter's own classes have.
    """
    has = tuple(
        name
        for name in sorted(METHODS)
        if name in about.get("has", ())
        and (name not in SHOWING or not {name, SHOWING[name]}.isdisjoint(methods))
    )
    name = str(about.get("type", ""))[:100]
    classes = tuple(map(str, about.get("classes", ())))
    told = {"name": str(about.get("name", "")), "classes": classes, "methods": methods}
    return _class(name if name.isidentifier() else "object", has)(ask, number, told)


@cache
def _class(name: str, has: tuple[str, ...]) -> type[Remote]:
    methods = {each: METHODS[each] for each in has}
    if any(each in BINARY for each in (n.strip("_") for n in has)):
        methods["__array_ufunc__"] = None  # type: ignore[assignment]  # array + it asks it
    return type(name, (Remote,), {**methods, "__module__": "student"})


@cache
def _library_class(classes: tuple[str, ...]) -> type | None:
    for path in classes:
        if not str(path).startswith(LIBRARIES):
            continue
        module, _, name = path.rpartition(".")
        found = getattr(sys.modules.get(module), name, None)
        if not isinstance(found, type) or _is_data(found):
            continue
        if f"{found.__module__}.{found.__qualname__}" == path:  # and not what it has imported
            return found
    return None


def _is_data(found: type) -> bool:
    """Whether objects of a class are data, which cross as such: no Remote may pass for one."""
    torch = sys.modules.get("torch")
    return issubclass(found, DATA) or (torch is not None and issubclass(found, torch.Tensor))


def warning_class(name: str) -> type[Warning]:
    """The built-in category of a warning, or one of that name."""
    found = getattr(builtins, name, None)
    if isinstance(found, type) and issubclass(found, Warning):
        return found
    return type(name[:100] if name.isidentifier() else "Warning", (UserWarning,), {})
