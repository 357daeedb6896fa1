"""What the notebooks of the course import: six flat names, each loaded when first used.

    from helpers import Checks, data, explore, plots, progress, training

`import helpers` alone loads neither NumPy nor torch nor matplotlib.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers import data, explore, plots, training
    from helpers.check import Checks
    from helpers.progress import progress

    __version__: str

__all__ = ["Checks", "data", "explore", "plots", "progress", "training"]

_INSIDE = {"Checks": "helpers.check", "progress": "helpers.progress"}  # the others are modules


class _Package(ModuleType):
    """Loads a public name when it is first asked for, and keeps `progress` the function."""

    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version

            return version("neural-networks-course")
        if name not in __all__:
            raise AttributeError(f"module 'helpers' has no attribute {name!r}")
        value: Any = import_module(_INSIDE.get(name, f"helpers.{name}"))
        return getattr(value, name) if name in _INSIDE else value

    def __setattr__(self, name: str, value: Any) -> None:
        # The import system stores every loaded submodule here: `helpers.progress` the module
        # must not hide `progress` the function.
        if name not in _INSIDE:
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *__all__})


sys.modules[__name__].__class__ = _Package
