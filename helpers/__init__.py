"""What the notebooks of the course import: five flat names, each loaded when first used.

    from helpers import Checks, data, explore, plots, progress

`import helpers` alone loads neither NumPy nor torch nor matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers import data, explore, plots
    from helpers.check import Checks
    from helpers.progress import progress

__all__ = ["Checks", "data", "explore", "plots", "progress"]

_MEMBERS = {"Checks": "helpers.check", "progress": "helpers.progress"}  # name: its module


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for (PEP 562)."""
    if name == "__version__":
        from importlib.metadata import version

        return version("neural-networks-course")
    if name not in __all__:
        raise AttributeError(f"module 'helpers' has no attribute {name!r}")
    value = import_module(_MEMBERS.get(name, f"helpers.{name}"))
    if name in _MEMBERS:
        value = getattr(value, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
